//! The shares of one GPU in the ledger: they are continued, written, revised and written again to a new file.

use gpu_carbon_core::{Flow, SLOT};
use gpu_carbon_ledger::{GpuTotals, ShareRevision, ShareState, ShareTotal, Workload};

use super::amounts::Amounts;
use super::gpu_shares::GpuShares;
use super::payer::Payer;

impl GpuShares {
    /// Continues from the ledger: from the counters of the workloads, and from the shares in the energy that is pending. The
    /// rest of the GPU's totals, and of its pending energy, was used by someone unknown.
    pub(in crate::accounting) fn restore(
        &mut self,
        state: &ShareState,
        carried_over: &GpuTotals,
        pending: impl Iterator<Item = Flow>,
    ) {
        let mut known = Amounts::default();
        for total in &state.totals {
            let amounts = Amounts::restored(total);
            known.add_all(&amounts);
            let payer = Payer::restored(&total.workload);
            let Some(payer) = payer else {
                self.ended.add_all(&amounts);
                continue;
            };
            self.payers.entry(payer.clone()).or_default().add_all(&amounts);
            if total.holds {
                self.holding.push(payer);
            }
        }
        self.payers.entry(Payer::Unknown).or_default().add_all(&known.rest_of(carried_over));
        for share in &state.pending {
            let payer = Payer::restored(&share.workload).unwrap_or(Payer::Unknown);
            self.add_pending(share.slot, &payer, share.energy_joules);
        }
        let mut by_slot = std::collections::BTreeMap::new();
        for flow in pending {
            *by_slot.entry(flow.interval.start().floor_to(SLOT)).or_insert(0.0) +=
                flow.energy.as_joules();
        }
        for (slot, joules) in by_slot {
            let shared: f64 = self.pending.get(&slot).map_or(0.0, |shares| shares.values().sum());
            if joules > shared {
                self.add_pending(slot, &Payer::Unknown, joules - shared);
            }
        }
    }

    /// The counters for the ledger: those of the payers, and of the workloads that are no longer published.
    pub(super) fn stored(&self) -> Vec<ShareTotal> {
        let stored = |(payer, amounts): (&Payer, &Amounts)| {
            amounts.stored(payer.stored(), self.holding.contains(payer))
        };
        let mut totals: Vec<ShareTotal> = self.payers.iter().map(stored).collect();
        totals.push(self.ended.stored(Workload::stand_in(Workload::ENDED).into(), false));
        totals
    }

    /// Takes back the shares of a commit that failed.
    pub(in crate::accounting) fn abort_commit(&mut self) {
        if let (Some(failed), Some(journal)) = (self.in_flight.take(), &mut self.journal) {
            journal.take_back(failed.journal);
        }
    }

    /// Adapts to a new ledger, which holds nothing: the shares in all pending energy are to be posted.
    pub(in crate::accounting) fn restart_ledger(&mut self) {
        if let Some(journal) = &mut self.journal {
            journal.restart(&self.pending);
        }
    }

    /// Applies revisions by the ledger: a change of the GPU's emissions in grams, and the parts of it that are known.
    pub(in crate::accounting) fn restate(&mut self, grams: f64, shares: &[ShareRevision]) {
        let mut rest = grams;
        for ShareRevision { workload, grams } in shares {
            rest -= grams;
            match Payer::restored(workload) {
                Some(payer) => self.revise_payer(&payer, *grams),
                None => self.ended.add_emissions(*grams),
            }
        }
        self.revise_payer(&Payer::Unknown, rest);
    }

    /// Applies a revision of energy that the ledger lacks, in grams: in the ratio of its shares.
    pub(in crate::accounting) fn revise(&mut self, grams: f64) {
        let joules = self.journal.as_ref().map(|it| it.joules()).unwrap_or_default();
        let whole: f64 = joules.values().sum();
        let mut rest = grams;
        if whole > 0.0 {
            for (payer, joules) in joules {
                let part = grams * (joules / whole);
                rest -= part;
                self.revise_payer(&payer, part);
            }
        }
        self.revise_payer(&Payer::Unknown, rest);
    }
}
