//! A meter of a part of the host.

use std::path::PathBuf;

use gpu_carbon_core::meter::{Measured, SampledMeter, WrappingMeter};
use gpu_carbon_core::{Power, Span};

use crate::error::ReadError;
use crate::file;
use crate::moment::Moment;
use crate::remote::{RemoteGauge, SampleSlot, StepCounter};

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

/// The interface that shows a meter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// Running average power limit, by the power capping framework.
    Rapl,
    /// A power meter of ACPI, by hwmon.
    Hwmon,
    /// The management controller of the host, by Redfish.
    Redfish,
}

impl Source {
    /// The name in labels and in the configuration: `rapl`, `hwmon` or `redfish`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Source::Rapl => "rapl",
            Source::Hwmon => "hwmon",
            Source::Redfish => "redfish",
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
    /// The file that is read, or the address of the controller.
    pub path: PathBuf,
    pub(crate) gauge: Gauge,
}

/// The arithmetic of a meter.
#[derive(Debug)]
pub(crate) enum Gauge {
    Counter { range: u64, meter: WrappingMeter },
    Power(SampledMeter),
    Remote { slot: SampleSlot, gauge: RemoteGauge },
}

/// A reading of a meter.
#[derive(Debug, Clone, Copy)]
pub(crate) struct MeterReading {
    pub(crate) measured: Measured,
    /// The value of a counter in microjoules.
    pub(crate) counter: Option<u64>,
}

impl Meter {
    /// A meter of the platform whose samples another thread takes, and the slot in which it leaves them. Between samples of power
    /// that lie further apart than `longest`, the energy is unseen.
    #[must_use]
    pub fn of_controller(
        kind: MeterKind,
        zone: String,
        address: &str,
        longest: Span,
    ) -> (Meter, SampleSlot) {
        let slot = SampleSlot::default();
        let gauge = match kind {
            MeterKind::Power => RemoteGauge::Power(SampledMeter::new(longest)),
            MeterKind::Counter => RemoteGauge::Counter(StepCounter::default()),
        };
        let meter = Meter {
            component: Component::Platform,
            contains_memory: false,
            source: Source::Redfish,
            zone,
            path: address.into(),
            gauge: Gauge::Remote { slot: slot.clone(), gauge },
        };
        (meter, slot)
    }

    /// The quantity that the meter shows.
    #[must_use]
    pub const fn kind(&self) -> MeterKind {
        match self.gauge {
            Gauge::Counter { .. } | Gauge::Remote { gauge: RemoteGauge::Counter(_), .. } => {
                MeterKind::Counter
            }
            Gauge::Power(_) | Gauge::Remote { gauge: RemoteGauge::Power(_), .. } => {
                MeterKind::Power
            }
        }
    }

    /// The interface and the name, such as `rapl package-0`.
    #[must_use]
    pub fn title(&self) -> String {
        format!("{} {}", self.source.name(), self.zone)
    }

    /// Reads the meter; `None` where it has nothing new to show.
    pub(crate) fn read(&mut self, moment: Moment) -> Result<Option<MeterReading>, ReadError> {
        let Moment { at, uptime } = moment;
        match &mut self.gauge {
            Gauge::Counter { range, meter } => {
                let value = file::number_up_to(&self.path, "microjoules", *range)?;
                let measured = meter.observe(at, uptime, value);
                Ok(Some(MeterReading { measured, counter: Some(value) }))
            }
            Gauge::Power(meter) => {
                let microwatts = file::number_up_to(&self.path, "microwatts", MOST_MICROWATTS)?;
                let measured = meter.observe(at, uptime, Power::from_microwatts(microwatts));
                Ok(Some(MeterReading { measured, counter: None }))
            }
            Gauge::Remote { slot, gauge } => {
                let sample = slot.take().transpose()?;
                let measured = sample.and_then(|sample| gauge.observe(sample));
                Ok(measured.map(|measured| MeterReading { measured, counter: None }))
            }
        }
    }
}
