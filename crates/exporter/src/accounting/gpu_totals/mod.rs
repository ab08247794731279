//! The totals of one GPU: energy, emissions and presence, before this run and in it.

mod persistence;
mod running_totals;

pub(super) use persistence::Persisted;
pub(super) use running_totals::RunningTotals;
