//! Rows of the ledger as a reader returns them.

use gpu_carbon_core::{Interval, Timestamp};

use crate::embodied::EmbodiedSince;
use crate::energy_source::EnergyBySource;

/// A GPU in the ledger.
#[derive(Debug, Clone, PartialEq)]
pub struct Gpu {
    /// The UUID, which identifies the GPU.
    pub uuid: String,
    /// The name of the model.
    pub name: String,
    /// NVML's index of the GPU when it was last read.
    pub index: u32,
    /// The time of the last reading; `None` before the first one.
    pub read_at: Option<Timestamp>,
    /// The totals from before this file was created, of which it has no rows.
    pub carried: Carried,
    /// The time since the GPU was first seen for which its energy is unknown, in seconds.
    pub unseen_seconds: f64,
    /// The figures by which its embodied emissions were computed, ordered by time; none in a ledger of an exporter that recorded
    /// none.
    pub embodied: Vec<EmbodiedSince>,
}

/// The part of a GPU's totals whose rows are in an earlier file.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Carried {
    /// Energy, in joules.
    pub joules: f64,
    /// Emissions of that energy, in grams; 0 where no intensity has converted it.
    pub grams: f64,
    /// The share of the GPU's embodied emissions, in grams; 0 where these are unknown.
    pub embodied_grams: f64,
}

impl Carried {
    /// The emissions of the energy, in grams; `None` where there is energy and nothing is known of its emissions.
    #[must_use]
    pub fn known_grams(&self) -> Option<f64> {
        (self.grams != 0.0 || self.joules == 0.0).then_some(self.grams)
    }
}

/// Energy that a GPU used in an interval, by one origin.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct UsageRow {
    /// The position of the GPU in [`Reader::gpus`](crate::Reader::gpus).
    pub gpu: usize,
    /// Five minutes, an hour or a day; the end is never after the GPU's last reading.
    pub interval: Interval,
    /// The position of the origin in [`Reader::origins`](crate::Reader::origins).
    pub origin: usize,
    /// The energy by how it was measured.
    pub energy: EnergyBySource,
    /// Emissions with the overhead, in grams; `None` while the energy is pending.
    pub grams: Option<f64>,
}

/// The time for which a GPU was present in an interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PresenceRow {
    /// The position of the GPU in [`Reader::gpus`](crate::Reader::gpus).
    pub gpu: usize,
    /// Five minutes, an hour or a day; the end is never after the GPU's last reading.
    pub interval: Interval,
    /// The part of the interval for which the GPU was present, in seconds.
    pub seconds: f64,
    /// The share of the GPU's embodied emissions for that time, in grams; `None` where these are unknown.
    pub embodied_grams: Option<f64>,
}
