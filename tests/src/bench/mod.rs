//! What the exporter and the planner cost, beside others in one run; and what the ledger does.

pub mod exporter;
pub mod install;
pub mod ledger;
pub mod limit;
pub mod load;
pub mod planner;
pub mod table;
pub mod trend;
pub mod usage;
