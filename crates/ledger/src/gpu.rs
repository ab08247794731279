//! What the ledger keeps of each GPU: its totals, its last reading, and what is posted with them.

use gpu_carbon_core::{Pue, Span, Timestamp};

use crate::posting::{How, Posting, Presence};

/// What is written at once: all of it is in the file afterwards, or none.
#[derive(Debug, Clone, PartialEq)]
pub struct Batch {
    /// When it was made.
    pub at: Timestamp,
    /// The GPUs of which there is something to write.
    pub gpus: Vec<GpuBatch>,
}

/// What is written of one GPU.
#[derive(Debug, Clone, PartialEq)]
pub struct GpuBatch {
    /// What it is known by.
    pub uuid: String,
    /// Its model.
    pub name: String,
    /// Where it stands, as NVML counts.
    pub index: u32,
    /// The totals *after* what is posted here; they replace those of the file, but for
    /// [`restated_grams`](GpuTotals::restated_grams).
    pub totals: GpuTotals,
    /// What it said last; `None` leaves what the file has.
    pub last: Option<LastReading>,
    /// What it used.
    pub postings: Vec<Posting>,
    /// For how long it was there.
    pub presence: Vec<Presence>,
}

/// What was counted of one GPU since it was first seen. The published counters go on from here.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GpuTotals {
    /// When it was first read.
    pub since: Timestamp,
    /// All its energy, priced or not.
    pub energy_joules: f64,
    /// What the priced energy emitted, as it was priced first.
    pub emissions_grams: f64,
    /// The sum of all later revisions: of either sign. The ledger itself keeps it, with the rows that it
    /// restates; a batch sets it only for a GPU that the file does not know yet.
    pub restated_grams: f64,
    /// The counter: the greatest that emissions and revisions together have ever been.
    pub published_grams: f64,
    /// The share of its manufacture that belongs to the time that it was there.
    pub embodied_grams: f64,
    /// The part of the energy that was found after nobody had watched.
    pub recovered_joules: f64,
    /// The time of which nobody knows what flowed.
    pub unseen_seconds: f64,
    /// How often its counter began anew.
    pub resets: u64,
}

impl GpuTotals {
    /// Of a GPU of which nothing was counted yet.
    #[must_use]
    pub const fn none(since: Timestamp) -> GpuTotals {
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

/// What a GPU said last, and in which life of the machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastReading {
    /// When, by the wall clock.
    pub at: Timestamp,
    /// Its energy counter, in millijoules since the driver was loaded; `None` of a GPU without one.
    pub millijoules: Option<u64>,
    /// The kernel's boot id: another one is another life of the machine.
    pub boot: String,
    /// The time since that boot, sleep included.
    pub uptime: Span,
    /// The driver's version.
    pub driver: String,
}

/// What the ledger knows of a GPU when the exporter starts.
#[derive(Debug, Clone, PartialEq)]
pub struct GpuState {
    /// What it is known by.
    pub uuid: String,
    /// Its model.
    pub name: String,
    /// Where it stood last.
    pub index: u32,
    /// What was counted.
    pub totals: GpuTotals,
    /// What it said last.
    pub last: Option<LastReading>,
    /// The energy that may still get a price, in order of time.
    pub waiting: Vec<Waiting>,
    /// The unpriced energy that no price is expected for any more: it is too old, or of another zone or signal.
    pub given_up_joules: f64,
}

/// Energy of one slot that waits for its price.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Waiting {
    /// When the slot begins.
    pub slot: Timestamp,
    /// The overhead that it waits with: post to the same, to take it out.
    pub pue: Pue,
    /// How it was found.
    pub how: How,
    /// How much it is.
    pub energy_joules: f64,
}
