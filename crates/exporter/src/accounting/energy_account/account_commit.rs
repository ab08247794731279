//! The part of a commit to the ledger that belongs to one account.

use gpu_carbon_ledger::{ConvertedTime, GpuBatch, GpuTotals, LastReading, ShareBatch};

use super::persistence::BatchEntries;

/// The batch of one account, and the time whose energy is converted in it.
#[derive(Debug)]
pub(in crate::accounting) struct AccountCommit {
    pub(in crate::accounting) batch: GpuBatch,
    pub(in crate::accounting) converted: Vec<ConvertedTime>,
}

/// All that the ledger lacks of an account, which does not know its own name.
#[derive(Debug)]
pub(in crate::accounting) struct CommitContents {
    pub(super) totals: GpuTotals,
    pub(super) entries: BatchEntries,
    pub(super) shares: ShareBatch,
}

impl CommitContents {
    /// Names the account by its UUID, its name and its index in the ledger, and adds its last reading. The figures of embodied
    /// emissions are the GPU's to add.
    pub(in crate::accounting) fn of(
        self,
        uuid: String,
        name: String,
        index: u32,
        last: Option<LastReading>,
    ) -> AccountCommit {
        let CommitContents { totals, entries, shares } = self;
        let BatchEntries { postings, presence, converted } = entries;
        let embodied = None;
        let batch =
            GpuBatch { uuid, name, index, totals, last, embodied, postings, presence, shares };
        AccountCommit { batch, converted }
    }
}
