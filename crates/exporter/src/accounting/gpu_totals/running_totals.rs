//! The running totals of one GPU, from its readings and the grid's intensity.

mod commits;
mod measured;
mod meter_state;
mod reload;
mod shares;

use std::sync::Arc;

use gpu_carbon_core::embodied;
use gpu_carbon_core::meter::{Limits, MeterState, Method};
use gpu_carbon_core::{
    Energy, Flow, Interval, Mass, Meter, Observation, Reading, Span, Timestamp, TotalScope,
};
use gpu_carbon_ledger::{EnergySource, GpuBatch, GpuTotals, LastReading, ShareRevision};
use tracing::{info, warn};

use super::amounts::{grams, joules, seconds};
use super::counter_events::CounterLog;
use super::gpu_commit::GpuCommit;
use super::persistence::{Persisted, Persistence};
use super::read_outcome::{AddedEnergy, ReadOutcome};
use super::shares::Shares;
use crate::accounting::accounts::{AccountKey, Accounts};
use crate::accounting::journal::SETTLED_AFTER;
use crate::accounting::resume::resume_point;
use crate::accounting::settings::{Context, Settings};
use crate::accounting::workloads::GpuHolders;
use crate::clock::ClockReading;
use crate::intensity::Grid;
use crate::logging::occurrences_to_log;
use crate::nvml::{EnergyMethod, Identity};
use crate::snapshot::Totals;

/// The totals of one GPU, before this run and in it.
#[derive(Debug)]
pub(in crate::accounting) struct RunningTotals {
    method: EnergyMethod,
    driver: Arc<str>,
    manufacture: Option<Mass>,
    /// The totals from before this run; zeros without a ledger.
    carried_over: GpuTotals,
    /// The pending energy from before this run that is too old to be converted.
    given_up: Energy,
    /// The last reading in the ledger, until the first reading of this run.
    resume_from: Option<LastReading>,
    meter: Meter,
    counter_log: CounterLog,
    accounts: Accounts,
    counted: Option<CountedTime>,
    /// The time in which the GPU was present before the first reading up to which energy is counted.
    resumed: Option<Interval>,
    /// The state of the meter after the last reading.
    meter_state: Option<MeterState>,
    /// The time in which the GPU was present in this run.
    presence: Span,
    unseen: Span,
    resets: u64,
    /// The highest emissions that were ever published, in grams.
    published_grams: f64,
    /// The change of emissions by intensities that were revised before the energy was committed, in grams.
    revised_grams: f64,
    persistence: Option<Persistence>,
    shares: Shares,
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
        let totals = RunningTotals {
            method: EnergyMethod::None,
            driver,
            manufacture,
            carried_over: GpuTotals::zero(Timestamp::EPOCH),
            given_up: Energy::ZERO,
            resume_from: None,
            meter: Meter::new(Limits::default()),
            counter_log: CounterLog::default(),
            accounts: Accounts::default(),
            counted: None,
            resumed: None,
            meter_state: None,
            presence: Span::ZERO,
            unseen: Span::ZERO,
            resets: 0,
            published_grams: 0.0,
            revised_grams: 0.0,
            persistence: None,
            shares: Shares::default(),
        };
        match persisted {
            Persisted::NoLedger => totals,
            Persisted::NewGpu => {
                RunningTotals { persistence: Some(Persistence::default()), ..totals }
            }
            Persisted::Known(state) => RunningTotals {
                carried_over: state.totals,
                given_up: joules(state.given_up_joules),
                accounts: Accounts::with_pending(&state.pending),
                resume_from: state.last.clone(),
                resets: state.totals.resets,
                published_grams: state.totals.published_grams,
                persistence: Some(Persistence::default()),
                shares: Shares::continuing(state),
                ..totals
            },
        }
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

    /// The scope of the emissions of this run.
    pub(in crate::accounting) const fn scope(&self) -> TotalScope {
        self.accounts.scope()
    }

