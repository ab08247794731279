//! The totals of a GPU after a commit to the ledger, and without one.

use super::RunningTotals;
use crate::accounting::settings::Settings;
use crate::intensity::Grid;

impl RunningTotals {
    /// Records that the last batch is in the ledger. Its totals are published, unless later totals were
    /// published meanwhile.
    pub(in crate::accounting) fn finish_commit(&mut self, published_ahead: bool) {
        if let Some(persistence) = &mut self.persistence {
            persistence.finish_commit(published_ahead);
        }
        self.shares.finish_commit(published_ahead);
    }

    /// Records that the last batch is not in the ledger.
    pub(in crate::accounting) fn abort_commit(&mut self, grid: &Grid) {
        if let Some(persistence) = &mut self.persistence {
            let change = persistence.abort_commit(grid);
            self.revised_grams += change;
            self.shares.abort_commit(change);
        }
    }

    /// Adapts to a new ledger, which is empty.
    pub(in crate::accounting) fn restart_ledger(&mut self) {
        if let Some(persistence) = &mut self.persistence {
            persistence.restart(self.accounts.pending_flows());
            persistence.mark_changed();
            self.shares.restart_ledger();
        }
    }

    /// Publishes the totals although they are not in the ledger, because the disk does not answer.
    pub(in crate::accounting) fn publish_uncommitted(&mut self, settings: &Settings) {
        let totals = self.totals(settings);
        if let (Some(persistence), Some(totals)) = (&mut self.persistence, totals) {
            persistence.publish(totals);
            self.published_grams = totals.emissions.as_grams();
            self.shares.publish(totals.emissions);
        }
    }
}
