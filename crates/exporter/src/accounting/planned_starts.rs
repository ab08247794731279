//! The best starts of the configured jobs, planned once for each slot of the schedule.

use std::sync::Arc;

use gpu_carbon_core::{SLOT, Timestamp};

use super::settings::Settings;
use crate::forecast::{BestStart, best_starts};
use crate::intensity::Grid;

/// The best starts, and the slot for which they were planned.
#[derive(Debug)]
pub(super) struct PlannedStarts {
    slot: Timestamp,
    best: Arc<[BestStart]>,
}

impl PlannedStarts {
    /// Plans by the grid's forecast as of a time.
    pub(super) fn plan(grid: &Grid, settings: &Settings, now: Timestamp) -> PlannedStarts {
        let ahead = grid.intensities.forecast.as_deref();
        let best = ahead.map(|ahead| best_starts(ahead, now, &settings.forecast_jobs));
        PlannedStarts { slot: now.floor_to(SLOT), best: best.unwrap_or_default() }
    }

    /// True if a new slot has begun since the plan.
    pub(super) fn are_outdated(&self, now: Timestamp) -> bool {
        now.floor_to(SLOT) > self.slot
    }

    /// The best starts.
    pub(super) fn best(&self) -> Arc<[BestStart]> {
        Arc::clone(&self.best)
    }
}
