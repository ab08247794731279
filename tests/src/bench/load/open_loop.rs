//! Scrapes at a fixed rate: each is due at its time, whether those before it have been answered or not.
//!
//! A latency runs from that time to the end of the answer. So it includes the wait for a connection that is still busy with
//! the scrape before, which a client that waits for each answer never measures. Where the machine cannot keep the rate, the
//! scrapes of a connection fall behind more and more; the load then ends all the same, and counts those that were not sent.

use std::net::SocketAddr;
use std::thread::{self, sleep};
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow};

use crate::bench::exporter::client::Client;
use crate::bench::exporter::latency::Latencies;

/// The number of times that a load may last longer than its time, before scrapes that are still due are not sent any more.
const LONGEST: f64 = 1.5;

/// The load: format and rate.
#[derive(Debug, Clone, Copy)]
pub struct Load {
    /// Scrapes a second, over all connections.
    pub rate: u32,
    /// Connections, each kept open and each with a thread of its own.
    pub connections: u32,
    /// The time of the load.
    pub span: Duration,
    /// The `Accept` header.
    pub accept: &'static str,
    /// The `Accept-Encoding` header.
    pub encoding: &'static str,
}

/// The result of a load.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// Times from when each scrape was due to the end of its answer.
    pub latencies: Latencies,
    /// The number of scrapes that were due and not sent, since the machine did not keep the rate.
    pub unsent: usize,
    /// Time from the first due time to the end of the last answer.
    pub wall: Duration,
}

impl Outcome {
    /// Answers a second.
    #[must_use]
    pub fn rate(&self) -> f64 {
        self.latencies.count() as f64 / self.wall.as_secs_f64()
    }
}

impl Load {
    /// Puts the load on a server. The connections take turns, so that all scrapes are evenly spaced.
    ///
    /// # Errors
    ///
    /// When a scrape fails.
    pub fn put_on(&self, server: SocketAddr) -> Result<Outcome> {
        let mut clients = Vec::new();
        for _ in 0..self.connections {
            let mut client = Client::asking(server, self.accept, self.encoding);
            client.get()?; // opens the connection, and fills the exporter's cache
            clients.push(client);
        }
        let started = Instant::now();
        let threads: Vec<_> = clients
            .into_iter()
            .zip(0..)
            .map(|(client, place)| {
                let load = *self;
                thread::spawn(move || load.scrape_on(client, place, started))
            })
            .collect();
        let (mut latencies, mut unsent) = (Vec::new(), 0);
        for thread in threads {
            let of_one = thread.join().map_err(|_| anyhow!("a client panicked"))??;
            latencies.extend(of_one.0);
            unsent += of_one.1;
        }
        Ok(Outcome { latencies: latencies.into(), unsent, wall: started.elapsed() })
    }

    /// The latencies of the scrapes on one connection, and the number of those that were not sent.
    fn scrape_on(
        &self,
        mut client: Client,
        place: u32,
        started: Instant,
    ) -> Result<(Vec<Duration>, usize)> {
        let mut latencies = Vec::new();
        let mut due_times = self.due_times(place);
        for due in due_times.by_ref() {
            if started.elapsed() > self.span.mul_f64(LONGEST) {
                return Ok((latencies, 1 + due_times.count()));
            }
            let due = started + due;
            sleep(due.saturating_duration_since(Instant::now()));
            client.get()?;
            latencies.push(due.elapsed());
        }
        Ok((latencies, 0))
    }

    /// The times at which the scrapes of a connection are due, from the start.
    fn due_times(&self, place: u32) -> impl Iterator<Item = Duration> {
        let (rate, span) = (f64::from(self.rate.max(1)), self.span);
        (u64::from(place)..)
            .step_by(self.connections.max(1) as usize)
            .map(move |scrape| Duration::from_secs_f64(scrape as f64 / rate))
            .take_while(move |&due| due < span)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http_server::HttpServer;

    fn load(rate: u32, connections: u32) -> Load {
        let span = Duration::from_millis(200);
        Load { rate, connections, span, accept: "*/*", encoding: "identity" }
    }

    #[test]
    fn all_connections_together_keep_the_rate() {
        let load = load(1000, 3);
        let mut due_times: Vec<Duration> = (0..3).flat_map(|place| load.due_times(place)).collect();
        due_times.sort_unstable();
        assert_eq!(due_times.len(), 200);
        assert!(due_times.windows(2).all(|pair| pair[1] - pair[0] == Duration::from_millis(1)));
    }

    #[test]
    fn a_slow_answer_counts_for_all_that_wait_behind_it() {
        let server = HttpServer::start(|_| {
            sleep(Duration::from_millis(20));
            String::new()
        })
        .unwrap();
        // 20 scrapes, 10 ms apart, of which each takes 20 ms: the last one is answered after 400 ms, not 20. The load ends
        // after 300 ms, and one more answer.
        let Outcome { latencies, unsent, wall } = load(100, 1).put_on(server.address).unwrap();
        assert!(unsent >= 1 && latencies.count() + unsent == 20, "{unsent} were not sent");
        assert!(latencies.percentile(100) >= Duration::from_millis(300 - 10 * 20));
        assert!(latencies.count() as f64 / wall.as_secs_f64() <= 50.0);
    }
}
