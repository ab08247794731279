//! Tools of the end-to-end tests: a machine with fake GPUs, the real exporter on it, and a real Prometheus that scrapes
//! it. Every server listens on loopback, on a free port.

pub mod alertmanager;
pub mod bench;
pub mod calm;
pub mod clock;
pub mod disk_fault;
pub mod documents;
pub mod exporter;
pub mod fake_bmc;
pub mod fake_power;
pub mod fake_proc;
pub mod http_server;
pub mod kubelet;
pub mod machine;
pub mod nvidia_smi;
pub mod perf;
pub mod prometheus;
pub mod scaled_rules;
pub mod scrape;
pub mod services;
pub mod set_clock;
pub mod slurm;
pub mod soak;
pub mod this_host;

use std::time::{Duration, Instant};

use anyhow::{Result, bail};

/// Longest wait for anything. Whatever takes longer is taken never to happen; no test waits for it to pass.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// Calls `ask` until it succeeds, and returns its answer.
///
/// # Errors
///
/// When it does not succeed within [`PATIENCE`]: `what` it waited for, and the last error.
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
