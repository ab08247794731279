//! The book of one GPU: where it stands, whether it answers, and its tally.

use std::collections::BTreeMap;
use std::sync::Arc;

use gpu_carbon_core::embodied::Manufacture;
use gpu_carbon_core::{Power, Reading, Span};
use gpu_carbon_ledger::{GpuBatch, GpuState};
use tracing::warn;

use super::Settings;
use super::gpu_totals::{Context, RunningTotals};
use crate::nvml::{EnergyMethod, Identity};
use crate::snapshot::{ErrorCount, GpuView};

/// The kind of error of a call that does not return.
pub(super) const HANG: &str = "hang";

/// What is known and counted of one GPU.
#[derive(Debug)]
pub(super) struct GpuRecord {
    index: u32,
    /// Whether the GPU still stands at its index.
    placed: bool,
    up: bool,
    /// When anything was heard of it, be it a failure: by the clock that stands while the machine sleeps.
    heard: Span,
    hangs: bool,
    errors: BTreeMap<&'static str, u64>,
    power: Option<Power>,
    answered: Option<Answered>,
}

/// What only a GPU that has answered has.
#[derive(Debug)]
struct Answered {
    identity: Arc<Identity>,
    tally: RunningTotals,
}

/// A GPU that answers.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) index: u32,
    pub(super) identity: Identity,
    pub(super) method: EnergyMethod,
    pub(super) driver: Arc<str>,
}

impl GpuRecord {
    /// A GPU that answers for the first time; with a ledger, and what that remembers of it.
    pub(super) fn found(
        found: Found,
        settings: &Settings,
        ledger: Option<Option<&GpuState>>,
        awake: Span,
    ) -> GpuRecord {
        let Found { index, identity, method, driver } = found;
        let published = || Manufacture::of(&identity.name).map(Manufacture::mass);
        let tally = RunningTotals::new(method, driver, settings.manufacture.or_else(published));
        let tally = match ledger {
            Some(state) => tally.kept(state),
            None => tally,
        };
        let answered = Answered { tally, identity: Arc::new(identity) };
        GpuRecord { answered: Some(answered), ..GpuRecord::silent(index, awake) }
    }

    /// A GPU that failed before it said what it is.
    pub(super) fn never_answered(index: u32, kind: &'static str, awake: Span) -> GpuRecord {
        let mut book = GpuRecord::silent(index, awake);
        book.fail(kind, awake);
        book
    }

    fn silent(index: u32, heard: Span) -> GpuRecord {
        GpuRecord {
            index,
            placed: true,
            up: false,
            heard,
            hangs: false,
            errors: BTreeMap::new(),
            power: None,
            answered: None,
        }
    }

    pub(super) fn uuid(&self) -> Option<&str> {
        self.answered.as_ref().map(|answered| &*answered.identity.uuid)
    }

    pub(super) fn is_at(&self, index: u32) -> bool {
        self.placed && self.index == index
    }

    /// Whether it stands at an index, or has not been found anywhere since it did.
    pub(super) fn was_last_at(&self, index: u32) -> bool {
        self.index == index
    }

    /// It answers again, maybe at another place.
    pub(super) fn found_again(&mut self, found: Found, awake: Span) {
        (self.index, self.placed) = (found.index, true);
        self.hear(awake);
        if let Some(answered) = &mut self.answered {
            answered.tally.found_again(found.method, found.driver);
        }
    }

    /// It does not answer any more; what was counted stays.
    fn lose(&mut self) {
        (self.up, self.power) = (false, None);
    }

    /// It stands nowhere, until it is found again.
    pub(super) fn displace(&mut self) {
        self.placed = false;
        self.lose();
    }

    pub(super) fn fail(&mut self, kind: &'static str, awake: Span) {
        self.hear(awake);
        self.hangs = kind == HANG;
        *self.errors.entry(kind).or_default() += 1;
        self.lose();
    }

    pub(super) fn read(
        &mut self,
        reading: Reading,
        uptime: Span,
        power: Option<Power>,
        context: Context<'_>,
        awake: Span,
    ) {
        self.hear(awake);
        let Some(answered) = &mut self.answered else { return };
        let told = answered.tally.read(self.index, reading, uptime, context);
        if let Some(kind) = told.error {
            *self.errors.entry(kind).or_default() += 1;
        }
        (self.up, self.power) = (true, power.or(told.power));
    }

    fn hear(&mut self, awake: Span) {
        (self.heard, self.hangs) = (awake, false);
    }

    /// No reading, and no failure either: a call that does not return. It counts once.
    pub(super) fn notice_silence(&mut self, awake: Span, patience: Span) {
        if self.placed && !self.hangs && awake.saturating_sub(self.heard) > patience {
            warn!(gpu = self.index, "the GPU does not return from a call");
            self.fail(HANG, awake);
        }
    }

    /// What was counted, of one that ever answered.
    pub(super) fn tally(&mut self) -> Option<&mut RunningTotals> {
        self.answered.as_mut().map(|answered| &mut answered.tally)
    }

    /// What the ledger does not have yet, if anything.
    pub(super) fn take_batch(&mut self, context: Context<'_>) -> Option<GpuBatch> {
        let Answered { identity, tally } = self.answered.as_mut()?;
        tally.take_batch(self.index, identity, context)
    }

    pub(super) fn view(&self, settings: &Settings) -> GpuView {
        GpuView {
            index: self.index,
            identity: self.answered.as_ref().map(|answered| Arc::clone(&answered.identity)),
            up: self.up,
            totals: self.answered.as_ref().and_then(|it| it.tally.published(settings)),
            power: self.power,
            errors: self.errors.iter().map(|(&kind, &count)| ErrorCount { kind, count }).collect(),
        }
    }
}
