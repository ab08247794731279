//! The accounting of a host towards its ledger: batches of what the ledger lacks, and the outcomes of writing them.

use std::sync::Arc;

use gpu_carbon_core::Timestamp;
use gpu_carbon_ledger::{Batch, HostAccount, Revision};

use super::energy_account::{AccountCommit, EnergyAccount};
use super::gpu::GpuRecord;
use super::host::Accounting;
use crate::ledger::ConvertedBatch;

impl Accounting {
    /// The batch of all that the ledger lacks. `None` if it lacks nothing, or if a commit is in progress.
    pub fn take_batch(&mut self, now: Timestamp) -> Option<ConvertedBatch> {
        let boundary = self.recorded_boundary();
        let (records, host_energy, context) = self.parts();
        let mut commits: Vec<AccountCommit> =
            records.iter_mut().filter_map(|gpu| gpu.take_batch(context)).collect();
        commits.extend(host_energy.take_batches(context));
        let (mut gpus, mut converted) = (Vec::new(), Vec::new());
        for commit in commits {
            gpus.push(commit.batch);
            converted.extend(commit.converted);
        }
        let (batch, grid) = (Batch { at: now, gpus }, Arc::clone(&self.grid));
        (!batch.gpus.is_empty()).then_some(ConvertedBatch { batch, converted, grid, boundary })
    }

    /// Records that the last batch is in the ledger. Its totals are published, unless later totals were
    /// published meanwhile.
    pub fn finish_commit(&mut self, published_ahead: bool) {
        self.accounts().for_each(|account| account.finish_commit(published_ahead));
    }

    /// Records that the last batch is not in the ledger. The next batch will contain it.
    pub fn abort_commit(&mut self) {
        let grid = Arc::clone(&self.grid);
        self.accounts().for_each(|account| account.abort_commit(&grid));
    }

    /// Applies restatements: the ledger has converted earlier energy by revised intensities.
    pub fn restate(&mut self, revisions: &[Revision]) {
        for Revision { uuid, grams, shares } in revisions {
            match self.account(uuid) {
                Some(account) => account.restate(*grams, shares),
                // The GPU was not found in this run yet, and will be continued from its state.
                None => {
                    let states = self.ledger_states.as_mut();
                    if let Some(state) = states.and_then(|states| states.get_mut(uuid)) {
                        state.totals.restated_grams += grams;
                        state.shares.restate(*grams, shares);
                    }
                }
            }
        }
    }

    /// The account with a UUID in the ledger: that of a GPU that has answered, or of a part of the host.
    fn account(&mut self, uuid: &str) -> Option<&mut EnergyAccount> {
        if let Some(account) = HostAccount::of_uuid(uuid) {
            return self.host_energy.account(account);
        }
        self.gpus.iter_mut().find(|gpu| gpu.uuid() == Some(uuid)).and_then(GpuRecord::account)
    }

    /// Adapts to a new ledger, which is empty.
    pub fn restart_ledger(&mut self) {
        self.abort_commit();
        self.accounts().for_each(EnergyAccount::restart_ledger);
    }

    /// Publishes the totals although they are not in the ledger.
    pub fn publish_uncommitted(&mut self) {
        let Accounting { gpus, settings, .. } = self;
        gpus.iter_mut().for_each(|gpu| gpu.publish_uncommitted(settings));
        self.host_energy.publish_uncommitted();
    }
}
