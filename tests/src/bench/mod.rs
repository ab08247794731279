//! Benchmarks of the exporter and the planner beside others in one run, of the ledger, and of the command line.

pub mod attribution;
pub mod cli;
pub mod exporter;
pub mod install;
pub mod ledger;
pub mod limit;
pub mod load;
pub mod planner;
pub mod table;
pub mod trend;
pub mod usage;
