//! Threads that read the GPUs: one that keeps the driver's library, and one for each GPU, so that a GPU
//! that hangs holds up nobody else.

mod driver_session;
mod gpu_reader;
mod reader_threads;
mod sampling_clock;
mod supervisor;

use std::path::PathBuf;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use gpu_carbon_core::{Power, Reading, Span};

use crate::nvml::{EnergyMethod, Identity};
use crate::scrape_schedule::ScrapeSchedule;

/// How and how often to read.
#[derive(Debug, Clone)]
pub struct Settings {
    /// NVML's path or name.
    pub library: PathBuf,
    /// Between two readings of an energy counter.
    pub counter_period: Duration,
    /// Between two samples of power, where there is no counter.
    pub power_period: Duration,
    /// Between two looks for GPUs that came or went.
    pub rescan_period: Duration,
}

/// What the threads tell.
#[derive(Debug)]
pub enum Event {
    /// The library answers, and counts so many GPUs.
    DeviceCount(u32),
    /// There is no library, or it does not answer: why.
    DriverUnavailable(String),
    /// A GPU answers.
    GpuFound {
        /// Its place in the library's order.
        index: u32,
        /// What it is called.
        identity: Identity,
        /// How its energy is read.
        method: EnergyMethod,
        /// The driver's version; empty where it does not say.
        driver: Arc<str>,
    },
    /// A reading.
    Reading {
        /// The GPU's name; its place may be another by now.
        uuid: Arc<str>,
        /// Its meter.
        reading: Reading,
        /// Since the machine was booted, its sleep included, at the moment of the reading.
        uptime: Span,
        /// The power to show.
        power: Option<Power>,
    },
    /// A reading, or the search for the GPU, failed.
    ReadFailed {
        /// The GPU's place.
        index: u32,
        /// The kind of failure.
        kind: &'static str,
    },
    /// GPUs came or went: all are looked up anew, and those that are not found are gone.
    DevicesChanged,
}

/// Who is told. It must not take long: the reading thread waits for it.
pub type Listener = Arc<dyn Fn(Event) + Send + Sync>;

/// Starts reading. The threads run until the process ends.
///
/// # Errors
///
/// When the system gives no thread.
pub fn start(
    settings: Settings,
    scrape_schedule: Arc<ScrapeSchedule>,
    listener: Listener,
) -> std::io::Result<()> {
    let keep = move || supervisor::run(&settings, &scrape_schedule, &listener);
    thread::Builder::new().name("nvml".to_owned()).spawn(keep)?;
    Ok(())
}
