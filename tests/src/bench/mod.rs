//! What the exporter and the planner cost, beside others in one run.

pub mod exporter;
pub mod install;
pub mod limit;
pub mod planner;
pub mod table;
pub mod usage;
