//! What every planner is asked.

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
/// What a pause takes beyond the job's own power, in kilowatt-hours. It takes a slot, too.
pub const PAUSE_KILOWATT_HOURS: f64 = 0.05;
/// The power while paused, in kilowatts.
pub const PAUSED_KILOWATTS: f64 = 0.1;

/// One job, when it may start, and what its pauses cost.
#[derive(Debug)]
pub struct Question {
    /// So many slices of constant power.
    pub job: Job,
    /// The earliest start.
    pub start: Timestamp,
    /// How much later it may start.
    pub window: Span,
    /// What each pause costs.
    pub costs: PauseCosts,
}

impl Question {
    /// For so many slices of work in so many slots, from the series' middle on, or so much before that they
    /// fit.
    ///
    /// # Errors
    ///
    /// Never: its numbers are quantities.
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

/// So many slots.
#[must_use]
pub fn span(slots: usize) -> Span {
    Span::from_seconds(300 * slots as u64)
}
