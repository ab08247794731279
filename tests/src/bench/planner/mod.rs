//! Costs of the planner, measured beside others on the same trace and the same job.
//!
//! Times are those of a core: the processor time of the process, the median of many runs.

pub mod goals;
pub mod measure;
pub mod memory;
pub mod peers;
pub mod question;
pub mod report;
pub mod trace;
pub mod year;
