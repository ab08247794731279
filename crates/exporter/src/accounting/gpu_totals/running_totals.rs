//! The running totals of one GPU, from its readings and the grid's intensity.

mod meter_state;
mod reload;
mod shares;

use std::sync::Arc;

use gpu_carbon_core::embodied;
use gpu_carbon_core::meter::{Limits, MeterState, Method};
use gpu_carbon_core::{Flow, Interval, Mass, Meter, Observation, Reading, Span, Timestamp};
use gpu_carbon_ledger::{EnergySource, LastReading};
use tracing::{info, warn};

use super::counter_events::CounterLog;
use super::persisted::Persisted;
use super::read_outcome::{AddedEnergy, ReadOutcome};
use crate::accounting::energy_account::{AccountCommit, EnergyAccount, seconds};
use crate::accounting::resume::resume_point;
use crate::accounting::settings::{Context, Settings};
use crate::accounting::workloads::{GpuHolders, Watching};
use crate::clock::ClockReading;
use crate::logging::occurrences_to_log;
use crate::nvml::{EnergyMethod, Identity};
use crate::snapshot::Totals;

/// The totals of one GPU, before this run and in it.
#[derive(Debug)]
pub(in crate::accounting) struct RunningTotals {
    method: EnergyMethod,
    driver: Arc<str>,
    manufacture: Option<Mass>,
    /// The energy and its emissions.
    energy: EnergyAccount,
    /// The last reading in the ledger, until the first reading of this run.
    resume_from: Option<LastReading>,
    meter: Meter,
    counter_log: CounterLog,
    counted: Option<CountedTime>,
    /// The time in which the GPU was present before the first reading up to which energy is counted.
    resumed: Option<Interval>,
    /// The state of the meter after the last reading.
    meter_state: Option<MeterState>,
    /// The time in which the GPU was present in this run.
    presence: Span,
    /// The time in which the energy is unknown, also before this run.
    unseen: Span,
    /// The number of times that the counter restarted, also before this run.
    resets: u64,
}

/// The time for which the totals stand.
#[derive(Debug, Clone, Copy)]
struct CountedTime {
    since: Timestamp,
    last: ClockReading,
}

impl RunningTotals {
    /// Creates the totals of a GPU, which continue those in the ledger.
    pub(in crate::accounting) fn new(
        driver: Arc<str>,
        manufacture: Option<Mass>,
        persisted: Persisted<'_>,
    ) -> RunningTotals {
        let (energy, known) = match persisted {
            Persisted::NoLedger => (EnergyAccount::new(Timestamp::EPOCH, false), None),
            Persisted::NewGpu => (EnergyAccount::new(Timestamp::EPOCH, true), None),
            Persisted::Known(state) => (EnergyAccount::continuing(state), Some(state)),
        };
        RunningTotals {
            method: EnergyMethod::None,
            driver,
            manufacture,
            energy,
            resume_from: known.and_then(|state| state.last.clone()),
            meter: Meter::new(Limits::default()),
            counter_log: CounterLog::default(),
            counted: None,
            resumed: None,
            meter_state: None,
            presence: Span::ZERO,
            unseen: known.map_or(Span::ZERO, |state| seconds(state.totals.unseen_seconds)),
            resets: known.map_or(0, |state| state.totals.resets),
        }
    }

    /// The energy of the GPU and its emissions.
    pub(in crate::accounting) const fn energy(&self) -> &EnergyAccount {
        &self.energy
    }

    /// The energy of the GPU and its emissions, to be converted or committed.
    pub(in crate::accounting) const fn energy_mut(&mut self) -> &mut EnergyAccount {
        &mut self.energy
    }

    /// True if the ledger knows the GPU, and nothing was read in this run.
    pub(in crate::accounting) const fn is_to_resume(&self) -> bool {
        self.resume_from.is_some()
    }

    /// Records that the GPU was found again, maybe with another driver.
    pub(in crate::accounting) fn set_driver(&mut self, driver: Arc<str>) {
        self.driver = driver;
    }

