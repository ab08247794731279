//! The record of one GPU: its place, its state and its totals.

use std::collections::BTreeMap;
use std::sync::Arc;

use gpu_carbon_core::embodied::EmbodiedBasis;
use gpu_carbon_core::{Energy, Power, Reading, Span, TotalScope};
use tracing::{info, warn};

use super::divisible::Divisible;
use super::energy_account::{AccountCommit, EnergyAccount};
use super::gpu_totals::{AddedEnergy, Persisted, RunningTotals};
use super::settings::{Context, Settings};
use super::workloads::{Attribution, GpuHolders};
use crate::gpu_filter::{Admission, KnownGpu};
use crate::holders::Used;
use crate::logging::occurrences_to_log;
use crate::nvml::{EnergyMethod, Identity, NOT_SUPPORTED};
use crate::sampler::{PowerSampling, ProcessListing};
use crate::snapshot::{EnergyScope, ErrorCount, GpuView};

/// The kind of error of a call that does not return.
pub(super) const HANG: &str = "hang";

/// The number of times that the counter of a superchip must count the power of its GPU, to be that of the module.
const LEAST_MODULE_RATIO: f64 = 1.25;

/// The time after which a GPU that is read each second has not been read.
const LATE_AFTER: Span = Span::from_seconds(3);

/// The longest time for which the first reading after a restart waits for the holders of the GPU.
const LONGEST_WAIT: Span = Span::from_seconds(5);

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
    /// True if the GPU is suspended at runtime, and not woken to be read.
    is_suspended: bool,
    /// The time since which the GPU is at no index although the driver answers.
    absent_since: Option<Span>,
    /// True if the GPU is not published: it is gone, or excluded.
    is_hidden: bool,
    errors: BTreeMap<&'static str, u64>,
    power: Option<Power>,
    answered: Option<Answered>,
}

/// The part of the record that exists once the GPU has answered.
#[derive(Debug)]
struct Answered {
    identity: Arc<Identity>,
    /// The figures by which its embodied emissions are computed.
    embodied: Arc<EmbodiedBasis>,
    totals: RunningTotals,
    power_sampling: PowerSampling,
    divisible: Option<Divisible>,
    /// The time since which a first reading waits for the holders.
    waiting_since: Option<Span>,
}

/// A GPU that answers.
#[derive(Debug)]
pub(super) struct FoundGpu {
    pub(super) index: u32,
    pub(super) identity: Identity,
    pub(super) driver: Arc<str>,
    pub(super) power_sampling: PowerSampling,
}

impl GpuRecord {
    /// Creates the record of a GPU that answers for the first time.
    pub(super) fn found(
        found: FoundGpu,
        settings: &Settings,
        persisted: Persisted<'_>,
        awake: Span,
    ) -> GpuRecord {
        let FoundGpu { index, identity, driver, power_sampling } = found;
        let embodied = Arc::new(settings.embodied.basis(&identity.name, settings.lifespan));
        let totals = RunningTotals::new(driver, embodied.mass(), persisted);
        let answered = Answered {
            identity: Arc::new(identity),
            embodied,
            totals,
            power_sampling,
            divisible: None,
            waiting_since: None,
        };
        GpuRecord { answered: Some(answered), ..GpuRecord::without_answer(index, awake) }
    }

    /// Creates the record of a GPU that failed before its UUID was read.
    pub(super) fn failed(index: u32, kind: &'static str, awake: Span) -> GpuRecord {
        let mut record = GpuRecord::without_answer(index, awake);
        record.record_failure(kind, awake);
        record
    }

    /// Creates the record of a GPU that is suspended, and has not answered yet.
    pub(super) fn suspended(index: u32, awake: Span) -> GpuRecord {
        GpuRecord { is_suspended: true, ..GpuRecord::without_answer(index, awake) }
    }

