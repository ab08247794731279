//! What the exporter and the planner cost, beside others in one run; and what the ledger does.

pub mod exporter;
pub mod install;
pub mod ledger;
pub mod limit;
pub mod planner;
pub mod table;
pub mod usage;
