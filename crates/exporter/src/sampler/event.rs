//! The events that the sampler reports.

use std::sync::Arc;

use gpu_carbon_core::{Power, Reading, Span};

use crate::nvml::{EnergyMethod, Identity};

/// An event of the sampler.
#[derive(Debug)]
pub enum Event {
    /// The driver answers, and reports this number of GPUs.
    DeviceCount(u32),
    /// The driver's library is missing or does not answer, for this reason.
    DriverUnavailable(String),
    /// A GPU answers.
    GpuFound {
        /// The GPU's index in the driver's order.
        index: u32,
        /// The GPU's UUID, name and PCI address.
        identity: Identity,
        /// The method by which its energy is measured.
        method: EnergyMethod,
        /// The driver's version; empty if the driver does not report it.
        driver: Arc<str>,
    },
    /// A GPU was read.
    Reading {
        /// The GPU's UUID; its index may have changed.
        uuid: Arc<str>,
        /// The reading of its meter.
        reading: Reading,
        /// The time since boot, including the machine's sleep, at the reading.
        uptime: Span,
        /// The power to show.
        power: Option<Power>,
    },
    /// A GPU could not be read, or not be found.
    ReadFailed {
        /// The GPU's index.
        index: u32,
        /// The kind of error.
        kind: &'static str,
    },
    /// A GPU answered with a number that cannot be true. It still answers, but its power is unknown.
    ReadingRejected {
        /// The GPU's index.
        index: u32,
        /// The kind of error.
        kind: &'static str,
    },
    /// GPUs were added or removed. Each is looked up again, and those that are not found are gone.
    DevicesChanged,
}

/// The receiver of events. A reading thread waits for it, so it must return soon.
pub type Listener = Arc<dyn Fn(Event) + Send + Sync>;
