//! The holders of this host's GPUs, as the accounting uses them.

use std::sync::Arc;

use gpu_carbon_core::{Power, Span};
use gpu_carbon_ledger::GpuState;

use super::cpu_weights::CpuMeter;
use super::division::{GpuHolders, HolderUse};
use super::host_division::HostHolders;
use super::instance_weights::GpuInstances;
use super::partitions::Partitions;
use super::payer::Payer;
use super::registry::Registry;
use crate::clock::ClockReading;
use crate::holders::{Claim, GpuNumbers, Holdings, Partition, Settings, Source, UseByPlace, Used};
use crate::latest::Latest;
use crate::snapshot::{AttributionView, HolderSourceView};

/// The age from which the holdings are not believed: their thread waits for a source that does not answer.
const STALE_AFTER: Span = Span::from_seconds(5);

/// The time after the end of a claim in which its workload still counts as a holder, so that one that came and went between
/// two looks is published.
const JUST_ENDED: Span = Span::from_seconds(10);

/// The holders of this host's GPUs.
#[derive(Debug)]
pub(in crate::accounting) struct Attribution {
    latest: Arc<Latest<Holdings>>,
    holdings: Arc<Holdings>,
    registry: Registry,
    numbers: GpuNumbers,
    partitions: Partitions,
    processors: CpuMeter,
    /// The place of the processes in the order of belief, if they are a source.
    rank_of_processes: Option<usize>,
    /// The power of a GPU without work, if it is configured.
    idle: Option<Power>,
    awake: Span,
}

/// The questions about the processes on a GPU.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::accounting) struct Wanted {
    /// True if they are to be listed.
    pub(in crate::accounting) processes: bool,
    /// True if the use of the GPU by each is to be measured.
    pub(in crate::accounting) usage: bool,
}

impl Attribution {
    pub(in crate::accounting) fn new(
        settings: &Settings,
        latest: Arc<Latest<Holdings>>,
    ) -> Attribution {
        Attribution {
            holdings: latest.read(),
            latest,
            registry: Registry::new(settings.most_workloads, settings.keep_ended),
            numbers: settings.numbers,
            partitions: Partitions::default(),
            processors: CpuMeter::default(),
            idle: settings.idle,
            rank_of_processes: settings.sources.iter().position(|it| *it == Source::Processes),
            awake: Span::ZERO,
        }
    }

