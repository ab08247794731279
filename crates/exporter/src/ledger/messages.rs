//! The messages between the accounting and the ledger's thread.

use std::sync::Arc;

use gpu_carbon_core::Interval;
use gpu_carbon_ledger::{Batch, ConvertedTime, RecordedBoundary, Revision};

use crate::intensity::Grid;

/// A command to the ledger's thread.
#[derive(Debug)]
pub enum LedgerCommand {
    /// Write a batch.
    Write(ConvertedBatch),
    /// Restate the energy that was converted by other intensities than the grid has now.
    Restate {
        /// The grid.
        grid: Arc<Grid>,
        /// The time within which its intensities have changed.
        changed: Interval,
    },
    /// Close the ledger, so that its file is complete without a log. It is the last command.
    Close,
}

/// A batch, and the conversions of its energy.
#[derive(Debug)]
pub struct ConvertedBatch {
    /// The batch.
    pub batch: Batch,
    /// The time whose energy is converted in the batch.
    pub converted: Vec<ConvertedTime>,
    /// The grid by whose intensities it is converted.
    pub grid: Arc<Grid>,
    /// The boundary of the figures.
    pub boundary: RecordedBoundary,
}

/// The result of a command.
#[derive(Debug)]
pub enum LedgerEvent {
    /// The batch is in the file.
    Written {
        /// The length of the file and its write-ahead log, in bytes.
        file_bytes: Option<u64>,
        /// The number of times so far that a new file replaced one that was corrupt or missing.
        replacements: u64,
    },
    /// The restatement is in the file.
    Restated(Vec<Revision>),
    /// The command had no effect on the file.
    Failed {
        /// The reason in words, and what to do.
        reason: String,
    },
    /// The ledger is closed.
    Closed,
    /// The command had no effect, because the file was corrupt or missing. A new, empty one replaced it.
    Replaced,
}
