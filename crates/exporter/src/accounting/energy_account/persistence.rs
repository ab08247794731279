//! The state of an account towards the ledger: the entries that are still to be written, and the totals that are written
//! and may be published.

use std::sync::Arc;

use gpu_carbon_core::{Entry, Flow, Interval, Mass};
use gpu_carbon_ledger::{ConvertedTime, Posting, Presence};

use super::accounts::AccountKey;
use super::journal::Journal;
use crate::accounting::settings::Context;
use crate::intensity::Grid;
use crate::snapshot::Totals;

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
    /// The grid by whose intensities the journal is converted.
    grid: Arc<Grid>,
}

/// The journal's part of a batch.
#[derive(Debug)]
pub(super) struct BatchEntries {
    pub(super) postings: Vec<Posting>,
    pub(super) presence: Vec<Presence>,
    pub(super) converted: Vec<ConvertedTime>,
}

impl Persistence {
    /// Records an entry of an account.
    pub(super) fn record(&mut self, key: AccountKey, entry: Entry, context: Context<'_>) {
        self.journal.record(key, entry, context.grid, context.now);
    }

    /// Records that a GPU was present in an interval.
    pub(super) fn record_presence(
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
        let converted = journal.converted(context.grid);
        self.in_flight = Some(PendingCommit { journal, totals, grid: Arc::clone(context.grid) });
        Some(BatchEntries { postings, presence, converted })
    }

    /// Publishes the totals of the commit, which succeeded, unless later totals were published meanwhile.
    pub(super) fn finish_commit(&mut self, published_ahead: bool) {
        if let Some(commit) = self.in_flight.take()
            && !published_ahead
        {
            self.published = Some(commit.totals);
        }
    }

    /// Converts what is not committed by newer intensities. Returns the change of its emissions, in grams.
    pub(super) fn revise(&mut self, old: &Grid, new: &Grid) -> f64 {
        let change = self.journal.revise(old, new);
        self.has_news |= change != 0.0;
        change
    }

    /// Takes back the entries of a commit that failed. Returns the change of their emissions, in grams, if the grid has
    /// other intensities by now.
    pub(super) fn abort_commit(&mut self, grid: &Grid) -> f64 {
        let Some(commit) = self.in_flight.take() else { return 0.0 };
        let mut journal = commit.journal;
        let change = journal.revise(&commit.grid, grid);
        self.journal.take_back(journal);
        self.has_news = true;
        change
    }

    /// Adapts to a new ledger, which is empty, after a commit was aborted.
    pub(super) fn restart(&mut self, pending: impl Iterator<Item = (AccountKey, Flow)>) {
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
