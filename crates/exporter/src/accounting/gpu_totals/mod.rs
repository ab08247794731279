//! What one GPU used and emitted: its meter, its accounts, and what the ledger is to be told of them.

mod persistence;

use std::sync::Arc;

use gpu_carbon_core::embodied;
use gpu_carbon_core::meter::Limits;
use gpu_carbon_core::{
    Energy, Flow, Interval, Mass, Meter, Observation, Power, Reading, Span, Timestamp,
};
use gpu_carbon_ledger::{EnergySource, GpuTotals, LastReading};
use tracing::{info, warn};

use super::Settings;
use super::accounts::{AccountKey, Accounts};
use super::journal::SETTLED_AFTER;
use super::resume;
use crate::clock::ClockReading;
use crate::intensity::Grid;
use crate::nvml::EnergyMethod;
use crate::snapshot::Totals;
use persistence::Keeping;

/// What a reading is entered with.
#[derive(Debug, Clone, Copy)]
pub(in crate::accounting) struct Context<'a> {
    pub(in crate::accounting) settings: &'a Settings,
    pub(in crate::accounting) grid: &'a Grid,
    /// The kernel's boot id.
    pub(in crate::accounting) boot: &'a str,
    pub(in crate::accounting) now: Timestamp,
}

/// What a reading told, besides what was counted.
#[derive(Debug, Clone, Copy, Default)]
pub(in crate::accounting) struct Told {
    /// The power, by the counter.
    pub(in crate::accounting) power: Option<Power>,
    /// The kind of error.
    pub(in crate::accounting) error: Option<&'static str>,
}

/// What was counted of one GPU, before this run and in it.
#[derive(Debug)]
pub(in crate::accounting) struct RunningTotals {
    method: EnergyMethod,
    driver: Arc<str>,
    manufacture: Option<Mass>,
    /// From before this run; zeros without a ledger.
    carried: GpuTotals,
    /// The unpriced energy of before this run that no price is expected for.
    given_up: Energy,
    /// What the ledger remembers, until the first reading.
    remembered: Option<LastReading>,
    meter: Meter,
    accounts: Accounts,
    /// When counting began, and the last reading.
    read: Option<(Timestamp, ClockReading)>,
    last: Option<LastReading>,
    /// For how long it was there to be used, in this run.
    reserved: Span,
    unseen: Span,
    resets: u64,
    /// The greatest that the emissions have ever been.
    published: f64,
    keeping: Option<Keeping>,
}

impl RunningTotals {
    /// Of a GPU that was never seen before, or not with a ledger.
    pub(in crate::accounting) fn new(
        method: EnergyMethod,
        driver: Arc<str>,
        manufacture: Option<Mass>,
    ) -> RunningTotals {
        RunningTotals {
            method,
            driver,
            manufacture,
            carried: GpuTotals::zero(Timestamp::EPOCH),
            given_up: Energy::ZERO,
            remembered: None,
            meter: Meter::new(Limits::default()),
            accounts: Accounts::default(),
            read: None,
            last: None,
            reserved: Span::ZERO,
            unseen: Span::ZERO,
            resets: 0,
            published: 0.0,
            keeping: None,
        }
    }

    /// It is found again, maybe by another driver.
    pub(in crate::accounting) fn found_again(&mut self, method: EnergyMethod, driver: Arc<str>) {
        (self.method, self.driver) = (method, driver);
    }

    /// Takes a reading.
    pub(in crate::accounting) fn read(
        &mut self,
        gpu: u32,
        reading: Reading,
        uptime: Span,
        context: Context<'_>,
    ) -> Told {
        let moment = ClockReading { wall: reading.at(), uptime, awake: uptime };
        let first = self.read.is_none();
        let there = match self.read {
            Some((_, before)) => self.interval_since(before, moment),
            None => self.go_on(gpu, moment, context),
        };
        let observation = self.meter.observe(reading);
        let told = self.enter(gpu, observation, first, context);
        self.reserved = self.reserved + there.length();
        let began = self.read.map_or_else(
            || if self.carried.since > Timestamp::EPOCH { self.carried.since } else { moment.wall },
            |(began, _)| began,
        );
        self.read = Some((began, moment));
        if let Some(keeping) = &mut self.keeping {
            let Context { settings, now, .. } = context;
            keeping.journal.note_presence(there, self.manufacture, settings.lifespan, now);
            keeping.fresh = true;
            let millijoules = match reading {
                Reading::Counter { millijoules, .. } => Some(millijoules),
                Reading::Power { .. } => None,
            };
            self.last = Some(LastReading {
                at: moment.wall,
                millijoules,
                boot: context.boot.to_owned(),
                uptime,
                driver: self.driver.to_string(),
            });
        }
        told
    }

    /// The time since the last reading, by a clock that may have been set meanwhile.
    fn interval_since(&mut self, mut before: ClockReading, now: ClockReading) -> Interval {
        if let Some(set) = now.jump_since(before) {
            self.meter.set_clock(set.was, set.is);
            before.wall = before.wall.on_clock_set(set.was, set.is);
        }
        Interval::new(before.wall, now.wall)
    }

