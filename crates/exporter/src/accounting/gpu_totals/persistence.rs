//! The state of a GPU's totals towards the ledger: the entries that are still to be written, and the totals that
//! are written and may be published.

use gpu_carbon_core::{Entry, Flow, Interval, Mass};
use gpu_carbon_ledger::{GpuState, Posting, Presence};

use crate::accounting::accounts::AccountKey;
use crate::accounting::journal::Journal;
use crate::accounting::settings::Context;
use crate::snapshot::Totals;

/// The ledger's knowledge of a GPU that was found.
#[derive(Debug, Clone, Copy)]
pub(in crate::accounting) enum Persisted<'a> {
    /// There is no ledger.
    NoLedger,
    /// The ledger holds nothing about this GPU.
    NewGpu,
    /// The ledger holds the state of this GPU.
    Known(&'a GpuState),
}

/// The entries and totals on their way to the ledger.
#[derive(Debug, Default)]
pub(super) struct Persistence {
    journal: Journal,
    /// True if anything was read or revised since the last batch.
    has_news: bool,
    /// The batch that is being written.
    in_flight: Option<PendingCommit>,
    /// The totals that may be published.
    published: Option<Totals>,
}

#[derive(Debug)]
struct PendingCommit {
    journal: Journal,
    totals: Totals,
}

/// The journal's part of a batch.
#[derive(Debug)]
pub(super) struct BatchEntries {
    pub(super) postings: Vec<Posting>,
    pub(super) presence: Vec<Presence>,
}

impl Persistence {
    /// Records an entry of an account.
    pub(super) fn record(&mut self, key: AccountKey, entry: Entry, context: Context<'_>) {
        self.journal.record(key, entry, context.grid, context.now);
    }

    /// Records a reading: the GPU was present in an interval.
    pub(super) fn record_reading(
        &mut self,
        presence: Interval,
        manufacture: Option<Mass>,
        context: Context<'_>,
    ) {
        let Context { settings, now, .. } = context;
        self.journal.record_presence(presence, manufacture, settings.lifespan, now);
        self.has_news = true;
    }

    /// Records that the totals have changed without a reading.
    pub(super) fn mark_changed(&mut self) {
        self.has_news = true;
    }

    /// Begins a commit of the journal and the totals. `None` if there is nothing to write, or if a commit is in
    /// progress.
    pub(super) fn begin_commit(
        &mut self,
        totals: Totals,
        context: Context<'_>,
    ) -> Option<BatchEntries> {
        let nothing = !self.has_news && self.journal.is_empty();
        if self.in_flight.is_some() || nothing {
            return None;
        }
        self.has_news = false;
        let journal = std::mem::take(&mut self.journal);
        let postings = journal.postings(context.grid);
        let presence = journal.presence();
        self.in_flight = Some(PendingCommit { journal, totals });
        Some(BatchEntries { postings, presence })
    }

    /// Publishes the totals of the commit, which succeeded, unless later totals were published meanwhile.
    pub(super) fn finish_commit(&mut self, published_ahead: bool) {
        if let Some(commit) = self.in_flight.take()
            && !published_ahead
        {
            self.published = Some(commit.totals);
        }
    }

    /// Takes back the entries of a commit that failed.
    pub(super) fn abort_commit(&mut self) {
        if let Some(commit) = self.in_flight.take() {
            self.journal.take_back(commit.journal);
            self.has_news = true;
        }
    }

    /// Adapts to a new ledger, which is empty.
    pub(super) fn restart(&mut self, pending: impl Iterator<Item = (AccountKey, Flow)>) {
        self.abort_commit();
        self.journal.restart(pending);
    }

    /// Publishes totals that are not in the ledger yet.
    pub(super) fn publish(&mut self, totals: Totals) {
        self.published = Some(totals);
    }

    /// The totals that may be published.
    pub(super) const fn published(&self) -> Option<Totals> {
        self.published
    }
}
