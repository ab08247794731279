//! The events that the sampler reports.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use gpu_carbon_core::{Reading, Timestamp};

use crate::holders::{GpuPartition, GpuUse, ProcessList};
use crate::nvml::Identity;

/// An event of the sampler.
#[derive(Debug)]
pub enum Event {
    /// The driver answers.
    DeviceCount {
        /// The number of GPUs that it reports.
        count: u32,
        /// The indices of those that are not read, since the configuration excludes them.
        excluded: BTreeSet<u32>,
    },
    /// A call to the driver's library failed, or does not return.
    DriverFailed {
        /// The kind of error.
        kind: &'static str,
        /// The reason, in words.
        reason: String,
        /// True if no GPU can be read until another session begins.
        is_fatal: bool,
    },
    /// Another session of the driver's library has begun.
    DriverReloaded,
    /// All GPUs are released, until a time.
    Released {
        /// The time at which they are read again.
        until: Timestamp,
        /// False while calls that do not return keep the library loaded.
        is_complete: bool,
    },
    /// The GPUs are read again after a release.
    Resumed,
    /// A GPU answers. Its meters were not read yet.
    GpuFound {
        /// The GPU's index in the driver's order.
        index: u32,
        /// The GPU's UUID, name and PCI address.
        identity: Identity,
        /// The driver's version; empty if the driver does not report it.
        driver: Arc<str>,
        /// The rate of the samples of its power.
        power_sampling: PowerSampling,
    },
    /// A GPU answers, whose energy is to be divided among its holders.
    Divisible {
        /// The GPU's UUID.
        uuid: Arc<str>,
        /// The number of its device file; `None` if the driver does not tell it.
        minor: Option<u32>,
        /// The listing of its processes.
        listing: ProcessListing,
    },
    /// The MIG instances of a GPU were listed, or it has none.
    Partitioned(GpuPartition),
    /// The processes on a GPU were listed.
    Processes(ProcessList),
    /// The use of a GPU by its processes was measured, for the reading that follows.
    Used(GpuUse),
    /// A GPU was read.
    Reading {
        /// The GPU's UUID; its index may have changed.
        uuid: Arc<str>,
        /// The reading of its meters.
        reading: Reading,
    },
    /// A GPU answers, but has neither an energy counter nor power.
    Unmetered {
        /// The GPU's UUID.
        uuid: Arc<str>,
    },
    /// A GPU could not be read, or not be found.
    ReadFailed {
        /// The GPU's index.
        index: u32,
        /// The kind of error.
        kind: &'static str,
    },
    /// A GPU answered with a number that cannot be true, or one of its meters did not answer. A reading follows if the
    /// other meter answers.
    ReadingRejected {
        /// The GPU's index.
        index: u32,
        /// The kind of error.
        kind: &'static str,
    },
    /// A GPU is suspended at runtime, and not woken to be read.
    GpuSuspended {
        /// The GPU's index.
        index: u32,
        /// The GPU's UUID, if it is known.
        uuid: Option<Arc<str>>,
    },
    /// GPUs were added or removed. Each is looked up again, and those that are not found are gone.
    DevicesChanged,
}

/// The rate of the samples of one GPU's power: with its energy counter, or more often.
#[derive(Debug, Clone, Default)]
pub struct PowerSampling(Arc<AtomicBool>);

impl PowerSampling {
    /// Sets the rate, from the next reading on.
    pub fn set_often(&self, is_often: bool) {
        self.0.store(is_often, Ordering::Relaxed);
    }

    /// True if the power is to be sampled more often than the counter is read.
    pub(super) fn is_often(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// The listing of the processes on one GPU, and the measurement of their use: each only while it is wanted.
#[derive(Debug, Clone, Default)]
pub struct ProcessListing(Arc<Wanted>);

#[derive(Debug, Default)]
struct Wanted {
    list: AtomicBool,
    usage: AtomicBool,
}

impl ProcessListing {
    /// Sets whether the processes are listed, from the next reading on.
    pub fn set_wanted(&self, is_wanted: bool) {
        self.0.list.store(is_wanted, Ordering::Relaxed);
    }

    /// Sets whether the use of the GPU by each process is read, from the next reading on.
    pub fn set_use_wanted(&self, is_wanted: bool) {
        self.0.usage.store(is_wanted, Ordering::Relaxed);
    }

    /// True if the processes are to be listed.
    pub(super) fn is_wanted(&self) -> bool {
        self.0.list.load(Ordering::Relaxed)
    }

    /// True if the use of the GPU is to be measured.
    pub(super) fn is_use_wanted(&self) -> bool {
        self.0.usage.load(Ordering::Relaxed)
    }
}

/// The receiver of events. A reading thread waits for it, so it must return soon.
pub type Listener = Arc<dyn Fn(Event) + Send + Sync>;
