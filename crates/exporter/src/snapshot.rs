//! What is known at one moment: immutable, and all that a scrape reads.

use std::sync::Arc;

use gpu_carbon_core::{Energy, Intensity, Mass, Power, Quality, Ratio, Signal, Span, Timestamp};

use crate::intensity::Requests;
use crate::nvml::{EnergyMethod, Identity};
use crate::outlook::Outlook;
use crate::process::ProcessStats;

/// Everything that is published, as of one moment.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// When it was made.
    pub at: Timestamp,
    /// When the process began to count.
    pub started: Timestamp,
    /// The GPUs, by index.
    pub gpus: Vec<GpuView>,
    /// What prices their energy.
    pub grid: GridView,
    /// The energy of the whole data centre for each joule of a GPU.
    pub pue: Ratio,
    /// When a GPU was read last: by the wall clock, and by the one that stands while the machine sleeps.
    pub last_read: Option<(Timestamp, Span)>,
    /// Why no GPU could be read at all, as far as the driver says.
    pub trouble: Option<String>,
    /// The longest that a reading stays good.
    pub stale_after: Span,
    /// How often the wall clock was set.
    pub clock_jumps: u64,
    /// How the ledger does, where there is one.
    pub ledger: Option<LedgerView>,
    /// Of this process itself.
    pub process: Option<ProcessStats>,
}

/// One GPU.
#[derive(Debug, Clone)]
pub struct GpuView {
    /// Its place in the driver's order.
    pub index: u32,
    /// What it is called; `None` for one that has not answered yet.
    pub identity: Option<Arc<Identity>>,
    /// Whether it answered the last call, not long ago.
    pub up: bool,
    /// What was counted, for one that ever answered.
    pub totals: Option<Totals>,
    /// Its power, while it answers.
    pub power: Option<Power>,
    /// Failed readings by kind.
    pub errors: Vec<(&'static str, u64)>,
}

/// What was counted of a GPU since [`Totals::since`].
#[derive(Debug, Clone, Copy)]
pub struct Totals {
    /// When counting began.
    pub since: Timestamp,
    /// When the last of it was read.
    pub read_at: Timestamp,
    /// How the energy is obtained.
    pub method: EnergyMethod,
    /// All the energy.
    pub energy: Energy,
    /// The part of it that has no price yet.
    pub unpriced: Energy,
    /// What the priced part emitted: the most that it was ever thought to be.
    pub emissions: Mass,
    /// What it emitted, to the best of what is known now; of a ledger, where prices are revised.
    pub best: Option<Mass>,
    /// The part of the energy that was found after nobody had watched; of a ledger, where that can be.
    pub recovered: Option<Energy>,
    /// The time of which nobody knows what flowed.
    pub unseen: Span,
    /// The share of its manufacture; `None` where nobody published what that emitted.
    pub embodied: Option<Mass>,
    /// How often the counter restarted.
    pub resets: u64,
}

/// The intensity of the grid, and where it comes from.
#[derive(Debug, Clone)]
pub struct GridView {
    /// The zone.
    pub zone: Arc<str>,
    /// Marginal or average.
    pub signal: Signal,
    /// What holds now; `None` where no value covers now.
    pub present: Option<Present>,
    /// The moment that the latest value is for that energy is priced by, and whose it is; `None` of a constant.
    pub valid_from: Option<(Timestamp, &'static str)>,
    /// What is foretold.
    pub outlook: Outlook,
    /// From here on the grid counts as dirty.
    pub threshold: Intensity,
    /// Requests for intensity by source and outcome.
    pub requests: Requests,
}

/// How the ledger does.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct LedgerView {
    /// Whether it is written, in time.
    pub up: bool,
    /// When it was written last, in this run.
    pub committed: Option<Timestamp>,
    /// How often it was written, and how often that failed.
    pub commits: [u64; 2],
    /// The length of its file, with its log.
    pub bytes: Option<u64>,
    /// How often it was begun anew in this run, in place of one that was corrupt or gone.
    pub replaced: u64,
}

/// What holds now.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Present {
    /// The value.
    pub intensity: Intensity,
    /// Whose it is.
    pub source: &'static str,
    /// How well it is known.
    pub quality: Quality,
}

impl Snapshot {
    /// Whether GPUs are being read, as of now by the clock that stands while the machine sleeps.
    ///
    /// # Errors
    ///
    /// In words, why not.
    pub fn readiness(&self, awake: Span) -> Result<(), String> {
        let age = self.last_read.map(|(_, read)| awake.saturating_sub(read));
        let age = match (age, &self.trouble) {
            (Some(age), _) if age <= self.stale_after => return Ok(()),
            (_, Some(trouble)) => return Err(trouble.clone()),
            (age, None) => age,
        };
        Err(match age {
            Some(age) => format!(
                "no GPU was read for {:.0} s, and a reading stays good for {:.0} s",
                age.as_seconds(),
                self.stale_after.as_seconds()
            ),
            None => "no GPU was read yet".to_owned(),
        })
    }
}
