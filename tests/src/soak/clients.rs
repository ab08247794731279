//! Those who ask: scrapers, clients that are slow, and clients that leave.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{self, JoinHandle, sleep};
use std::time::Duration;

use anyhow::{Result, anyhow};

use super::witness::Witness;
use crate::bench::exporter::client::Client;
use crate::scrape::Scrape;

/// How many of each there are, and how long each waits between what it does.
const SCRAPERS: (usize, Duration) = (4, Duration::from_millis(20));
const SLOW: (usize, Duration) = (4, Duration::from_millis(100));
const LEAVING: (usize, Duration) = (2, Duration::from_millis(50));
/// The one that remembers what it saw.
const WITNESS: Duration = Duration::from_millis(50);

/// The formats and encodings that scrapers ask for, in turn.
const ASKED: [(&str, &str); 4] = [
    ("application/openmetrics-text;version=1.0.0", "gzip"),
    ("text/plain;version=0.0.4", "gzip"),
    ("application/openmetrics-text;version=1.0.0", "identity"),
    ("text/plain;version=0.0.4", "identity"),
];

const REQUEST: &[u8] = b"GET /metrics HTTP/1.1\r\nHost: soak\r\nConnection: close\r\n\r\n";

/// How often what happened.
#[derive(Debug, Default)]
pub struct Counts {
    /// Scrapes that were answered.
    pub answers: AtomicU64,
    /// Scrapes that were not.
    pub failures: AtomicU64,
    /// Pages that a slow client has read to their end.
    pub slow_answers: AtomicU64,
    /// Connections that were left before the answer was read.
    pub left: AtomicU64,
}

/// All of them. They ask until they are told to stop.
#[derive(Debug)]
pub struct Crowd {
    /// What has happened so far.
    pub counts: Arc<Counts>,
    over: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
    witness: JoinHandle<Witness>,
}

impl Crowd {
    /// They begin to ask.
    #[must_use]
    pub fn gather(server: SocketAddr) -> Crowd {
        let (counts, over) = (Arc::new(Counts::default()), Arc::new(AtomicBool::new(false)));
        let mut threads = Vec::new();
        let mut all = |(count, pause): (usize, Duration), act: fn(&mut Actor) -> Result<()>| {
            for place in 0..count {
                let (accept, encoding) = ASKED[place % ASKED.len()];
                let client = Client::asking(server, accept, encoding);
                let mut actor = Actor { server, client, counts: Arc::clone(&counts) };
                let over = Arc::clone(&over);
                threads.push(thread::spawn(move || {
                    while !over.load(Ordering::Relaxed) {
                        // Between two lives, nobody answers: what that means, the counts tell.
                        let _ = act(&mut actor);
                        sleep(pause);
                    }
                }));
            }
        };
        all(SCRAPERS, Actor::scrape);
        all(SLOW, Actor::dawdle);
        all(LEAVING, Actor::leave);
        let told = Arc::clone(&over);
        let witness = thread::spawn(move || watch(server, &told));
        Crowd { counts, over, threads, witness }
    }

    /// They stop: what the witness saw.
    ///
    /// # Errors
    ///
    /// When one panicked.
    pub fn disperse(self) -> Result<(Arc<Counts>, Witness)> {
        self.over.store(true, Ordering::Relaxed);
        for thread in self.threads {
            thread.join().map_err(|_| anyhow!("a client panicked"))?;
        }
        let witness = self.witness.join().map_err(|_| anyhow!("the witness panicked"))?;
        Ok((self.counts, witness))
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

    /// Asks in small pieces, and reads in small pieces.
    fn dawdle(&mut self) -> Result<()> {
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

    /// Asks, in whole or in part, and goes away.
    fn leave(&mut self) -> Result<()> {
        let left = self.counts.left.fetch_add(1, Ordering::Relaxed);
        let part = if left.is_multiple_of(2) { REQUEST.len() } else { REQUEST.len() / 2 };
        self.connect()?.write_all(&REQUEST[..part])?;
        Ok(())
    }

    fn connect(&self) -> Result<TcpStream> {
        let stream = TcpStream::connect(self.server)?;
        stream.set_read_timeout(Some(Duration::from_secs(10)))?;
        Ok(stream)
    }
}

fn watch(server: SocketAddr, over: &AtomicBool) -> Witness {
    let (mut client, mut witness) = (Client::new(server), Witness::default());
    while !over.load(Ordering::Relaxed) {
        let page = client.get().ok().and_then(|page| String::from_utf8(page).ok());
        if let Some(scrape) = page.and_then(|page| Scrape::parse(&page).ok()) {
            witness.see(&scrape);
        }
        sleep(WITNESS);
    }
    witness
}
