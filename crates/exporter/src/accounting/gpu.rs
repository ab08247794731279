//! The record of one GPU: its place, its state and its totals.

use std::collections::BTreeMap;
use std::sync::Arc;

use gpu_carbon_core::embodied::Manufacture;
use gpu_carbon_core::{Power, Reading, Span};
use gpu_carbon_ledger::GpuBatch;
use tracing::warn;

use super::gpu_totals::{Persisted, RunningTotals};
use super::settings::{Context, Settings};
use crate::logging::occurrences_to_log;
use crate::nvml::{EnergyMethod, Identity};
use crate::snapshot::{ErrorCount, GpuView};

/// The kind of error of a call that does not return.
pub(super) const HANG: &str = "hang";

/// The record of one GPU.
#[derive(Debug)]
pub(super) struct GpuRecord {
    index: u32,
    /// True if the GPU is at its index, and not one that was there before.
    is_placed: bool,
    up: bool,
    /// The time of the last reading or failure, since boot without the machine's sleep.
    last_heard: Span,
    hangs: bool,
    errors: BTreeMap<&'static str, u64>,
    power: Option<Power>,
    answered: Option<Answered>,
}

/// The part of the record that exists once the GPU has answered.
#[derive(Debug)]
struct Answered {
    identity: Arc<Identity>,
    totals: RunningTotals,
}

/// A GPU that answers.
#[derive(Debug)]
pub(super) struct FoundGpu {
    pub(super) index: u32,
    pub(super) identity: Identity,
    pub(super) method: EnergyMethod,
    pub(super) driver: Arc<str>,
}

impl GpuRecord {
    /// Creates the record of a GPU that answers for the first time.
    pub(super) fn found(
        found: FoundGpu,
        settings: &Settings,
        persisted: Persisted<'_>,
        awake: Span,
    ) -> GpuRecord {
        let FoundGpu { index, identity, method, driver } = found;
        let published = || Manufacture::of(&identity.name).map(Manufacture::mass);
        let manufacture = settings.manufacture.or_else(published);
        let totals = RunningTotals::new(method, driver, manufacture, persisted);
        let answered = Answered { totals, identity: Arc::new(identity) };
        GpuRecord { answered: Some(answered), ..GpuRecord::without_answer(index, awake) }
    }

    /// Creates the record of a GPU that failed before its UUID was read.
    pub(super) fn failed(index: u32, kind: &'static str, awake: Span) -> GpuRecord {
        let mut record = GpuRecord::without_answer(index, awake);
        record.record_failure(kind, awake);
        record
    }

    fn without_answer(index: u32, last_heard: Span) -> GpuRecord {
        GpuRecord {
            index,
            is_placed: true,
            up: false,
            last_heard,
            hangs: false,
            errors: BTreeMap::new(),
            power: None,
            answered: None,
        }
    }

    /// The GPU's UUID, once it has answered.
    pub(super) fn uuid(&self) -> Option<&str> {
        self.answered.as_ref().map(|answered| &*answered.identity.uuid)
    }

    /// True if the GPU is at an index.
    pub(super) fn is_at(&self, index: u32) -> bool {
        self.is_placed && self.index == index
    }

    /// True if the GPU is at an index, or was there last and has not been found since.
    pub(super) fn was_last_at(&self, index: u32) -> bool {
        self.index == index
    }

    /// Records that the GPU answers again, maybe at another index.
    pub(super) fn record_found(&mut self, found: FoundGpu, awake: Span) {
        (self.index, self.is_placed) = (found.index, true);
        self.record_activity(awake);
        if let Some(answered) = &mut self.answered {
            answered.totals.set_driver(found.method, found.driver);
        }
    }

    /// Records that the GPU does not answer any more. Its totals stay.
    fn set_down(&mut self) {
        (self.up, self.power) = (false, None);
    }

    /// Records that the GPU is at no index, until it is found again.
    pub(super) fn displace(&mut self) {
        self.is_placed = false;
        self.set_down();
    }

    /// Counts a failed reading.
    pub(super) fn record_failure(&mut self, kind: &'static str, awake: Span) {
        self.record_activity(awake);
        self.hangs = kind == HANG;
        *self.errors.entry(kind).or_default() += 1;
        self.set_down();
    }

    /// Counts a reading that cannot be true. The GPU answers, but its power is unknown.
    pub(super) fn record_rejection(&mut self, kind: &'static str, awake: Span) {
        self.record_activity(awake);
        *self.errors.entry(kind).or_default() += 1;
        self.power = None;
    }

    /// Adds a reading to the totals.
    pub(super) fn record_reading(
        &mut self,
        reading: Reading,
        uptime: Span,
        power: Option<Power>,
        context: Context<'_>,
        awake: Span,
    ) {
        self.record_activity(awake);
        let Some(answered) = &mut self.answered else { return };
        let outcome = answered.totals.add_reading(self.index, reading, uptime, context);
        if let Some(kind) = outcome.error {
            *self.errors.entry(kind).or_default() += 1;
        }
        (self.up, self.power) = (true, power.or(outcome.power));
    }

    fn record_activity(&mut self, awake: Span) {
        (self.last_heard, self.hangs) = (awake, false);
    }

    /// Counts a hang, once, if there was neither a reading nor a failure for longer than `patience`: a call to
    /// the driver does not return.
    pub(super) fn detect_hang(&mut self, awake: Span, patience: Span) {
        if self.is_placed && !self.hangs && awake.saturating_sub(self.last_heard) > patience {
            if let Some(times) = occurrences_to_log(Some(self.index), HANG) {
                warn!(gpu = self.index, times, "a call to the driver does not return for this GPU");
            }
            self.record_failure(HANG, awake);
        }
    }

    /// The GPU's totals, once it has answered.
    pub(super) fn totals(&mut self) -> Option<&mut RunningTotals> {
        self.answered.as_mut().map(|answered| &mut answered.totals)
    }

    /// The batch of all that the ledger lacks. `None` if it lacks nothing, or if a commit is in progress.
    pub(super) fn take_batch(&mut self, context: Context<'_>) -> Option<GpuBatch> {
        let Answered { identity, totals } = self.answered.as_mut()?;
        totals.take_batch(self.index, identity, context)
    }

    /// The state of the GPU for the snapshot.
    pub(super) fn view(&self, settings: &Settings) -> GpuView {
        let count = |(&kind, &count): (&&'static str, &u64)| ErrorCount { kind, count };
        GpuView {
            index: self.index,
            identity: self.answered.as_ref().map(|answered| Arc::clone(&answered.identity)),
            up: self.up,
            totals: self.answered.as_ref().and_then(|answered| answered.totals.published(settings)),
            power: self.power,
            errors: self.errors.iter().map(count).collect(),
        }
    }
}