    /// The method by which the energy is measured now.
    pub(in crate::accounting) const fn method(&self) -> EnergyMethod {
        self.method
    }

    /// The number of times that the energy counter counts the integral of the power, once that was compared.
    pub(in crate::accounting) const fn counter_ratio(&self) -> Option<f64> {
        self.meter.counter_ratio()
    }

    /// True while more samples of power are needed than one with each reading of the counter.
    pub(in crate::accounting) const fn needs_power(&self) -> bool {
        self.meter.needs_power()
    }

    /// True once energy was measured in this run.
    pub(in crate::accounting) const fn is_measured(&self) -> bool {
        self.counted.is_some()
    }

    /// The time since boot up to which the energy is counted; `None` before the first reading.
    pub(in crate::accounting) fn counted_until(&self) -> Option<Span> {
        self.counted.map(|counted| counted.last.uptime)
    }

    /// Adds a reading.
    pub(in crate::accounting) fn add_reading(
        &mut self,
        gpu: u32,
        reading: Reading,
        holders: Option<&GpuHolders<'_>>,
        context: Context<'_>,
    ) -> ReadOutcome {
        let Reading { at: wall, uptime, .. } = reading;
        let now = ClockReading { wall, uptime, awake: uptime };
        let is_first = self.counted.is_none();
        let presence = match (self.counted, self.resumed.take()) {
            (Some(_), _) => self.interval_since_last(now),
            (None, Some(resumed)) => resumed.hull(Interval::instant(wall)),
            (None, None) => self.resume(gpu, now, context),
        };
        let observation = self.meter.observe(reading);
        self.energy.begin_shares(now.wall, holders.is_some());
        let outcome = self.add_observation(gpu, &observation, is_first, holders, context);
        self.record_meter_state();
        if !observation.is_counted {
            // The energy up to here is known with a later reading.
            self.resumed = Some(presence).filter(|_| is_first);
            return outcome;
        }
        self.presence = self.presence + presence.length();
        self.divide_presence(presence, is_first, holders, context);
        let since = match self.counted {
            Some(counted) => counted.since,
            None if self.energy.since() > Timestamp::EPOCH => self.energy.since(),
            None => now.wall,
        };
        self.counted = Some(CountedTime { since, last: now });
        self.energy.record_presence(presence, self.manufacture, context);
        outcome
    }

    /// The interval since the last reading, which is as long as the uptime says. The wall clock may have been set
    /// meanwhile.
    fn interval_since_last(&mut self, now: ClockReading) -> Interval {
        let Some(CountedTime { last, .. }) = &mut self.counted else {
            return Interval::instant(now.wall);
        };
        if let Some(jump) = now.jump_since(*last) {
            self.meter.set_clock(jump.was, jump.is);
            last.wall = last.wall.on_clock_set(jump.was, jump.is);
        }
        Interval::new(now.wall - now.uptime.saturating_sub(last.uptime), now.wall)
    }

    /// Resumes from the last reading in the ledger. The interval is the time in which the GPU was present.
    fn resume(&mut self, gpu: u32, now: ClockReading, context: Context<'_>) -> Interval {
        let Some(last) = self.resume_from.take() else { return Interval::instant(now.wall) };
        let point = resume_point(&last, now, context.boot, &self.driver);
        if point.unseen > Span::ZERO {
            let seconds = point.unseen.as_seconds();
            warn!(gpu, seconds, "the energy of this time before the start is unknown");
            self.unseen = self.unseen + point.unseen;
        }
        let seconds = now.wall.duration_since(point.past.at()).as_seconds();
        info!(gpu, seconds, "resuming from the last reading in the ledger");
        self.meter = Meter::resume(Limits::default(), point.past);
        point.presence
    }

