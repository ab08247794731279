//! Plans of one job: now, at the best start, with free pauses, or with pauses that have costs.

mod costs;
mod dp_rows;
mod dynamic_program;
mod exact;
mod milestones;
mod pause;
mod plan;
mod slot_emissions;
mod slots;
mod start;

pub use costs::PauseCosts;
pub(crate) use exact::exact_given_baseline;
pub use exact::{ExactError, ExactPlan, exact, minimum_emissions};
pub use milestones::Milestone;
pub(crate) use pause::pause_and_resume_given_baseline;
pub use pause::{PauseAndResume, pause_and_resume};
pub use plan::{Schedule, saving_ratio, with_overhead};
pub(crate) use start::flexible_start_by;
pub use start::{UnbrokenPlan, flexible_start};
