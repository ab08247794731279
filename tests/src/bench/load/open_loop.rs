//! Scrapes at a fixed rate: each has its moment, whatever became of those before it.
//!
//! A latency runs from that moment to the end of the answer. So it counts for how long a scrape had to wait because the
//! connection was still busy with the one before, which a client that asks only once it was answered never sees.

use std::net::SocketAddr;
use std::thread::{self, sleep};
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow};

use crate::bench::exporter::client::Client;
use crate::bench::exporter::latency::Latencies;

/// What is asked for, and how often.
#[derive(Debug, Clone, Copy)]
pub struct Load {
    /// Scrapes a second, over all connections.
    pub rate: u32,
    /// Connections, each kept open and each with a thread of its own.
    pub connections: u32,
    /// For how long.
    pub span: Duration,
    /// What the `Accept` header says.
    pub accept: &'static str,
    /// What the `Accept-Encoding` header says.
    pub encoding: &'static str,
}

/// What came of it.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// From the moment at which each scrape was due to the end of its answer.
    pub latencies: Latencies,
    /// From the first moment to the end of the last answer.
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
    /// Asks a server. The connections take turns, so that the scrapes of all of them are evenly spaced.
    ///
    /// # Errors
    ///
    /// When a scrape fails.
    pub fn put_on(&self, server: SocketAddr) -> Result<Outcome> {
        let mut clients = Vec::new();
        for _ in 0..self.connections {
            let mut client = Client::asking(server, self.accept, self.encoding);
            client.get()?; // it is connected, and the page is written
            clients.push(client);
        }
        let begun = Instant::now();
        let threads: Vec<_> = clients
            .into_iter()
            .zip(0..)
            .map(|(client, place)| {
                let load = *self;
                thread::spawn(move || load.ask(client, place, begun))
            })
            .collect();
        let mut latencies = Vec::new();
        for thread in threads {
            latencies.extend(thread.join().map_err(|_| anyhow!("a client panicked"))??);
        }
        Ok(Outcome { latencies: latencies.into(), wall: begun.elapsed() })
    }

    /// The scrapes of one connection: how long each took.
    fn ask(&self, mut client: Client, place: u32, begun: Instant) -> Result<Vec<Duration>> {
        let mut latencies = Vec::new();
        for due in self.moments(place) {
            let due = begun + due;
            sleep(due.saturating_duration_since(Instant::now()));
            client.get()?;
            latencies.push(due.elapsed());
        }
        Ok(latencies)
    }

    /// When the scrapes of a connection are due, from the beginning.
    fn moments(&self, place: u32) -> impl Iterator<Item = Duration> {
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
        let mut moments: Vec<Duration> = (0..3).flat_map(|place| load.moments(place)).collect();
        moments.sort_unstable();
        assert_eq!(moments.len(), 200);
        assert!(moments.windows(2).all(|pair| pair[1] - pair[0] == Duration::from_millis(1)));
    }

    #[test]
    fn a_slow_answer_counts_for_all_that_wait_behind_it() {
        let server = HttpServer::start(|_| {
            sleep(Duration::from_millis(20));
            String::new()
        })
        .unwrap();
        // 20 scrapes, 10 ms apart, of which each takes 20 ms: the last one is answered after 400 ms, not 20.
        let outcome = load(100, 1).put_on(server.address).unwrap();
        assert_eq!(outcome.latencies.count(), 20);
        assert!(outcome.latencies.percentile(100) >= Duration::from_millis(20 * 20 - 190));
        assert!(outcome.rate() <= 50.0);
    }
}