    /// True once energy was measured in this run.
    pub(in crate::accounting) const fn is_measured(&self) -> bool {
        self.counted.is_some()
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
        self.begin_shares(now.wall, holders);
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
            None if self.carried_over.since > Timestamp::EPOCH => self.carried_over.since,
            None => now.wall,
        };
        self.counted = Some(CountedTime { since, last: now });
        if let Some(persistence) = &mut self.persistence {
            persistence.record_reading(presence, self.manufacture, context);
        }
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
        let Context { settings, grid, now, .. } = context;
        if source == EnergySource::Recovered {
            let (joules, seconds) = (flow.energy.as_joules(), flow.interval.length().as_seconds());
            info!(gpu, joules, seconds, "recovered the energy used while the exporter did not run");
        }
        let key = AccountKey { source, pue: settings.pue };
        let (persistence, shares) = (&mut self.persistence, &mut self.shares);
        self.accounts.add(flow, key, &grid.intensities, &mut |key, entry| {
            if let Some(persistence) = persistence {
                persistence.record(key, entry, context);
            }
            shares.record(entry, source, holders, context);
        });
        if source == EnergySource::Recovered {
            self.accounts.give_up_before(now - SETTLED_AFTER);
        }
    }

    /// Converts energy that is not committed by newer intensities.
    pub(in crate::accounting) fn revise(&mut self, old: &Grid, new: &Grid) {
        if let Some(persistence) = &mut self.persistence {
            let change = persistence.revise(old, new);
            self.revised_grams += change;
            self.shares.revise(change);
        }
    }

    /// Converts the pending energy that the grid's intensities cover by now.
    pub(in crate::accounting) fn convert_pending(&mut self, context: Context<'_>) {
        let (persistence, shares) = (&mut self.persistence, &mut self.shares);
        if persistence.is_some() {
            self.accounts.give_up_before(context.now - SETTLED_AFTER);
        }
        self.accounts.convert_pending(&context.grid.intensities, &mut |key, entry| {
            if let Some(persistence) = persistence {
                persistence.record(key, entry, context);
            }
            shares.record_late(entry);
        });
        self.forget_converted_shares();
    }

    /// Applies a restatement: the ledger has converted earlier energy by a revised intensity.
    pub(in crate::accounting) fn restate(&mut self, grams: f64, shares: &[ShareRevision]) {
        self.carried_over.restated_grams += grams;
        self.shares.restate(grams, shares);
        if let Some(persistence) = &mut self.persistence {
            persistence.mark_changed();
        }
    }

    /// The batch of all that the ledger lacks. `None` if it lacks nothing, or if a commit is in progress.
    pub(in crate::accounting) fn take_batch(
        &mut self,
        index: u32,
        identity: &Identity,
        context: Context<'_>,
    ) -> Option<GpuCommit> {
        let totals =
            self.totals(context.settings).or_else(|| self.totals_before(context.settings))?;
        let entries = self.persistence.as_mut()?.begin_commit(totals, context)?;
        let shares = self.shares.begin_commit(totals.emissions);
        self.published_grams = totals.emissions.as_grams();
        let embodied = totals.embodied.map_or(self.carried_over.embodied_grams, Mass::as_grams);
        let converted = entries.converted;
        let batch = GpuBatch {
            uuid: identity.uuid.to_string(),
            name: identity.name.clone(),
            index,
            totals: GpuTotals {
                since: totals.since,
                energy_joules: totals.energy.as_joules(),
                emissions_grams: self.emissions_grams(),
                restated_grams: self.carried_over.restated_grams,
                published_grams: self.published_grams,
                embodied_grams: embodied,
                recovered_joules: totals.recovered.unwrap_or_default().as_joules(),
                unseen_seconds: totals.unseen.as_seconds(),
                resets: totals.resets,
            },
            last: self.last_reading(context.boot),
            postings: entries.postings,
            presence: entries.presence,
            shares,
        };
        Some(GpuCommit { batch, converted })
    }

    /// The published totals: with a ledger those that it holds, and otherwise the latest.
    pub(in crate::accounting) fn published(&self, settings: &Settings) -> Option<Totals> {
        match &self.persistence {
            Some(persistence) => persistence.published(),
            None => self.totals(settings),
        }
    }

    /// The latest totals; `None` before the first reading.
    fn totals(&self, settings: &Settings) -> Option<Totals> {
        let CountedTime { since, last } = self.counted?;
        Some(self.totals_at(since, last.wall, settings))
    }

    /// The totals before the first counted reading, if the meter has taken one by now.
    fn totals_before(&self, settings: &Settings) -> Option<Totals> {
        let state = self.meter_state.filter(|_| self.counted.is_none())?;
        let since = self.carried_over.since;
        (since > Timestamp::EPOCH).then(|| self.totals_at(since, state.at, settings))
    }

    fn totals_at(&self, since: Timestamp, read_at: Timestamp, settings: &Settings) -> Totals {
        let carried_over = &self.carried_over;
        let embodied = self.manufacture.map(|total| {
            let share = embodied::of_one_gpu(total, self.presence, settings.lifespan);
            grams(carried_over.embodied_grams) + share
        });
        let best_grams = self.emissions_grams() + carried_over.restated_grams;
        let has_ledger = self.persistence.is_some();
        let recovered = joules(carried_over.recovered_joules) + self.accounts.recovered();
        Totals {
            since,
            read_at,
            energy: joules(carried_over.energy_joules) + self.accounts.measured(),
            pending: self.given_up + self.accounts.pending(),
            emissions: grams(self.published_grams.max(best_grams)),
            best_estimate: has_ledger.then(|| grams(best_grams)),
            recovered: has_ledger.then_some(recovered),
            unseen: seconds(carried_over.unseen_seconds) + self.unseen,
            embodied,
            resets: self.resets,
        }
    }

    /// The emissions by the intensities that energy was first converted with, in grams.
    fn emissions_grams(&self) -> f64 {
        let grams = self.carried_over.emissions_grams + self.accounts.emissions().as_grams();
        (grams + self.revised_grams).max(0.0)
    }
}
