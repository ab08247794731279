//! The shares of a ledger that is a table in memory, and the holders of its GPU.

use std::collections::BTreeMap;
use std::sync::Arc;

use gpu_carbon_core::{Span, Timestamp};
use gpu_carbon_ledger::{
    GpuTotals, ShareBatch, ShareRevision, ShareState, ShareTotal, Workload as StoredWorkload,
};

use super::near;
use crate::accounting::Accounting;
use crate::clock::ClockReading;
use crate::holders::{
    Claim, ClaimedGpu, GpuNumbers, Holdings, Settings, Source, SourceState, Watch, Watched,
    Workload, WorkloadKind,
};
use crate::latest::Latest;

/// The shares of one GPU.
#[derive(Debug, Clone, Default)]
pub(super) struct ShareTable {
    joules: BTreeMap<Timestamp, f64>,
    held_seconds: f64,
    totals: Vec<ShareTotal>,
}

impl ShareTable {
    pub(super) fn write(&mut self, batch: ShareBatch) {
        for posting in batch.postings {
            assert!(posting.energy_joules >= 0.0 && posting.held_seconds >= 0.0, "{posting:?}");
            *self.joules.entry(posting.slot).or_default() += posting.energy_joules;
            self.held_seconds += posting.held_seconds;
        }
        let totals = batch.totals.unwrap();
        for before in &self.totals {
            let is_same = |total: &&ShareTotal| total.workload == before.workload;
            let Some(total) = totals.iter().find(is_same) else { continue };
            let is_rest = &*total.workload.kind == StoredWorkload::ENDED;
            assert!(is_rest || total.energy_joules >= before.energy_joules, "{before:?} {total:?}");
            assert!(is_rest || total.published_grams >= before.published_grams);
        }
        self.totals = totals;
    }

    /// Divides a revision by the counters, as a ledger of one slot would; a half of it is no one's.
    pub(super) fn restate(&mut self, grams: f64) -> Vec<ShareRevision> {
        let whole: f64 = self.totals.iter().map(|total| total.emissions_grams).sum();
        let revision = |total: &ShareTotal| ShareRevision {
            workload: Arc::clone(&total.workload),
            grams: grams / 2.0 * total.emissions_grams / whole,
        };
        let revisions = self.totals.iter().filter(|_| whole > 0.0).map(revision);
        let revisions: Vec<ShareRevision> = revisions.collect();
        let mut state = self.state();
        state.restate(grams, &revisions);
        self.totals = state.totals;
        revisions
    }

    pub(super) fn state(&self) -> ShareState {
        ShareState { totals: self.totals.clone(), pending: Vec::new() }
    }

    #[track_caller]
    pub(super) fn check(
        &self,
        totals: &GpuTotals,
        joules: BTreeMap<Timestamp, f64>,
        present_seconds: f64,
    ) {
        for (slot, whole) in joules {
            let shared = self.joules.get(&slot).copied().unwrap_or_default();
            assert!(near(shared, whole), "{shared} J of {whole} J are shared");
        }
        let (held, whole) = (self.held_seconds, present_seconds);
        assert!(near(held, whole), "{held} s of {whole} s are held or not");
        let sum = |of: fn(&ShareTotal) -> f64| self.totals.iter().map(of).sum::<f64>();
        let (shared, whole) = (sum(|total| total.energy_joules), totals.energy_joules);
        assert!(near(shared, whole), "the energies add up to {shared} J of {whole} J");
        let whole = totals.emissions_grams + totals.restated_grams;
        let shared = sum(|total| total.emissions_grams);
        assert!(near(shared, whole), "the emissions add up to {shared} g of {whole} g");
        let (shared, whole) = (sum(|total| total.published_grams), totals.published_grams);
        assert!(near(shared, whole), "the counters add up to {shared} g of {whole} g");
    }
}

/// The holders of the only GPU.
pub(super) struct Holders {
    latest: Arc<Latest<Holdings>>,
    claims: Vec<Claim>,
    watched_since: Timestamp,
}

impl Holders {
    pub(super) fn new() -> Holders {
        let first = Timestamp::from_unix_seconds(0);
        let latest = Arc::new(Latest::new(Holdings {
            asked: ClockReading::steady(first),
            is_known: true,
            claims: Vec::new(),
            sources: Vec::new(),
            pods: Arc::default(),
            cpu: None,
        }));
        Holders { latest, claims: Vec::new(), watched_since: first }
    }

    pub(super) fn divide(&self, accounting: Accounting) -> Accounting {
        let settings = Settings {
            sources: vec![Source::Slurm],
            job_folders: Vec::new(),
            numbers: GpuNumbers::Index,
            kubelet_socket: "".into(),
            pod_logs: "".into(),
            idle: None,
            most_workloads: 2,
            keep_ended: Span::from_days(10), // no counter begins again
        };
        accounting.with_holders(&settings, Arc::clone(&self.latest))
    }

    /// Ends the last claim, and makes a job hold the GPU.
    pub(super) fn hold(&mut self, job: Option<u8>, now: Timestamp) {
        if let Some(last) = self.claims.last_mut() {
            last.until.get_or_insert(now);
        }
        let workload = |job: u8| {
            let name = format!("slurm:{job}").into();
            Arc::new(Workload { name, kind: WorkloadKind::SlurmJob, pod: None })
        };
        self.claims.extend(job.map(|job| Claim {
            gpu: ClaimedGpu::Number(0),
            workload: Some(workload(job)),
            rank: 0,
            since: now,
            until: None,
        }));
    }

    /// The process is started again: nothing is known of the time before.
    pub(super) fn restart(&mut self, now: Timestamp) {
        self.claims.retain(|claim| claim.until.is_none());
        self.claims.iter_mut().for_each(|claim| claim.since = now);
        self.watched_since = now;
    }

    pub(super) fn publish(&self, now: ClockReading) {
        let watched = Watched { since: self.watched_since, until: None };
        let source = SourceState {
            name: "slurm",
            is_up: true,
            errors: BTreeMap::new(),
            watch: Watch::All(Some(watched)),
        };
        self.latest.publish(Holdings {
            asked: now,
            is_known: true,
            claims: self.claims.clone(),
            sources: vec![source],
            pods: Arc::default(),
            cpu: None,
        });
    }
}