    fn add_observation(
        &mut self,
        gpu: u32,
        observation: &Observation,
        is_first: bool,
        holders: Option<&GpuHolders<'_>>,
        context: Context<'_>,
    ) -> ReadOutcome {
        let source = match observation.method {
            _ if observation.is_recovered => EnergySource::Recovered,
            Method::Counter => EnergySource::Counted,
            Method::Integrated => EnergySource::Integrated,
        };
        if observation.is_counted {
            self.method = observation.method.into();
        }
        if let Some(flow) = observation.flow {
            self.add_energy(gpu, flow, source, holders, context);
        }
        let counter = self.counter_log.record(gpu, &observation.events);
        self.resets += counter.resets;
        let added = observation.flow.map(|flow| AddedEnergy { flow, source });
        let mut outcome =
            ReadOutcome { power: observation.mean_power, added, error: counter.error };
        if observation.unseen > Span::ZERO {
            let seconds = observation.unseen.as_seconds();
            if let Some(times) = occurrences_to_log(Some(gpu), "unseen") {
                warn!(gpu, times, seconds, "no meter answered: the energy of that time is unknown");
            }
            self.unseen = self.unseen + observation.unseen;
            outcome.error = outcome.error.or(Some("unseen").filter(|_| !is_first));
        }
        outcome
    }

    fn add_energy(
        &mut self,
        gpu: u32,
        flow: Flow,
        source: EnergySource,
        holders: Option<&GpuHolders<'_>>,
        context: Context<'_>,
    ) {
        if source == EnergySource::Recovered {
            let (joules, seconds) = (flow.energy.as_joules(), flow.interval.length().as_seconds());
            info!(gpu, joules, seconds, "recovered the energy used while the exporter did not run");
        }
        let watching = match source {
            EnergySource::Recovered => Watching::Away,
            EnergySource::Counted | EnergySource::Integrated => Watching::Running,
        };
        self.energy.add(flow, source, context, &mut |shares, entry, slot| {
            if let Some(holders) = holders {
                shares.record(entry, slot, watching, holders);
            }
        });
    }

    /// The batch of all that the ledger lacks. `None` if it lacks nothing, or if a commit is in progress.
    pub(in crate::accounting) fn take_batch(
        &mut self,
        index: u32,
        identity: &Identity,
        context: Context<'_>,
    ) -> Option<AccountCommit> {
        let totals =
            self.totals(context.settings).or_else(|| self.totals_before(context.settings))?;
        let contents = self.energy.begin_commit(totals, context)?;
        let last = self.last_reading(context.boot);
        Some(contents.of(identity.uuid.to_string(), identity.name.clone(), index, last))
    }

    /// Publishes the totals although they are not in the ledger, because the disk does not answer.
    pub(in crate::accounting) fn publish_uncommitted(&mut self, settings: &Settings) {
        if let Some(totals) = self.totals(settings) {
            self.energy.publish_uncommitted(totals);
        }
    }

    /// The published totals: with a ledger those that it holds, and otherwise the latest.
    pub(in crate::accounting) fn published(&self, settings: &Settings) -> Option<Totals> {
        self.energy.published(|| self.totals(settings))
    }

    /// The latest totals; `None` before the first reading.
    fn totals(&self, settings: &Settings) -> Option<Totals> {
        let CountedTime { since, last } = self.counted?;
        Some(self.totals_at(since, last.wall, settings))
    }

    /// The totals before the first counted reading, if the meter has taken one by now.
    fn totals_before(&self, settings: &Settings) -> Option<Totals> {
        let state = self.meter_state.filter(|_| self.counted.is_none())?;
        let since = self.energy.since();
        (since > Timestamp::EPOCH).then(|| self.totals_at(since, state.at, settings))
    }

    fn totals_at(&self, since: Timestamp, read_at: Timestamp, settings: &Settings) -> Totals {
        let embodied = self.manufacture.map(|total| {
            let share = embodied::of_one_gpu(total, self.presence, settings.lifespan);
            self.energy.settled_embodied() + share
        });
        let (unseen, resets) = (self.unseen, self.resets);
        Totals { read_at, unseen, embodied, resets, ..self.energy.totals(since) }
    }
}
