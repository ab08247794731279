//! The settings of the ledger.

use std::path::PathBuf;
use std::time::Duration;

use gpu_carbon_core::Span;
use gpu_carbon_ledger::Retention;

/// The settings of the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The path of the file.
    pub path: PathBuf,
    /// The time between two commits, which is what a crash may lose.
    pub commit_period: Duration,
    /// The ages from which slots are combined into hours and days.
    pub retention: Retention,
    /// The age from which the names of workloads are removed; `None`: never.
    pub forget_workloads_after: Option<Span>,
}
