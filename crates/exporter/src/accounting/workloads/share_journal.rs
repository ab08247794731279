//! The shares that are not in the ledger yet.

use std::collections::BTreeMap;
use std::sync::Arc;

use gpu_carbon_core::{Interval, SLOT, Timestamp};
use gpu_carbon_ledger::{SharePosting, Workload};

use super::payer::Payer;

/// The shares that are to be posted, by slot and payer.
#[derive(Debug, Clone, Default)]
pub(super) struct ShareJournal(BTreeMap<(Timestamp, Payer), Amount>);

#[derive(Debug, Clone, Copy)]
struct Amount {
    parts: Parts,
    /// The time between the first and the last of them.
    time: Interval,
}

/// The parts of a share.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Parts {
    /// Energy that is converted, in joules.
    pub(super) converted: f64,
    /// Energy that is pending, in joules.
    pub(super) pending: f64,
    /// Energy of an earlier posting that was pending, and is converted now, in joules. Only a new ledger lacks it.
    pub(super) late: f64,
    /// The time for which the GPU was held, in seconds.
    pub(super) held_seconds: f64,
}

impl ShareJournal {
    /// Adds a share.
    pub(super) fn add(&mut self, slot: Timestamp, payer: &Payer, time: Interval, parts: Parts) {
        let none = Amount { parts: Parts::default(), time };
        let amount = self.0.entry((slot, payer.clone())).or_insert(none);
        amount.parts.converted += parts.converted;
        amount.parts.pending += parts.pending;
        amount.parts.late += parts.late;
        amount.parts.held_seconds += parts.held_seconds;
        amount.time = amount.time.hull(time);
    }

    /// Takes back the shares of a commit that failed.
    pub(super) fn take_back(&mut self, failed: ShareJournal) {
        for ((slot, payer), Amount { parts, time }) in failed.0 {
            self.add(slot, &payer, time, parts);
        }
    }

    /// Adapts to a new ledger, which holds no pending energy: the shares in all of it are to be posted.
    pub(super) fn restart(&mut self, pending: &BTreeMap<Timestamp, BTreeMap<Payer, f64>>) {
        for amount in self.0.values_mut() {
            amount.parts.converted += std::mem::take(&mut amount.parts.late);
            amount.parts.pending = 0.0;
        }
        for (&slot, shares) in pending {
            for (payer, &pending) in shares {
                let time = Interval::new(slot, slot + SLOT);
                self.add(slot, payer, time, Parts { pending, ..Parts::default() });
            }
        }
    }

    /// The joules of each payer in all slots.
    pub(super) fn joules(&self) -> BTreeMap<Payer, f64> {
        let mut joules = BTreeMap::new();
        for ((_, payer), Amount { parts, .. }) in &self.0 {
            *joules.entry(payer.clone()).or_default() += parts.converted + parts.late;
        }
        joules
    }

    /// The shares as postings for the ledger.
    pub(super) fn postings(&self) -> Vec<SharePosting> {
        let posting = |((slot, payer), amount): (&(Timestamp, Payer), &Amount)| {
            let Amount { parts, time } = *amount;
            let posting = SharePosting {
                slot: *slot,
                workload: payer.stored(),
                time,
                energy_joules: parts.converted + parts.pending,
                held_seconds: parts.held_seconds,
            };
            (posting.energy_joules > 0.0 || posting.held_seconds > 0.0).then_some(posting)
        };
        self.0.iter().filter_map(posting).collect()
    }
}

impl Payer {
    /// The payer as the ledger names it.
    pub(super) fn stored(&self) -> Arc<Workload> {
        Arc::new(match self {
            Payer::Workload(workload) => workload.stored(),
            Payer::Unallocated => Workload::stand_in(Workload::UNALLOCATED),
            Payer::Unknown => Workload::stand_in(Workload::UNKNOWN),
        })
    }

    /// The payer that the ledger names; `None` for the workloads that are not published any more.
    pub(super) fn restored(stored: &Workload) -> Option<Payer> {
        match &*stored.kind {
            Workload::UNALLOCATED => Some(Payer::Unallocated),
            Workload::UNKNOWN => Some(Payer::Unknown),
            Workload::ENDED => None,
            _ => crate::holders::Workload::restored(stored).map(|it| Payer::Workload(Arc::new(it))),
        }
    }
}
