//! The question to every planner.

use gpu_carbon_core::job::Job;
use gpu_carbon_core::schedule::PauseCosts;
use gpu_carbon_core::{Energy, Power, Series, Span, Timestamp};

use anyhow::Result;

/// Slots of five minutes from the earliest start to the latest end.
pub const SLOTS: usize = 864;
/// Slots of work.
pub const SLICES: usize = 288;

/// The job's power, in kilowatts: about that of a server with two GPUs.
pub const KILOWATTS: f64 = 1.0;
/// Energy of a pause beyond the job's own power, in kilowatt-hours. A pause takes a slot, too.
pub const PAUSE_KILOWATT_HOURS: f64 = 0.05;
/// The power while paused, in kilowatts.
pub const PAUSED_KILOWATTS: f64 = 0.1;

/// One job, its window, and the cost of its pauses.
#[derive(Debug)]
pub struct Question {
    /// The job, in slices of constant power.
    pub job: Job,
    /// The earliest start.
    pub start: Timestamp,
    /// The window for the start.
    pub window: Span,
    /// The cost of each pause.
    pub costs: PauseCosts,
}

impl Question {
    /// A question of so many slices of work in so many slots, from the middle of the series on, or earlier where they do
    /// not fit.
    ///
    /// # Errors
    ///
    /// Never: the constants are valid quantities.
    pub fn new(slots: usize, slices: usize, series: &Series) -> Result<Question> {
        let kilowatts = |kilowatts: f64| Power::from_watts(1000.0 * kilowatts);
        let extent = series.extent();
        let middle =
            (extent.start() + span(series.points().len() / 2)).min(extent.end() - span(slots + 1));
        Ok(Question {
            job: Job::of_power(span(slices), kilowatts(KILOWATTS)?)?,
            start: middle,
            window: span(slots - slices),
            costs: PauseCosts {
                energy: Energy::from_kilowatt_hours(PAUSE_KILOWATT_HOURS)?,
                time: span(1),
                paused_power: kilowatts(PAUSED_KILOWATTS)?,
                ..PauseCosts::default()
            },
        })
    }
}

/// The length of so many slots.
#[must_use]
pub fn span(slots: usize) -> Span {
    Span::from_seconds(300 * slots as u64)
}
