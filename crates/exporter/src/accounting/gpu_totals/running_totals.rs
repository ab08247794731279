//! The running totals of one GPU, from its readings and the grid's intensity.

use std::sync::Arc;

use gpu_carbon_core::embodied;
use gpu_carbon_core::meter::Limits;
use gpu_carbon_core::{
    Energy, Flow, Interval, Mass, Meter, Observation, Power, Reading, Span, Timestamp,
};
use gpu_carbon_ledger::{EnergySource, GpuBatch, GpuTotals, LastReading};
use tracing::{info, warn};

use super::persistence::{Persisted, Persistence};
use crate::accounting::accounts::{AccountKey, Accounts};
use crate::accounting::journal::SETTLED_AFTER;
use crate::accounting::resume::resume_point;
use crate::accounting::settings::{Context, Settings};
use crate::clock::ClockReading;
use crate::logging::occurrences_to_log;
use crate::nvml::{EnergyMethod, IMPLAUSIBLE, Identity};
use crate::snapshot::Totals;

/// The result of a reading besides the totals.
#[derive(Debug, Clone, Copy, Default)]
pub(in crate::accounting) struct ReadOutcome {
    /// The mean power since the last reading, by the energy counter.
    pub(in crate::accounting) power: Option<Power>,
    /// The kind of error, if the reading was not counted.
    pub(in crate::accounting) error: Option<&'static str>,
}

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
    accounts: Accounts,
    counted: Option<CountedTime>,
    last_reading: Option<LastReading>,
    /// The time in which the GPU was present in this run.
    presence: Span,
    unseen: Span,
    resets: u64,
    /// The highest emissions that were ever published, in grams.
    published_grams: f64,
    persistence: Option<Persistence>,
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
        method: EnergyMethod,
        driver: Arc<str>,
        manufacture: Option<Mass>,
        persisted: Persisted<'_>,
    ) -> RunningTotals {
        let totals = RunningTotals {
            method,
            driver,
            manufacture,
            carried_over: GpuTotals::zero(Timestamp::EPOCH),
            given_up: Energy::ZERO,
            resume_from: None,
            meter: Meter::new(Limits::default()),
            accounts: Accounts::default(),
            counted: None,
            last_reading: None,
            presence: Span::ZERO,
            unseen: Span::ZERO,
            resets: 0,
            published_grams: 0.0,
            persistence: None,
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
                ..totals
            },
        }
    }

    /// Records that the GPU was found again, maybe with another driver.
    pub(in crate::accounting) fn set_driver(&mut self, method: EnergyMethod, driver: Arc<str>) {
        (self.method, self.driver) = (method, driver);
    }

    /// Adds a reading.
    pub(in crate::accounting) fn add_reading(
        &mut self,
        gpu: u32,
        reading: Reading,
        uptime: Span,
        context: Context<'_>,
    ) -> ReadOutcome {
        let now = ClockReading { wall: reading.at(), uptime, awake: uptime };
        let is_first = self.counted.is_none();
        let presence = match self.counted {
            Some(counted) => self.interval_since(counted.last, now),
            None => self.resume(gpu, now, context),
        };
        let observation = self.meter.observe(reading);
        let outcome = self.add_observation(gpu, observation, is_first, context);
        self.presence = self.presence + presence.length();
        let since = match self.counted {
            Some(counted) => counted.since,
            None if self.carried_over.since > Timestamp::EPOCH => self.carried_over.since,
            None => now.wall,
        };
        self.counted = Some(CountedTime { since, last: now });
        if let Some(persistence) = &mut self.persistence {
            persistence.record_reading(presence, self.manufacture, context);
            let millijoules = match reading {
                Reading::Counter { millijoules, .. } => Some(millijoules),
                Reading::Power { .. } => None,
            };
            self.last_reading = Some(LastReading {
                at: now.wall,
                millijoules,
                boot: context.boot.to_owned(),
                uptime,
                driver: self.driver.to_string(),
            });
        }
        outcome
    }

    /// The interval since the last reading, on a wall clock that may have been set meanwhile.
    fn interval_since(&mut self, mut last: ClockReading, now: ClockReading) -> Interval {
        if let Some(jump) = now.jump_since(last) {
            self.meter.set_clock(jump.was, jump.is);
            last.wall = last.wall.on_clock_set(jump.was, jump.is);
        }
        Interval::new(last.wall, now.wall)
    }

    /// Resumes from the last reading in the ledger. The interval is the time in which the GPU was present.
    fn resume(&mut self, gpu: u32, now: ClockReading, context: Context<'_>) -> Interval {
        let Some(last) = self.resume_from.take() else { return Interval::instant(now.wall) };
        let point = resume_point(&last, now, context.boot, &self.driver);
        if point.unseen > Span::ZERO {
            let seconds = point.unseen.as_seconds();
            warn!(gpu, seconds, "the energy between the last reading and the next boot is unknown");
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
        observation: Observation,
        is_first: bool,
        context: Context<'_>,
    ) -> ReadOutcome {
        let source = match self.method {
            _ if is_first => EnergySource::Recovered,
            EnergyMethod::Counter => EnergySource::Counted,
            EnergyMethod::Integrated => EnergySource::Integrated,
        };
        let mut outcome = ReadOutcome::default();
        match observation {
            Observation::Baseline => {}
            Observation::Flow(flow) => {
                self.add_energy(gpu, flow, source, context);
                outcome.power = flow.energy.over(flow.interval.length()).filter(|_| !is_first);
            }
            Observation::Reset(flow) => {
                if let Some(times) = occurrences_to_log(Some(gpu), "reset") {
                    warn!(gpu, times, "the energy counter fell: the driver was reloaded");
                }
                self.resets += 1;
                if let Some(flow) = flow {
                    self.add_energy(gpu, flow, source, context);
                }
            }
            Observation::Implausible(energy) => {
                let joules = energy.as_joules();
                if let Some(times) = occurrences_to_log(Some(gpu), "implausible_counter") {
                    warn!(gpu, times, joules, "the energy counter jumped implausibly: not counted");
                }
                outcome.error = Some(IMPLAUSIBLE);
            }
            Observation::Unseen(interval) => {
                let seconds = interval.length().as_seconds();
                if let Some(times) = occurrences_to_log(Some(gpu), "unseen") {
                    warn!(
                        gpu,
                        times,
                        seconds,
                        "no power sample for too long: the energy of that time is unknown"
                    );
                }
                self.unseen = self.unseen + interval.length();
                outcome.error = Some("unseen").filter(|_| !is_first);
            }
        }
        outcome
    }

    fn add_energy(&mut self, gpu: u32, flow: Flow, source: EnergySource, context: Context<'_>) {
        let Context { settings, grid, now, .. } = context;
        if source == EnergySource::Recovered {
            let (joules, seconds) = (flow.energy.as_joules(), flow.interval.length().as_seconds());
            info!(gpu, joules, seconds, "recovered the energy used while the exporter did not run");
        }
        let key = AccountKey { source, pue: settings.pue };
        let series = grid.intensities.converting.as_deref();
        let persistence = &mut self.persistence;
        self.accounts.add(flow, key, series, &mut |key, entry| {
            if let Some(persistence) = persistence {
                persistence.record(key, entry, context);
            }
        });
        if source == EnergySource::Recovered {
            self.accounts.give_up_before(now - SETTLED_AFTER);
        }
    }

    /// Converts the pending energy that the grid's intensities cover by now.
    pub(in crate::accounting) fn convert_pending(&mut self, context: Context<'_>) {
        let Some(series) = &context.grid.intensities.converting else { return };
        let persistence = &mut self.persistence;
        if persistence.is_some() {
            self.accounts.give_up_before(context.now - SETTLED_AFTER);
        }
        self.accounts.convert_pending(series, &mut |key, entry| {
            if let Some(persistence) = persistence {
                persistence.record(key, entry, context);
            }
        });
    }

    /// Applies a restatement: the ledger has converted earlier energy by a revised intensity.
    pub(in crate::accounting) fn restate(&mut self, grams: f64) {
        self.carried_over.restated_grams += grams;
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
    ) -> Option<GpuBatch> {
        let totals = self.totals(context.settings)?;
        let entries = self.persistence.as_mut()?.begin_commit(totals, context)?;
        self.published_grams = totals.emissions.as_grams();
        let embodied = totals.embodied.map_or(self.carried_over.embodied_grams, Mass::as_grams);
        Some(GpuBatch {
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
            last: self.last_reading.clone(),
            postings: entries.postings,
            presence: entries.presence,
        })
    }

    /// Records that the last batch is in the ledger. Its totals are published, unless later totals were
    /// published meanwhile.
    pub(in crate::accounting) fn finish_commit(&mut self, published_ahead: bool) {
        if let Some(persistence) = &mut self.persistence {
            persistence.finish_commit(published_ahead);
        }
    }

    /// Records that the last batch is not in the ledger.
    pub(in crate::accounting) fn abort_commit(&mut self) {
        if let Some(persistence) = &mut self.persistence {
            persistence.abort_commit();
        }
    }

    /// Adapts to a new ledger, which is empty.
    pub(in crate::accounting) fn restart_ledger(&mut self) {
        if let Some(persistence) = &mut self.persistence {
            persistence.restart(self.accounts.pending_flows());
        }
    }

    /// Publishes the totals although they are not in the ledger, because the disk does not answer.
    pub(in crate::accounting) fn publish_uncommitted(&mut self, settings: &Settings) {
        let totals = self.totals(settings);
        if let (Some(persistence), Some(totals)) = (&mut self.persistence, totals) {
            persistence.publish(totals);
            self.published_grams = totals.emissions.as_grams();
        }
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
        let carried_over = &self.carried_over;
        let embodied = self.manufacture.map(|total| {
            let share = embodied::of_one_gpu(total, self.presence, settings.lifespan);
            grams(carried_over.embodied_grams) + share
        });
        let best_grams = self.emissions_grams() + carried_over.restated_grams;
        let has_ledger = self.persistence.is_some();
        let recovered = joules(carried_over.recovered_joules) + self.accounts.recovered();
        Some(Totals {
            since,
            read_at: last.wall,
            method: self.method,
            energy: joules(carried_over.energy_joules) + self.accounts.measured(),
            pending: self.given_up + self.accounts.pending(),
            emissions: grams(self.published_grams.max(best_grams)),
            best_estimate: has_ledger.then(|| grams(best_grams)),
            recovered: has_ledger.then_some(recovered),
            unseen: seconds(carried_over.unseen_seconds) + self.unseen,
            embodied,
            resets: self.resets,
        })
    }

    /// The emissions by the intensities that energy was first converted with, in grams.
    fn emissions_grams(&self) -> f64 {
        self.carried_over.emissions_grams + self.accounts.emissions().as_grams()
    }
}

/// An energy from the ledger, where rounding may have left a negative number.
fn joules(joules: f64) -> Energy {
    Energy::from_joules(joules.max(0.0)).unwrap_or(Energy::ZERO)
}

fn grams(grams: f64) -> Mass {
    Mass::from_grams(grams.max(0.0)).unwrap_or(Mass::ZERO)
}

fn seconds(seconds: f64) -> Span {
    Span::from_seconds_f64(seconds).unwrap_or(Span::ZERO)
}