    /// Publishes the workloads whose counters the ledger holds, so that they go on after a restart.
    pub(in crate::accounting) fn restore<'a>(
        &mut self,
        states: impl Iterator<Item = &'a GpuState>,
        awake: Span,
    ) {
        for total in states.flat_map(|state| &state.shares.totals) {
            if let Some(Payer::Workload(workload)) = Payer::restored(&total.workload) {
                self.registry.record(&workload, awake);
            }
        }
    }

    /// Takes the latest holdings. Returns the names of workloads that are no longer published.
    pub(in crate::accounting) fn refresh(&mut self, now: ClockReading) -> Vec<Arc<str>> {
        self.awake = now.awake;
        self.holdings = self.latest.read();
        self.processors.record(self.holdings.cpu.as_ref());
        let just_now = self.holdings.asked.wall - JUST_ENDED;
        for claim in &self.holdings.claims {
            let holds = claim.until.is_none_or(|until| until > just_now);
            if let Some(workload) = claim.workload.as_ref().filter(|_| holds) {
                self.registry.record(workload, now.awake);
            }
        }
        self.registry.forget_ended(now.awake)
    }

    /// The number of a GPU in the files of jobs: that of its device file, or its index.
    pub(in crate::accounting) fn number(&self, index: u32, minor: Option<u32>) -> u32 {
        match self.numbers {
            GpuNumbers::Minor => minor.unwrap_or(index),
            GpuNumbers::Index => index,
        }
    }

    /// Takes the MIG instances of a GPU; `None` if it is not divided.
    pub(in crate::accounting) fn set_partition(
        &mut self,
        uuid: Arc<str>,
        partition: Option<Partition>,
    ) {
        self.partitions.set(uuid, partition);
    }

    /// The holders of a GPU. `used` is the use since the last energy, if it was measured.
    pub(in crate::accounting) fn of_gpu<'a>(
        &'a self,
        uuid: &'a str,
        number: u32,
        used: Option<&'a Used>,
    ) -> GpuHolders<'a> {
        let Holdings { claims, sources, .. } = &*self.holdings;
        let partition = self.partitions.of(uuid);
        let mut holders = GpuHolders {
            claims: Vec::new(),
            watched: vec![None; sources.len()],
            registry: &self.registry,
            used: None,
            instances: partition.map(|partition| GpuInstances { partition, uuid, number }),
            used_instances: None,
            idle: self.idle,
        };
        if self.is_stale() {
            return holders;
        }
        let is_here = |claim: &&Claim| self.partitions.is_on(claim, uuid, number);
        holders.claims = claims.iter().filter(is_here).collect();
        // A workload whose instance is not known may hold one of this GPU.
        if partition.is_none() || !self.partitions.may_have_another(claims, uuid, number) {
            holders.watched = sources.iter().map(|source| source.watch.of(uuid)).collect();
        }
        match used {
            Some(Used::ByPlace(used)) => holders.used = Some(self.use_of(used, &holders.claims)),
            Some(Used::ByInstance(used)) => holders.used_instances = Some(used),
            None => {}
        }
        holders
    }

    /// The holders of a host with these GPUs.
    pub(in crate::accounting) fn of_host<'a>(
        &'a self,
        gpus: impl Iterator<Item = GpuHolders<'a>>,
    ) -> HostHolders<'a> {
        let processors = self.processors.weights().filter(|_| !self.is_stale());
        HostHolders { gpus: gpus.collect(), processors }
    }

    /// The use of a GPU by the workloads of its claims; what others use is unknown.
    fn use_of(&self, used: &UseByPlace, claims: &[&Claim]) -> HolderUse {
        let mut of = HolderUse::default();
        for (place, percents) in used {
            let name = place.as_ref().map(|place| self.holdings.name_of(place));
            let workloads = claims.iter().filter_map(|claim| claim.workload.as_ref());
            match workloads.map(|it| &it.name).find(|it| Some(&***it) == name.as_deref()) {
                Some(name) => *of.by_workload.entry(Arc::clone(name)).or_default() += percents,
                None => of.unknown += percents,
            }
        }
        of
    }

    /// The questions about a GPU's processes: which there are, where no source that is believed more names a holder of it;
    /// and how much each uses it, where several hold it.
    pub(in crate::accounting) fn wanted(&self, uuid: &str, number: u32) -> Wanted {
        let claims = self.holdings.claims.iter();
        let present: Vec<&Claim> = claims
            .filter(|claim| claim.until.is_none() && self.partitions.is_on(claim, uuid, number))
            .collect();
        let first = present.iter().map(|claim| claim.rank).min();
        let least = usize::from(self.partitions.of(uuid).is_none());
        let is_asked = |rank| first.is_none_or(|first| first >= rank);
        Wanted {
            processes: self.holdings.is_known && self.rank_of_processes.is_some_and(is_asked),
            // A part of a divided GPU that no one holds may be used, too.
            usage: present.iter().filter(|claim| Some(claim.rank) == first).count() > least,
        }
    }

    fn is_stale(&self) -> bool {
        self.awake.saturating_sub(self.holdings.asked.awake) > STALE_AFTER
    }

    /// The state for the snapshot.
    pub(in crate::accounting) fn view(&self) -> AttributionView {
        let is_fresh = !self.is_stale();
        let sources = self.holdings.sources.iter().map(|source| HolderSourceView {
            name: source.name,
            is_up: source.is_up && is_fresh,
            errors: source.errors.clone(),
        });
        AttributionView { workloads: self.registry.workloads(), sources: sources.collect() }
    }
}