    fn without_answer(index: u32, last_heard: Span) -> GpuRecord {
        GpuRecord {
            index,
            is_placed: true,
            up: false,
            last_heard,
            hangs: false,
            is_suspended: false,
            absent_since: None,
            is_hidden: false,
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
        self.index == index && !self.is_hidden
    }

    /// Records that the GPU answers again, maybe at another index.
    pub(super) fn record_found(&mut self, found: FoundGpu, awake: Span) {
        self.place(found.index);
        self.record_activity(awake);
        if let Some(answered) = &mut self.answered {
            answered.totals.set_driver(found.driver);
            answered.power_sampling = found.power_sampling;
        }
    }

    fn place(&mut self, index: u32) {
        (self.index, self.is_placed, self.is_hidden) = (index, true, false);
    }

    /// Records that the GPU at an index is suspended, and is not woken.
    pub(super) fn record_suspension(&mut self, index: u32, awake: Span) {
        self.place(index);
        self.record_activity(awake);
        self.set_down();
        self.is_suspended = true;
    }

    /// Hides the GPU once it has been at no index for a time, while the driver answers. Its totals stay, for its return.
    pub(super) fn check_absence(&mut self, driver_answers: bool, forget_after: Span, awake: Span) {
        if self.is_placed || self.up || !driver_answers {
            self.absent_since = None;
            return;
        }
        let since = *self.absent_since.get_or_insert(awake);
        if !self.is_hidden && awake.saturating_sub(since) >= forget_after {
            let (uuid, seconds) = (self.uuid(), forget_after.as_seconds());
            info!(gpu = self.index, uuid, seconds, "the GPU is gone, and is no longer published");
            self.is_hidden = true;
        }
    }

    /// True if the GPU is published.
    pub(super) const fn is_shown(&self) -> bool {
        !self.is_hidden
    }

    /// Applies other settings.
    pub(super) fn configure(&mut self, before: &Settings, settings: &Settings) {
        let Some(Answered { identity, embodied, totals, .. }) = &mut self.answered else { return };
        *embodied = Arc::new(settings.embodied.basis(&identity.name, settings.lifespan));
        totals.set_embodied(embodied.mass(), before.lifespan);
        if settings.gpus != before.gpus {
            let known = KnownGpu::named(&identity.uuid, &identity.pci_bus_id);
            self.is_hidden |= settings.gpus.admission(&known) == Admission::Excluded;
        }
    }

    /// The energy that was measured in this run, without that of the time before it.
    pub(super) fn measured_in_run(&self) -> Energy {
        self.answered.as_ref().map(|it| it.totals.energy().measured_in_run()).unwrap_or_default()
    }

    /// True if the GPU has not been read for some time: its energy may come later, unless it is suspended or gone.
    pub(super) fn is_late(&self, uptime: Span) -> bool {
        let counted = self.answered.as_ref().and_then(|it| it.totals.counted_until());
        let is_old = counted.is_some_and(|until| uptime.saturating_sub(until) > LATE_AFTER);
        is_old && !self.is_suspended && self.is_shown()
    }

    /// The holders of the GPU, if it is at its index and has answered.
    pub(super) fn holders<'a>(&'a self, attribution: &'a Attribution) -> Option<GpuHolders<'a>> {
        let answered = self.answered.as_ref().filter(|_| self.is_placed)?;
        let minor = answered.divisible.as_ref().and_then(Divisible::minor);
        let number = attribution.number(self.index, minor);
        Some(attribution.of_gpu(&answered.identity.uuid, number, None))
    }

    /// True if the GPU is shown, and its energy is published.
    pub(super) fn is_published(&self, settings: &Settings) -> bool {
        let published = self.answered.as_ref().and_then(|it| it.totals.published(settings));
        self.is_shown() && published.is_some()
    }

    /// The power, while the GPU answers.
    pub(super) const fn power(&self) -> Option<Power> {
        self.power
    }

    /// True if the GPU is at its index, and awake.
    pub(super) const fn is_expected(&self) -> bool {
        self.is_placed && !self.is_suspended
    }

    /// True if the meter of the GPU measures its processor and memory, too.
    pub(super) fn contains_host(&self) -> bool {
        self.answered.as_ref().is_some_and(|Answered { identity, totals, .. }| {
            identity.is_superchip()
                && totals.method() == EnergyMethod::Counter
                && totals.counter_ratio().is_some_and(|ratio| ratio > LEAST_MODULE_RATIO)
        })
    }

    /// Records that the GPU does not answer any more. Its totals stay.
    fn set_down(&mut self) {
        (self.up, self.power) = (false, None);
    }

    /// Records that the GPU is at no index, until it is found again.
    pub(super) fn displace(&mut self) {
        (self.is_placed, self.is_suspended) = (false, false);
        self.set_down();
    }

    /// Counts a failed reading.
    pub(super) fn record_failure(&mut self, kind: &'static str, awake: Span) {
        self.record_activity(awake);
        self.hangs = kind == HANG;
        *self.errors.entry(kind).or_default() += 1;
        self.set_down();
    }

    /// Records that the GPU answers, but has no meter. One that was measured before has lost its meters.
    pub(super) fn record_unmetered(&mut self, awake: Span) {
        if self.answered.as_ref().is_some_and(|answered| answered.totals.is_measured()) {
            return self.record_failure(NOT_SUPPORTED, awake);
        }
        self.record_activity(awake);
        (self.up, self.power) = (true, None);
    }

    /// Counts a reading that cannot be true, or a meter that does not answer. The power is unknown, unless a reading
    /// follows.
    pub(super) fn record_rejection(&mut self, kind: &'static str, awake: Span) {
        self.record_activity(awake);
        *self.errors.entry(kind).or_default() += 1;
        self.power = None;
    }

    /// Records that the energy of the GPU can be divided among its holders.
    pub(super) fn set_divisible(&mut self, minor: Option<u32>, listing: ProcessListing) {
        if let Some(answered) = &mut self.answered {
            answered.divisible = Some(Divisible::new(minor, listing));
        }
    }

    /// Records the use of the GPU by its processes, for the reading that follows.
    pub(super) fn record_use(&mut self, used: Result<Used, &'static str>, awake: Span) {
        let divisible = self.answered.as_mut().and_then(|answered| answered.divisible.as_mut());
        if let Some(divisible) = divisible
            && let Err(kind) = divisible.record_use(used, awake)
        {
            if let Some(times) = occurrences_to_log(Some(self.index), kind) {
                warn!(
                    gpu = self.index,
                    times,
                    error = kind,
                    "the use of the GPU by its holders is unknown: they have equal shares"
                );
            }
            *self.errors.entry(kind).or_default() += 1;
        }
    }

    /// Adds a reading to the totals. Returns the energy that it has added.
    pub(super) fn record_reading(
        &mut self,
        reading: Reading,
        context: Context<'_>,
        awake: Span,
    ) -> Option<AddedEnergy> {
        self.record_activity(awake);
        let answered = self.answered.as_mut()?;
        let uuid = &*answered.identity.uuid;
        let holders = context.attribution.map(|attribution| {
            let divisible = answered.divisible.as_ref();
            let minor = divisible.and_then(Divisible::minor);
            let number = attribution.number(self.index, minor);
            if let Some(divisible) = divisible {
                divisible.request(attribution.wanted(uuid, number));
            }
            attribution.of_gpu(uuid, number, divisible.and_then(|it| it.latest_use(awake)))
        });
        // Energy of the time without an exporter is paid by its holder of before, if that holds it still: the holders are to be known first.
        let waiting_since = *answered.waiting_since.get_or_insert(awake);
        if answered.totals.is_to_resume()
            && holders.as_ref().is_some_and(|holders| !holders.are_known())
            && awake.saturating_sub(waiting_since) < LONGEST_WAIT
        {
            return None;
        }
        let outcome = answered.totals.add_reading(self.index, reading, holders.as_ref(), context);
        if let Some(divisible) = answered.divisible.as_mut().filter(|_| outcome.added.is_some()) {
            divisible.finish_use();
        }
        answered.power_sampling.set_often(answered.totals.needs_power());
        if let Some(kind) = outcome.error {
            *self.errors.entry(kind).or_default() += 1;
        }
        (self.up, self.power) = (true, reading.power.or(outcome.power));
        outcome.added
    }

    fn record_activity(&mut self, awake: Span) {
        (self.last_heard, self.hangs, self.is_suspended) = (awake, false, false);
    }

    /// Counts a hang, once, if there was neither a reading nor a failure for longer than `patience`: a call to
    /// the driver does not return.
    pub(super) fn detect_hang(&mut self, awake: Span, patience: Span) {
        if self.is_expected() && !self.hangs && awake.saturating_sub(self.last_heard) > patience {
            if let Some(times) = occurrences_to_log(Some(self.index), HANG) {
                warn!(gpu = self.index, times, "a call to the driver does not return for this GPU");
            }
            self.record_failure(HANG, awake);
        }
    }

    /// The GPU's energy and its emissions, once it has answered.
    pub(super) fn account(&mut self) -> Option<&mut EnergyAccount> {
        self.answered.as_mut().map(|answered| answered.totals.energy_mut())
    }

    /// Publishes the totals although they are not in the ledger.
    pub(super) fn publish_uncommitted(&mut self, settings: &Settings) {
        if let Some(answered) = &mut self.answered {
            answered.totals.publish_uncommitted(settings);
        }
    }

    /// The scope of the GPU's emissions in this run.
    pub(super) fn scope(&self) -> TotalScope {
        self.answered.as_ref().map_or(TotalScope::Empty, |it| it.totals.energy().scope())
    }

    /// The batch of all that the ledger lacks. `None` if it lacks nothing, or if a commit is in progress.
    pub(super) fn take_batch(&mut self, context: Context<'_>) -> Option<AccountCommit> {
        let Answered { identity, embodied, totals, .. } = self.answered.as_mut()?;
        let mut commit = totals.take_batch(self.index, identity, context)?;
        commit.batch.embodied = Some(Arc::clone(embodied));
        Some(commit)
    }

    /// The state of the GPU for the snapshot.
    pub(super) fn view(&self, settings: &Settings) -> GpuView {
        let count = |(&kind, &count): (&&'static str, &u64)| ErrorCount { kind, count };
        let answered = self.answered.as_ref();
        let method = answered.map_or(EnergyMethod::None, |answered| answered.totals.method());
        let counter_ratio = answered.and_then(|answered| answered.totals.counter_ratio());
        GpuView {
            index: self.index,
            identity: self.answered.as_ref().map(|answered| Arc::clone(&answered.identity)),
            up: self.up,
            suspended: self.is_suspended,
            method,
            scope: if self.contains_host() { EnergyScope::Module } else { EnergyScope::Gpu },
            counter_ratio,
            totals: self.answered.as_ref().and_then(|answered| answered.totals.published(settings)),
            embodied: answered.map(|answered| Arc::clone(&answered.embodied)),
            power: self.power,
            errors: self.errors.iter().map(count).collect(),
            shares: answered.and_then(|answered| answered.totals.energy().published_shares()),
        }
    }
}
