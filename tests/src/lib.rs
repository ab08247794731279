//! What the end-to-end tests are made of: a machine with fake GPUs, the real exporter on it, and a real
//! Prometheus that scrapes it. Everything listens on loopback, on a port that the system gives.

pub mod alertmanager;
pub mod bench;
pub mod clock;
pub mod exporter;
pub mod http_server;

pub mod machine;
pub mod nvidia_smi;
pub mod prometheus;
pub mod scrape;
pub mod services;
pub mod shortened;
pub mod soak;

use std::time::{Duration, Instant};

use anyhow::{Result, bail};

/// What takes longer than this will not happen any more. No test waits for it to pass.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// Asks until there is an answer.
///
/// # Errors
///
/// When there is none in [`PATIENCE`]: what was waited for, and why the last try failed.
pub fn wait_for<T>(what: &str, mut ask: impl FnMut() -> Result<T>) -> Result<T> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        match ask() {
            Ok(answer) => return Ok(answer),
            Err(error) if Instant::now() > deadline => bail!("waited for {what}: {error:#}"),
            Err(_) => std::thread::sleep(Duration::from_millis(20)),
        }
    }
}
