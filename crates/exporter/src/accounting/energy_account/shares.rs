//! The shares of those who hold GPUs in the energy of an account, if it is divided among them.

use std::collections::BTreeSet;
use std::sync::Arc;

use gpu_carbon_core::{Entry, EntryKind, Flow, Mass, Timestamp};
use gpu_carbon_ledger::{GpuState, GpuTotals, ShareBatch, ShareRevision, ShareState};

use crate::accounting::workloads::GpuShares;
use crate::snapshot::SharesView;

/// The shares of those who hold GPUs in the energy of an account, if it is divided among them.
#[derive(Debug, Default)]
pub(super) struct Shares {
    /// Those of earlier runs, until the first reading of this run.
    before: Option<Box<Before>>,
    current: Option<Box<GpuShares>>,
}

/// The shares before the first reading of this run.
#[derive(Debug)]
struct Before {
    /// Those that the ledger held.
    state: ShareState,
    /// The entries of pending energy that was converted since.
    late: Vec<Entry>,
}

impl Shares {
    /// Shares that continue those in the ledger.
    pub(super) fn continuing(state: &GpuState) -> Shares {
        let before = Before { state: state.shares.clone(), late: Vec::new() };
        Shares { before: Some(Box::new(before)), current: None }
    }

    /// The shares that are counted in this run, once they are.
    pub(super) fn current_mut(&mut self) -> Option<&mut GpuShares> {
        self.current.as_deref_mut()
    }

    /// Records an entry of energy that was pending.
    pub(super) fn record_late(&mut self, entry: Entry) {
        if let Some(shares) = &mut self.current {
            shares.record_late(entry);
        } else if let Some(before) = &mut self.before {
            before.late.push(entry);
        }
    }

    /// Applies a revision of energy that is not committed, in grams.
    pub(super) fn revise(&mut self, grams: f64) {
        if let Some(shares) = self.current.as_mut().filter(|_| grams != 0.0) {
            shares.revise(grams);
        }
    }

    /// Applies a restatement by the ledger.
    pub(super) fn restate(&mut self, grams: f64, shares: &[ShareRevision]) {
        if let Some(current) = &mut self.current {
            current.restate(grams, shares);
        } else if let Some(before) = &mut self.before {
            before.state.restate(grams, shares);
        }
    }

    /// The shares for the ledger's batch, which is on its way with these emissions of the account.
    pub(super) fn begin_commit(&mut self, published: Mass) -> ShareBatch {
        self.current.as_mut().map(|shares| shares.begin_commit(published)).unwrap_or_default()
    }

    /// Records that the batch is in the ledger.
    pub(super) fn finish_commit(&mut self, published_ahead: bool) {
        if let Some(shares) = &mut self.current {
            shares.finish_commit(published_ahead);
        }
    }

    /// Records that the batch is not in the ledger, and that its emissions were revised by some grams.
    pub(super) fn abort_commit(&mut self, revised_grams: f64) {
        if let Some(shares) = &mut self.current {
            shares.abort_commit();
        }
        self.revise(revised_grams);
    }

    /// Adapts to a new ledger, which is empty.
    pub(super) fn restart_ledger(&mut self) {
        if let Some(shares) = &mut self.current {
            shares.restart_ledger();
        }
    }

    /// Publishes the shares although they are not in the ledger, as these emissions of the account are.
    pub(super) fn publish(&mut self, published: Mass) {
        if let Some(shares) = &mut self.current {
            shares.publish(published);
        }
    }

    /// Begins to count at the first reading, if energy `is_divided` among holders. `pending` is the energy that may still be
    /// converted.
    pub(super) fn begin(
        &mut self,
        at: Timestamp,
        carried_over: &GpuTotals,
        pending: impl Iterator<Item = Flow>,
        has_ledger: bool,
        is_divided: bool,
    ) {
        let before = self.before.take();
        if !is_divided || self.current.is_some() {
            return;
        }
        let since = if carried_over.since > Timestamp::EPOCH { carried_over.since } else { at };
        let mut shares = GpuShares::new(since, has_ledger);
        if let Some(Before { state, late }) = before.map(|before| *before) {
            let converted = |entry: &Entry| {
                let is_converted = matches!(entry.kind, EntryKind::Converted(_));
                is_converted.then_some(Flow { interval: entry.interval, energy: entry.energy })
            };
            let converted = late.iter().filter_map(converted);
            shares.restore(&state, carried_over, pending.chain(converted));
            late.into_iter().for_each(|entry| shares.record_late(entry));
        }
        self.current = Some(Box::new(shares));
    }

    /// Keeps the shares of those slots alone in which energy is pending.
    pub(super) fn keep_pending(&mut self, slots: &BTreeSet<Timestamp>) {
        if let Some(shares) = &mut self.current {
            shares.keep_pending(slots);
        }
    }

    /// Forgets a workload that is no longer published.
    pub(super) fn forget(&mut self, workload: &str) {
        if let Some(shares) = &mut self.current {
            shares.forget(workload);
        }
    }

    /// The published shares.
    pub(super) fn published(&self, has_ledger: bool) -> Option<Arc<SharesView>> {
        self.current.as_ref()?.published(has_ledger)
    }
}
