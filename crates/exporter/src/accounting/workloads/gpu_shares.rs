//! The shares of one GPU's energy and emissions, by payer.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use gpu_carbon_core::counters::{CountedPart, raise};
use gpu_carbon_core::share::apportion;
use gpu_carbon_core::{Energy, Entry, EntryKind, Flow, Interval, Mass, Ratio, SLOT, Timestamp};
use gpu_carbon_ledger::ShareBatch;

use super::amounts::Amounts;
use super::division::{Division, GpuHolders};
use super::host_division::HostHolders;
use super::idle_power::IdlePower;
use super::payer::Payer;
use super::share_journal::{Parts, ShareJournal};
use crate::host_view::HostPart;
use crate::snapshot::{SharesView, SharingMethod};

/// The shares of one GPU's energy and emissions since a time. Those of the payers add up to what the GPU used since then.
#[derive(Debug)]
pub(in crate::accounting) struct GpuShares {
    since: Timestamp,
    pub(super) payers: BTreeMap<Payer, Amounts>,
    /// The workloads that are no longer published.
    pub(super) ended: Amounts,
    /// The joules of each payer in the slots in which energy is pending.
    pub(super) pending: BTreeMap<Timestamp, BTreeMap<Payer, f64>>,
    method: SharingMethod,
    /// The power without work, where the configuration does not give it.
    idle: IdlePower,
    /// The workloads that held the GPU at the last reading.
    pub(super) holding: Vec<Payer>,
    /// True if the manufacturing emissions of the GPU are known.
    pub(super) has_embodied: bool,
    /// The shares that the ledger lacks; `None` without a ledger.
    pub(super) journal: Option<ShareJournal>,
    /// The shares that the ledger's batch of totals belongs to, on its way and when it was written.
    pub(super) in_flight: Option<InFlight>,
    published: Option<Arc<SharesView>>,
}

/// The shares that are being written.
#[derive(Debug)]
pub(super) struct InFlight {
    pub(super) journal: ShareJournal,
    view: Arc<SharesView>,
}

/// The energy that was just measured, or the time, that is divided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::accounting) enum Watching {
    /// The exporter was running.
    Running,
    /// The exporter was away: energy without a known holder is paid by the one that held the GPU before and after.
    Away,
}

impl GpuShares {
    /// No shares yet.
    pub(in crate::accounting) fn new(since: Timestamp, has_ledger: bool) -> GpuShares {
        GpuShares {
            since,
            payers: BTreeMap::new(),
            ended: Amounts::default(),
            pending: BTreeMap::new(),
            method: SharingMethod::None,
            idle: IdlePower::default(),
            holding: Vec::new(),
            has_embodied: false,
            journal: has_ledger.then(ShareJournal::default),
            in_flight: None,
            published: None,
        }
    }

    /// Records an entry of the account, of energy that was just measured. `slot` is that of the entry in the ledger.
    pub(in crate::accounting) fn record(
        &mut self,
        entry: Entry,
        slot: Timestamp,
        watching: Watching,
        holders: &GpuHolders<'_>,
    ) {
        if matches!(entry.kind, EntryKind::NoLongerPending) {
            return; // of energy that was measured before
        }
        let flow = Flow { interval: entry.interval, energy: entry.energy };
        let parts = self.divide(flow, watching, holders);
        self.record_parts(entry, slot, &parts);
    }

    /// Records an entry of energy of a part of the host that was just measured.
    pub(in crate::accounting) fn record_of_host(
        &mut self,
        entry: Entry,
        slot: Timestamp,
        part: HostPart,
        holders: &HostHolders<'_>,
    ) {
        if matches!(entry.kind, EntryKind::NoLongerPending) {
            return; // of energy that was measured before
        }
        let flow = Flow { interval: entry.interval, energy: entry.energy };
        let parts = holders.divide(part, flow, self.idle.power());
        self.idle.record(flow, holders.are_processors_quiet());
        self.record_parts(entry, slot, &parts);
    }

    /// Records the parts of an entry by payer.
    fn record_parts(&mut self, entry: Entry, slot: Timestamp, parts: &[(Payer, Energy)]) {
        for (payer, energy) in parts {
            let joules = energy.as_joules();
            self.add(payer, |amounts| amounts.add_energy(joules));
            let posted = match entry.kind {
                EntryKind::Converted(_) => Parts { converted: joules, ..Parts::default() },
                _ => Parts { pending: joules, ..Parts::default() },
            };
            self.post(slot, payer, entry.interval, posted);
        }
        match entry.kind {
            EntryKind::Converted(mass) => self.add_emissions(mass, parts),
            EntryKind::Pending | EntryKind::NoLongerPending => {
                for (payer, energy) in parts {
                    self.add_pending(entry.interval.start(), payer, energy.as_joules());
                }
            }
        }
    }

