//! The totals of one GPU: energy, emissions and presence, before this run and in it.

mod counter_events;
mod persisted;
mod read_outcome;
mod running_totals;

pub(super) use persisted::Persisted;
pub(super) use read_outcome::AddedEnergy;
pub(super) use running_totals::RunningTotals;
