//! What becomes of the exporter under load, looked at once a second.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle, sleep};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow};

use crate::bench::exporter::client::Client;
use crate::bench::trend::Trend;
use crate::bench::usage::Memory;
use crate::machine::now;
use crate::scrape::Scrape;

const SECOND: Duration = Duration::from_secs(1);

/// What was seen.
#[derive(Debug, Clone, Default)]
pub struct Seen {
    /// Resident memory, in bytes.
    pub resident_bytes: Trend,
    /// The oldest reading of any GPU that a page ever had, in seconds.
    pub oldest_reading: f64,
}

/// Looks until it is told to stop.
#[derive(Debug)]
pub struct Watch {
    over: Arc<AtomicBool>,
    thread: JoinHandle<Result<Seen>>,
}

impl Watch {
    /// Begins to look at an exporter.
    #[must_use]
    pub fn begin(address: SocketAddr, pid: u32) -> Watch {
        let over = Arc::new(AtomicBool::new(false));
        let told = Arc::clone(&over);
        Watch { over, thread: thread::spawn(move || look(address, pid, &told)) }
    }

    /// What was seen until now.
    ///
    /// # Errors
    ///
    /// When the exporter has ended, or a scrape failed.
    pub fn end(self) -> Result<Seen> {
        self.over.store(true, Ordering::Relaxed);
        self.thread.join().map_err(|_| anyhow!("the watch panicked"))?
    }
}

fn look(address: SocketAddr, pid: u32, over: &AtomicBool) -> Result<Seen> {
    let (mut client, mut seen, begun) = (Client::new(address), Seen::default(), Instant::now());
    let mut due = begun;
    while !over.load(Ordering::Relaxed) {
        let age = oldest_reading(&client.get()?)?;
        seen.oldest_reading = seen.oldest_reading.max(age);
        let resident = Memory::of(pid)?.resident_bytes as f64;
        seen.resident_bytes.push(begun.elapsed().as_secs_f64(), resident);
        due += SECOND;
        sleep(due.saturating_duration_since(Instant::now()));
    }
    Ok(seen)
}

/// The age of the oldest reading on a page, in seconds.
fn oldest_reading(page: &[u8]) -> Result<f64> {
    let page = Scrape::parse(&String::from_utf8_lossy(page))?;
    let readings = page.values("gpu_carbon_gpu_last_sample_timestamp_seconds", &[]);
    Ok(now() - readings.reduce(f64::min).context("no GPU on the page")?)
}
