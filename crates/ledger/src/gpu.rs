//! The state of a GPU in the ledger, and batches of changes to it.

use std::sync::Arc;

use gpu_carbon_core::embodied::EmbodiedBasis;
use gpu_carbon_core::meter::Unsettled;
use gpu_carbon_core::{Pue, Span, Timestamp};

use crate::energy_source::EnergySource;
use crate::posting::{Posting, Presence};
use crate::share::{ShareBatch, ShareState};

/// Changes that are written together: after a write the file has all of them, or after an error none.
#[derive(Debug, Clone, PartialEq)]
pub struct Batch {
    /// The time at which the batch was made.
    pub at: Timestamp,
    /// The GPUs with changes.
    pub gpus: Vec<GpuBatch>,
}

/// Changes of one GPU.
#[derive(Debug, Clone, PartialEq)]
pub struct GpuBatch {
    /// The UUID, which identifies the GPU.
    pub uuid: String,
    /// The name of the model.
    pub name: String,
    /// NVML's index of the GPU.
    pub index: u32,
    /// The totals *after* the postings of this batch. They replace those of the file, except for
    /// [`restated_grams`](GpuTotals::restated_grams).
    pub totals: GpuTotals,
    /// The last reading; `None` leaves the file's unchanged.
    pub last: Option<LastReading>,
    /// The figures by which the embodied emissions of the presence are computed; `None` leaves the file's unchanged. Others than
    /// those of the file count from its last reading on.
    pub embodied: Option<Arc<EmbodiedBasis>>,
    /// Energy and emissions to add.
    pub postings: Vec<Posting>,
    /// Presence to add.
    pub presence: Vec<Presence>,
    /// The shares of workloads in the postings and the presence.
    pub shares: ShareBatch,
}

/// Totals of a GPU since it was first seen. The published counters continue from them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GpuTotals {
    /// The time of the first reading.
    pub since: Timestamp,
    /// All energy, converted or pending.
    pub energy_joules: f64,
    /// Emissions of the converted energy, by the intensities that were known first.
    pub emissions_grams: f64,
    /// The sum of all later revisions, of either sign. The ledger maintains it with the rows that it restates; a batch
    /// sets it only for a GPU that is new to the file.
    pub restated_grams: f64,
    /// The published counter: the highest value that emissions and revisions together ever had.
    pub published_grams: f64,
    /// The share of the GPU's embodied emissions for the time that it was present.
    pub embodied_grams: f64,
    /// The part of the energy that was measured after a time without an exporter.
    pub recovered_joules: f64,
    /// The time for which the energy is unknown.
    pub unseen_seconds: f64,
    /// The number of times that the energy counter restarted.
    pub resets: u64,
}

impl GpuTotals {
    /// Totals of zero for a GPU that is first read at `since`.
    #[must_use]
    pub const fn zero(since: Timestamp) -> GpuTotals {
        GpuTotals {
            since,
            energy_joules: 0.0,
            emissions_grams: 0.0,
            restated_grams: 0.0,
            published_grams: 0.0,
            embodied_grams: 0.0,
            recovered_joules: 0.0,
            unseen_seconds: 0.0,
            resets: 0,
        }
    }
}

/// The last reading of a GPU, and the boot of the machine in which it was made.
#[derive(Debug, Clone, PartialEq)]
pub struct LastReading {
    /// The time, by the wall clock.
    pub at: Timestamp,
    /// The energy counter, in millijoules since the driver was loaded; `None` for a GPU whose counter is not used.
    pub millijoules: Option<u64>,
    /// The kernel's boot id, which differs between boots of the machine.
    pub boot: String,
    /// The time since that boot, including sleep.
    pub uptime: Span,
    /// The driver's version.
    pub driver: String,
    /// The questions that the meter left open; `None` if there are none.
    pub unsettled: Option<Unsettled>,
}

/// The state of a GPU when the exporter starts.
#[derive(Debug, Clone, PartialEq)]
pub struct GpuState {
    /// The UUID, which identifies the GPU.
    pub uuid: String,
    /// The name of the model.
    pub name: String,
    /// NVML's index of the GPU when it was last read.
    pub index: u32,
    /// The totals.
    pub totals: GpuTotals,
    /// The last reading; `None` before the first one.
    pub last: Option<LastReading>,
    /// The energy that may still get an intensity, ordered by slot.
    pub pending: Vec<PendingEnergy>,
    /// Pending energy that is too old, or of another zone or signal, and will not get an intensity.
    pub given_up_joules: f64,
    /// The shares of workloads.
    pub shares: ShareState,
}

/// Energy of one slot that has no intensity yet.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PendingEnergy {
    /// The start of the slot.
    pub slot: Timestamp,
    /// The power usage effectiveness of the row. To convert the energy, post its negative amount with the same value.
    pub pue: Pue,
    /// The way in which the energy was measured.
    pub source: EnergySource,
    /// The amount of energy.
    pub energy_joules: f64,
}