    /// The parts of a flow by payer.
    fn divide(
        &mut self,
        flow: Flow,
        watching: Watching,
        holders: &GpuHolders<'_>,
    ) -> Vec<(Payer, Energy)> {
        let Division { parts, method } = holders.divide(flow, self.idle.power());
        self.method = method;
        self.idle.record(flow, parts.iter().all(|(payer, _)| *payer == Payer::Unallocated));
        self.with_kept_holder(parts, watching, holders)
    }

    /// Replaces someone unknown by the workload that alone held the GPU before and after the exporter was away.
    fn with_kept_holder(
        &self,
        mut parts: Vec<(Payer, Energy)>,
        watching: Watching,
        holders: &GpuHolders<'_>,
    ) -> Vec<(Payer, Energy)> {
        if watching == Watching::Away
            && let Some(holder) = holders.only_holder()
            && self.holding == [holder.clone()]
        {
            for (payer, _) in parts.iter_mut().filter(|(payer, _)| *payer == Payer::Unknown) {
                *payer = holder.clone();
            }
        }
        parts
    }

    /// Records who holds the GPU now.
    pub(in crate::accounting) fn record_holders(&mut self, holders: &GpuHolders<'_>) {
        self.holding = holders.all_holders();
    }

    /// Records an entry of energy that was pending: those who used it in its slot have its emissions, each in the ratio of
    /// the joules.
    pub(in crate::accounting) fn record_late(&mut self, entry: Entry) {
        let EntryKind::Converted(mass) = entry.kind else { return };
        let slot = entry.interval.start().floor_to(SLOT);
        let energy = |(payer, joules): (&Payer, &f64)| {
            (payer.clone(), Energy::from_joules(*joules).unwrap_or_default())
        };
        let parts: Option<Vec<_>> =
            self.pending.get(&slot).map(|shares| shares.iter().map(energy).collect());
        let parts = parts.unwrap_or_else(|| vec![(Payer::Unknown, Energy::default())]);
        self.add_emissions(mass, &parts);
        let weights: Vec<Ratio> = parts.iter().map(weight).collect();
        let joules = apportion(entry.energy.as_joules(), &weights);
        for ((payer, _), late) in parts.iter().zip(joules) {
            self.post(slot, payer, entry.interval, Parts { late, ..Parts::default() });
        }
    }

    /// Forgets the slots in which no energy is pending any more.
    pub(in crate::accounting) fn keep_pending(&mut self, slots: &BTreeSet<Timestamp>) {
        self.pending.retain(|slot, _| slots.contains(slot));
    }

    /// Records a time in which the GPU was present, within one slot of the ledger that starts at `slot`, with its share of
    /// manufacturing emissions, if they are known.
    pub(in crate::accounting) fn record_presence(
        &mut self,
        interval: Interval,
        slot: Timestamp,
        embodied: Option<Mass>,
        watching: Watching,
        holders: &GpuHolders<'_>,
    ) {
        self.has_embodied |= embodied.is_some();
        let seconds = interval.length().as_seconds();
        if seconds <= 0.0 {
            return;
        }
        let parts = holders.divide_time(interval).parts;
        for (payer, part) in self.with_kept_holder(parts, watching, holders) {
            let held = part.as_joules();
            let grams = embodied.map(|mass| mass.as_grams() * (held / seconds));
            self.add(&payer, |amounts| amounts.add_held(held, grams));
            let parts = Parts { held_seconds: held, ..Parts::default() };
            self.post(slot, &payer, interval, parts);
        }
    }

    fn add_emissions(&mut self, mass: Mass, parts: &[(Payer, Energy)]) {
        let weights: Vec<Ratio> = parts.iter().map(weight).collect();
        for ((payer, _), grams) in parts.iter().zip(apportion(mass.as_grams(), &weights)) {
            self.revise_payer(payer, grams);
        }
    }

    /// Records a share that the ledger lacks, if there is one.
    fn post(&mut self, slot: Timestamp, payer: &Payer, time: Interval, parts: Parts) {
        if let Some(journal) = &mut self.journal {
            journal.add(slot, payer, time, parts);
        }
    }

