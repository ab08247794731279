//! The ledger's side of the exporter: one thread that owns the file, so that nobody who reads a GPU or keeps
//! the books ever waits for a disk.

mod commit_policy;
mod prices;
mod worker;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use gpu_carbon_core::Interval;
use gpu_carbon_ledger::{Batch, Retention, Revision};

use crate::intensity::Grid;

pub use commit_policy::{CommitPolicy, Said};
pub use prices::Revisions;
pub use worker::{LedgerCommands, Worker, needed_since};

/// Where the ledger is, and how it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The file.
    pub path: PathBuf,
    /// Between two commits: what a crash may lose.
    pub commit_period: Duration,
    /// How long slots and hours are kept.
    pub retention: Retention,
}

/// What the ledger's thread is asked to do.
#[derive(Debug)]
pub enum LedgerCommand {
    /// Write a batch.
    Write(Batch),
    /// Restate what was priced otherwise than the grid says now.
    Restate {
        /// The grid.
        grid: Arc<Grid>,
        /// The time within which its prices are others than before.
        changed: Interval,
    },
}

/// What the ledger's thread tells.
#[derive(Debug)]
pub enum LedgerEvent {
    /// The batch is in the file, which is so large now, in bytes.
    Written {
        /// The file's length, with its log.
        bytes: Option<u64>,
        /// How often it was begun anew so far, in place of one that was corrupt or gone.
        replaced: u64,
    },
    /// Something was restated, and is so in the file.
    Restated(Vec<Revision>),
    /// What was ordered is not in the file: why.
    Failed {
        /// In words, and what to do.
        why: String,
    },
    /// What was ordered is not in the file, which was corrupt and was set aside. A new one was begun.
    BegunAnew,
}
