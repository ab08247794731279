//! A meter of a part of the host.

use std::path::PathBuf;

use gpu_carbon_core::meter::{Measured, SampledMeter, WrappingMeter};
use gpu_carbon_core::{Power, Span, Timestamp};

use crate::error::ReadError;
use crate::file;

/// The time of a reading.
#[derive(Debug, Clone, Copy)]
pub struct Moment {
    /// The calendar time, which names the time of the energy.
    pub at: Timestamp,
    /// The time since boot, with the machine's sleep, which decides on lengths of time.
    pub uptime: Span,
}

/// A part of a host, or the whole of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Component {
    /// The processors.
    Cpu,
    /// The main memory.
    Memory,
    /// The whole host, with its GPUs.
    Platform,
}

impl Component {
    /// The name in labels: `cpu`, `memory` or `platform`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Component::Cpu => "cpu",
            Component::Memory => "memory",
            Component::Platform => "platform",
        }
    }
}

/// The interface of the kernel that shows a meter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// Running average power limit, by the power capping framework.
    Rapl,
    /// A power meter of ACPI, by hwmon.
    Hwmon,
}

impl Source {
    /// The name in labels and in the configuration: `rapl` or `hwmon`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Source::Rapl => "rapl",
            Source::Hwmon => "hwmon",
        }
    }
}

/// The quantity that a meter shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MeterKind {
    /// Energy, counted.
    Counter,
    /// Power, which is integrated.
    Power,
}

impl MeterKind {
    /// The name in labels: `counter` or `integrated`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            MeterKind::Counter => "counter",
            MeterKind::Power => "integrated",
        }
    }
}

/// A power in microwatts above that of any host, 50 kW: an air-cooled server with eight GPUs draws 15 kW in 2026.
const MOST_MICROWATTS: u64 = 50_000_000_000;

/// A meter that is read.
#[derive(Debug)]
pub struct Meter {
    /// The part of the host that it measures.
    pub component: Component,
    /// True if it measures the memory, too, and no other meter does.
    pub contains_memory: bool,
    /// The interface that shows it.
    pub source: Source,
    /// The name that the firmware or the kernel has for it, such as `package-0/dram`.
    pub zone: String,
    /// The file that is read.
    pub path: PathBuf,
    pub(crate) gauge: Gauge,
}

/// The arithmetic of a meter.
#[derive(Debug)]
pub(crate) enum Gauge {
    Counter { range: u64, meter: WrappingMeter },
    Power(SampledMeter),
}

/// A reading of a meter.
#[derive(Debug, Clone, Copy)]
pub(crate) struct MeterReading {
    pub(crate) measured: Measured,
    /// The value of a counter in microjoules.
    pub(crate) counter: Option<u64>,
}

impl Meter {
    /// The quantity that the meter shows.
    #[must_use]
    pub const fn kind(&self) -> MeterKind {
        match self.gauge {
            Gauge::Counter { .. } => MeterKind::Counter,
            Gauge::Power(_) => MeterKind::Power,
        }
    }

    /// The interface and the name, such as `rapl package-0`.
    #[must_use]
    pub fn title(&self) -> String {
        format!("{} {}", self.source.name(), self.zone)
    }

    /// Reads the meter.
    pub(crate) fn read(&mut self, moment: Moment) -> Result<MeterReading, ReadError> {
        let Moment { at, uptime } = moment;
        match &mut self.gauge {
            Gauge::Counter { range, meter } => {
                let value = file::number_up_to(&self.path, "microjoules", *range)?;
                let measured = meter.observe(at, uptime, value);
                Ok(MeterReading { measured, counter: Some(value) })
            }
            Gauge::Power(meter) => {
                let microwatts = file::number_up_to(&self.path, "microwatts", MOST_MICROWATTS)?;
                let measured = meter.observe(at, uptime, Power::from_microwatts(microwatts));
                Ok(MeterReading { measured, counter: None })
            }
        }
    }
}
