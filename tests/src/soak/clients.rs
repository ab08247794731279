//! The clients of the exporter: scrapers, slow ones, and ones that break off.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{self, JoinHandle, sleep};
use std::time::Duration;

use anyhow::{Result, anyhow};

use super::counter_monitor::CounterMonitor;
use crate::bench::exporter::client::Client;
use crate::machine::now;
use crate::scrape::Scrape;

/// Number of clients of each kind, and the pause of each between two requests.
const SCRAPERS: (usize, Duration) = (4, Duration::from_millis(20));
const SLOW: (usize, Duration) = (4, Duration::from_millis(100));
const BREAKING_OFF: (usize, Duration) = (2, Duration::from_millis(50));
/// Pause of the client that compares counters.
const MONITOR: Duration = Duration::from_millis(50);

/// Formats and encodings that scrapers request, in turn.
const FORMATS: [(&str, &str); 4] = [
    ("application/openmetrics-text;version=1.0.0", "gzip"),
    ("text/plain;version=0.0.4", "gzip"),
    ("application/openmetrics-text;version=1.0.0", "identity"),
    ("text/plain;version=0.0.4", "identity"),
];

const REQUEST: &[u8] = b"GET /metrics HTTP/1.1\r\nHost: soak\r\nConnection: close\r\n\r\n";

/// Numbers of events.
#[derive(Debug, Default)]
pub struct Counts {
    /// Answered scrapes.
    pub answers: AtomicU64,
    /// Failed scrapes.
    pub failures: AtomicU64,
    /// Pages that slow clients have read to their end.
    pub slow_answers: AtomicU64,
    /// Connections that were closed before the answer was read.
    pub broken_off: AtomicU64,
}

/// All clients. They send requests until they are stopped.
#[derive(Debug)]
pub struct ClientThreads {
    /// Numbers of events so far.
    pub counts: Arc<Counts>,
    stopped: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
    monitor: JoinHandle<CounterMonitor>,
}

impl ClientThreads {
    /// Starts them.
    #[must_use]
    pub fn start(server: SocketAddr) -> ClientThreads {
        let (counts, stopped) = (Arc::new(Counts::default()), Arc::new(AtomicBool::new(false)));
        let mut threads = Vec::new();
        let mut all = |(count, pause): (usize, Duration), act: fn(&mut Actor) -> Result<()>| {
            for place in 0..count {
                let (accept, encoding) = FORMATS[place % FORMATS.len()];
                let client = Client::asking(server, accept, encoding);
                let mut actor = Actor { server, client, counts: Arc::clone(&counts) };
                let stopped = Arc::clone(&stopped);
                threads.push(thread::spawn(move || {
                    while !stopped.load(Ordering::Relaxed) {
                        // Between two exporters, requests fail; the counts show how many.
                        let _ = act(&mut actor);
                        sleep(pause);
                    }
                }));
            }
        };
        all(SCRAPERS, Actor::scrape);
        all(SLOW, Actor::read_slowly);
        all(BREAKING_OFF, Actor::break_off);
        let over = Arc::clone(&stopped);
        let monitor = thread::spawn(move || monitor_counters(server, &over));
        ClientThreads { counts, stopped, threads, monitor }
    }

    /// Stops them, and returns the counts and what the monitor found.
    ///
    /// # Errors
    ///
    /// When one panicked.
    pub fn stop(self) -> Result<(Arc<Counts>, CounterMonitor)> {
        self.stopped.store(true, Ordering::Relaxed);
        for thread in self.threads {
            thread.join().map_err(|_| anyhow!("a client panicked"))?;
        }
        let monitor = self.monitor.join().map_err(|_| anyhow!("the monitor panicked"))?;
        Ok((self.counts, monitor))
    }
}

struct Actor {
    server: SocketAddr,
    client: Client,
    counts: Arc<Counts>,
}

impl Actor {
    fn scrape(&mut self) -> Result<()> {
        let page = self.client.get();
        let count = if page.is_ok() { &self.counts.answers } else { &self.counts.failures };
        count.fetch_add(1, Ordering::Relaxed);
        page.map(drop)
    }

    /// Sends the request and reads the answer in small pieces.
    fn read_slowly(&mut self) -> Result<()> {
        let mut stream = self.connect()?;
        for piece in REQUEST.chunks(7) {
            stream.write_all(piece)?;
            sleep(Duration::from_millis(30));
        }
        let mut piece = [0; 512];
        while stream.read(&mut piece)? > 0 {
            sleep(Duration::from_millis(5));
        }
        self.counts.slow_answers.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    /// Sends a request, in whole or in part, and closes the connection.
    fn break_off(&mut self) -> Result<()> {
        let number = self.counts.broken_off.fetch_add(1, Ordering::Relaxed);
        let part = if number.is_multiple_of(2) { REQUEST.len() } else { REQUEST.len() / 2 };
        self.connect()?.write_all(&REQUEST[..part])?;
        Ok(())
    }

    fn connect(&self) -> Result<TcpStream> {
        let stream = TcpStream::connect(self.server)?;
        stream.set_read_timeout(Some(Duration::from_secs(10)))?;
        Ok(stream)
    }
}

fn monitor_counters(server: SocketAddr, stopped: &AtomicBool) -> CounterMonitor {
    let (mut client, mut monitor) = (Client::new(server), CounterMonitor::default());
    while !stopped.load(Ordering::Relaxed) {
        let page = client.get().ok().and_then(|page| String::from_utf8(page).ok());
        if let Some(scrape) = page.and_then(|page| Scrape::parse(&page).ok()) {
            monitor.observe(&scrape, now());
        }
        sleep(MONITOR);
    }
    monitor
}