    /// Goes on from what the ledger remembers: since when the GPU was there.
    fn go_on(&mut self, gpu: u32, now: ClockReading, context: Context<'_>) -> Interval {
        let Some(last) = self.remembered.take() else { return Interval::instant(now.wall) };
        let before = resume::before(&last, now, context.boot, &self.driver);
        if before.unseen > Span::ZERO {
            let seconds = before.unseen.as_seconds();
            warn!(
                gpu,
                seconds, "from the last reading to the boot after it, nobody knows what flowed"
            );
            self.unseen = self.unseen + before.unseen;
        }
        let seconds = now.wall.duration_since(before.past.at()).as_seconds();
        info!(gpu, seconds, "going on from the last reading in the ledger");
        self.meter = Meter::with_past(Limits::default(), before.past);
        before.there
    }

    fn enter(
        &mut self,
        gpu: u32,
        observation: Observation,
        first: bool,
        context: Context<'_>,
    ) -> Told {
        let how = match self.method {
            _ if first => EnergySource::Recovered,
            EnergyMethod::Counter => EnergySource::Counted,
            EnergyMethod::Integrated => EnergySource::Integrated,
        };
        let mut told = Told::default();
        match observation {
            Observation::Baseline => {}
            Observation::Flow(flow) => {
                self.charge(gpu, flow, how, context);
                told.power = flow.energy.over(flow.interval.length()).filter(|_| !first);
            }
            Observation::Reset(flow) => {
                warn!(gpu, "the energy counter fell: the driver was loaded anew");
                self.resets += 1;
                if let Some(flow) = flow {
                    self.charge(gpu, flow, how, context);
                }
            }
            Observation::Implausible(energy) => {
                warn!(gpu, joules = energy.as_joules(), "the energy counter leapt: not counted");
                told.error = Some("implausible");
            }
            Observation::Unseen(interval) => {
                let seconds = interval.length().as_seconds();
                warn!(gpu, seconds, "no sample of power for too long: that time is not counted");
                self.unseen = self.unseen + interval.length();
                told.error = Some("unseen").filter(|_| !first);
            }
        }
        told
    }

    fn charge(&mut self, gpu: u32, flow: Flow, how: EnergySource, context: Context<'_>) {
        let Context { settings, grid, now, .. } = context;
        if how == EnergySource::Recovered {
            let (joules, seconds) = (flow.energy.as_joules(), flow.interval.length().as_seconds());
            info!(gpu, joules, seconds, "found by the counter what flowed while nobody watched");
        }
        let mut journal = self.keeping.as_mut().map(|keeping| &mut keeping.journal);
        let key = AccountKey { how, pue: settings.pue };
        let prices = grid.intensities.prices.as_deref();
        self.accounts.add(flow, key, prices, &mut |key, entry| {
            if let Some(journal) = &mut journal {
                journal.note(key, entry, grid, now);
            }
        });
        if how == EnergySource::Recovered {
            self.accounts.give_up_before(now - SETTLED_AFTER);
        }
    }

    /// Converts what waits and is covered by now.
    pub(in crate::accounting) fn convert_pending(&mut self, context: Context<'_>) {
        let Context { grid, now, .. } = context;
        let Some(series) = &grid.intensities.prices else { return };
        let mut journal = self.keeping.as_mut().map(|keeping| &mut keeping.journal);
        if journal.is_some() {
            self.accounts.give_up_before(now - SETTLED_AFTER);
        }
        self.accounts.convert_pending(series, &mut |key, entry| {
            if let Some(journal) = &mut journal {
                journal.note(key, entry, grid, now);
            }
        });
    }

    /// The ledger has revised the price of what was priced before.
    pub(in crate::accounting) fn revise(&mut self, grams: f64) {
        self.carried.restated_grams += grams;
        if let Some(keeping) = &mut self.keeping {
            keeping.fresh = true;
        }
    }

    /// What is published: all that was counted, or with a ledger what is in it.
    pub(in crate::accounting) fn published(&self, settings: &Settings) -> Option<Totals> {
        match &self.keeping {
            Some(keeping) => keeping.shown,
            None => self.totals(settings),
        }
    }

    /// All that was counted, once there was a reading.
    fn totals(&self, settings: &Settings) -> Option<Totals> {
        let (since, last) = self.read?;
        let carried = &self.carried;
        let embodied = self.manufacture.map(|total| {
            let share = embodied::of_one_gpu(total, self.reserved, settings.lifespan);
            grams(carried.embodied_grams) + share
        });
        let best = self.emissions() + carried.restated_grams;
        Some(Totals {
            since,
            read_at: last.wall,
            method: self.method,
            energy: joules(carried.energy_joules) + self.accounts.measured(),
            pending: self.given_up + self.accounts.pending(),
            emissions: grams(self.published.max(best)),
            best_estimate: self.keeping.as_ref().map(|_| grams(best)),
            recovered: self
                .keeping
                .as_ref()
                .map(|_| joules(carried.recovered_joules) + self.accounts.recovered()),
            unseen: seconds(carried.unseen_seconds) + self.unseen,
            embodied,
            resets: self.resets,
        })
    }

    /// As they were priced first.
    fn emissions(&self) -> f64 {
        self.carried.emissions_grams + self.accounts.emissions().as_grams()
    }
}

fn joules(joules: f64) -> Energy {
    Energy::from_joules(joules.max(0.0)).unwrap_or(Energy::ZERO)
}

fn grams(grams: f64) -> Mass {
    Mass::from_grams(grams.max(0.0)).unwrap_or(Mass::ZERO)
}

fn seconds(seconds: f64) -> Span {
    Span::from_seconds_f64(seconds).unwrap_or(Span::ZERO)
}