    pub(super) fn add_pending(&mut self, time: Timestamp, payer: &Payer, joules: f64) {
        let slot = self.pending.entry(time.floor_to(SLOT)).or_default();
        *slot.entry(payer.clone()).or_default() += joules;
    }

    /// Adds emissions to a payer, which may be a workload that is no longer published.
    pub(super) fn revise_payer(&mut self, payer: &Payer, grams: f64) {
        if matches!(payer, Payer::Workload(_)) && !self.payers.contains_key(payer) {
            self.ended.add_emissions(grams);
        } else {
            self.add(payer, |amounts| amounts.add_emissions(grams));
        }
    }

    fn add(&mut self, payer: &Payer, add: impl Fn(&mut Amounts)) {
        add(self.payers.entry(payer.clone()).or_default());
    }

    /// Forgets a workload, whose amounts stay in those of all workloads.
    pub(in crate::accounting) fn forget(&mut self, name: &str) {
        let ended = &mut self.ended;
        self.payers.retain(|payer, amounts| match payer {
            Payer::Workload(workload) if *workload.name == *name => {
                ended.add_all(amounts);
                false
            }
            Payer::Workload(_) | Payer::Unallocated | Payer::Unknown => true,
        });
    }

    fn view(&self) -> Arc<SharesView> {
        let view = |amounts: &Amounts| amounts.view(self.has_embodied, self.journal.is_some());
        let of = |payer| view(&self.payers.get(&payer).copied().unwrap_or_default());
        let mut workloads = self.ended;
        let mut by_workload = Vec::new();
        for (payer, amounts) in &self.payers {
            if let Payer::Workload(workload) = payer {
                workloads.add_all(amounts);
                by_workload.push((Arc::clone(&workload.name), view(amounts)));
            }
        }
        Arc::new(SharesView {
            since: self.since,
            method: self.method,
            by_workload,
            unseen: Vec::new(),
            workloads: view(&workloads),
            unallocated: of(Payer::Unallocated),
            unknown: of(Payer::Unknown),
        })
    }

    /// Raises the counters of emissions, so that they add up to that of the GPU.
    fn raise_published(&mut self, gpu: Mass) {
        let mut amounts: Vec<&mut Amounts> = self.payers.values_mut().collect();
        amounts.push(&mut self.ended);
        let mut parts: Vec<CountedPart> =
            amounts.iter().map(|amounts| amounts.counted_emissions()).collect();
        let left = raise(&mut parts, gpu.as_grams());
        amounts.iter_mut().zip(parts).for_each(|(amounts, part)| amounts.set_counter(part));
        if left > 0.0 {
            let unknown = self.payers.entry(Payer::Unknown).or_default();
            let CountedPart { amount, counter } = unknown.counted_emissions();
            unknown.set_counter(CountedPart { amount, counter: counter + left });
        }
    }

    /// Records that a batch of totals is on its way to the ledger, and returns its shares. `published` are the emissions of the
    /// GPU in it.
    pub(in crate::accounting) fn begin_commit(&mut self, published: Mass) -> ShareBatch {
        self.raise_published(published);
        let journal = self.journal.as_mut().map(std::mem::take).unwrap_or_default();
        let batch = ShareBatch { postings: journal.postings(), totals: Some(self.stored()) };
        self.in_flight = Some(InFlight { journal, view: self.view() });
        batch
    }

    /// Records that the batch is in the ledger: its shares are published, unless later ones were.
    pub(in crate::accounting) fn finish_commit(&mut self, published_ahead: bool) {
        if let Some(InFlight { view, .. }) = self.in_flight.take()
            && !published_ahead
        {
            self.published = Some(view);
        }
    }

    /// Publishes the shares although their totals are not in the ledger. `published` are the emissions of the GPU.
    pub(in crate::accounting) fn publish(&mut self, published: Mass) {
        self.raise_published(published);
        self.published = Some(self.view());
    }

    /// The published shares: with a ledger those of the totals that it holds, and otherwise the latest.
    pub(in crate::accounting) fn published(&self, has_ledger: bool) -> Option<Arc<SharesView>> {
        if has_ledger { self.published.clone() } else { Some(self.view()) }
    }
}

/// The weight of an energy.
fn weight((_, energy): &(Payer, Energy)) -> Ratio {
    Ratio::from_number(energy.as_joules()).unwrap_or_default()
}
