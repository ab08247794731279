//! Pause and Resume without knowledge of the future. At every slot a policy sees the past, the present and perhaps a
//! forecast, and decides whether the job runs. [`simulate()`] runs a policy on a series and compares it with the
//! oracle, which knows the future.
//!
//! [`Replan`] comes closest to the oracle; [`Diurnal`] is simpler; [`Percentile`] and [`DoubleThreshold`] are rules of
//! the literature. [`Bounded`] limits what any of them may emit beyond a run at once. `POLICIES.md` of this crate has the figures.

mod bounded;
mod diurnal;
mod double_threshold;
mod error_chain;
mod expected;
mod fit;
mod history;
mod percentile;
mod policy;
mod predict;
mod replan;
mod simulate;
mod spread;
mod summary;
#[cfg(test)]
mod tests;

pub use bounded::{Bounded, LossBound};
pub use diurnal::Diurnal;
pub use double_threshold::{DoubleThreshold, Thresholds};
pub use percentile::Percentile;
pub use policy::{PauseShares, Policy, SLOTS_PER_DAY, View};
pub use predict::predict;
pub use replan::Replan;
pub use simulate::{Outcome, SlotJob, Trace, TraceError, simulate};
pub use summary::Summary;
