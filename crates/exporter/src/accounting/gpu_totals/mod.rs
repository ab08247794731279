//! The totals of one GPU: energy, emissions and presence, before this run and in it.

mod amounts;
mod counter_events;
mod gpu_commit;
mod persistence;
mod read_outcome;
mod running_totals;
mod shares;

pub(super) use amounts::{grams, joules};
pub(super) use gpu_commit::GpuCommit;
pub(super) use persistence::{Persisted, Persistence};
pub(super) use read_outcome::AddedEnergy;
pub(super) use running_totals::RunningTotals;
pub(super) use shares::Shares;
