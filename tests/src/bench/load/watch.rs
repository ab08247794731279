//! Observation of the exporter under load, once a second.

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

/// The observed values.
#[derive(Debug, Clone, Default)]
pub struct Observed {
    /// Resident memory, in bytes.
    pub resident_bytes: Trend,
    /// The oldest reading of any GPU that a page ever had, in seconds.
    pub oldest_reading: f64,
}

/// A running observation.
#[derive(Debug)]
pub struct Watch {
    over: Arc<AtomicBool>,
    thread: JoinHandle<Result<Observed>>,
}

impl Watch {
    /// Starts to observe an exporter.
    #[must_use]
    pub fn begin(address: SocketAddr, pid: u32) -> Watch {
        let over = Arc::new(AtomicBool::new(false));
        let ended = Arc::clone(&over);
        Watch { over, thread: thread::spawn(move || observe(address, pid, &ended)) }
    }

    /// Ends the observation, and returns the values.
    ///
    /// # Errors
    ///
    /// When the exporter has ended, or a scrape failed.
    pub fn end(self) -> Result<Observed> {
        self.over.store(true, Ordering::Relaxed);
        self.thread.join().map_err(|_| anyhow!("the watch panicked"))?
    }
}

fn observe(address: SocketAddr, pid: u32, over: &AtomicBool) -> Result<Observed> {
    let (mut client, mut observed, begun) =
        (Client::new(address), Observed::default(), Instant::now());
    let mut due = begun;
    while !over.load(Ordering::Relaxed) {
        let age = oldest_reading(&client.get()?)?;
        observed.oldest_reading = observed.oldest_reading.max(age);
        let resident = Memory::of(pid)?.resident_bytes as f64;
        observed.resident_bytes.push(begun.elapsed().as_secs_f64(), resident);
        due += SECOND;
        sleep(due.saturating_duration_since(Instant::now()));
    }
    Ok(observed)
}

/// The age of the oldest reading on a page, in seconds.
fn oldest_reading(page: &[u8]) -> Result<f64> {
    let page = Scrape::parse(&String::from_utf8_lossy(page))?;
    let readings = page.values("gpu_carbon_gpu_last_sample_timestamp_seconds", &[]);
    Ok(now() - readings.reduce(f64::min).context("no GPU on the page")?)
}
