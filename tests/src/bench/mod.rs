//! Benchmarks of the exporter and the planner beside others in one run, of the ledger, of the command line, and
//! of the rules at the size of a fleet.

pub mod attribution;
pub mod cli;
pub mod exporter;
pub mod fleet;
pub mod install;
pub mod ledger;
pub mod limit;
pub mod load;
pub mod planner;
pub mod table;
pub mod trend;
pub mod usage;
