//! The accounting of a host towards its ledger: batches of what the ledger lacks, and the outcomes of writing them.

use std::sync::Arc;

use gpu_carbon_core::Timestamp;
use gpu_carbon_ledger::{Batch, Revision, is_of_host};

use super::gpu::GpuRecord;
use super::gpu_totals::{GpuCommit, RunningTotals};
use super::host::Accounting;
use crate::ledger::ConvertedBatch;

impl Accounting {
    /// The batch of all that the ledger lacks. `None` if it lacks nothing, or if a commit is in progress.
    pub fn take_batch(&mut self, now: Timestamp) -> Option<ConvertedBatch> {
        let boundary = self.recorded_boundary();
        let (records, context) = self.parts();
        let mut commits: Vec<GpuCommit> =
            records.iter_mut().filter_map(|gpu| gpu.take_batch(context)).collect();
        commits.extend(self.take_host_batches());
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
        self.all_totals().for_each(|totals| totals.finish_commit(published_ahead));
        self.host_energy.finish_commit(published_ahead);
    }

    /// Records that the last batch is not in the ledger. The next batch will contain it.
    pub fn abort_commit(&mut self) {
        let grid = Arc::clone(&self.grid);
        self.all_totals().for_each(|totals| totals.abort_commit(&grid));
        self.host_energy.abort_commit(&grid);
    }

    /// Applies restatements: the ledger has converted earlier energy by revised intensities.
    pub fn restate(&mut self, revisions: &[Revision]) {
        for Revision { uuid, grams, shares } in revisions {
            if is_of_host(uuid) {
                self.host_energy.restate(uuid, *grams, shares);
                continue;
            }
            let mut gpus = self.gpus.iter_mut();
            match gpus.find(|gpu| gpu.uuid() == Some(uuid)).and_then(GpuRecord::totals) {
                Some(totals) => totals.restate(*grams, shares),
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

    /// Adapts to a new ledger, which is empty.
    pub fn restart_ledger(&mut self) {
        self.abort_commit();
        self.all_totals().for_each(RunningTotals::restart_ledger);
        self.host_energy.restart_ledger();
    }

    /// Publishes the totals although they are not in the ledger.
    pub fn publish_uncommitted(&mut self) {
        let Accounting { gpus, settings, .. } = self;
        let totals = gpus.iter_mut().filter_map(GpuRecord::totals);
        totals.for_each(|totals| totals.publish_uncommitted(settings));
        self.host_energy.publish_uncommitted();
    }
}
