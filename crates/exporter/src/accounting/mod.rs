//! Keeps the books: what each GPU used and emitted, from what the samplers tell and the grid's intensity.
//! One thread owns them, so nothing is locked; what they show is published as a snapshot.

mod accounts;
mod actor;
mod gpu;
mod gpu_totals;
mod journal;
mod resume;

use std::collections::BTreeMap;
use std::sync::Arc;

use gpu_carbon_core::{Intensity, Mass, Pue, SLOT, Span, Timestamp};
use gpu_carbon_ledger::{Batch, GpuState, Revision};
use tracing::warn;

use crate::clock::ClockReading;
use crate::forecast::{self, BestStart, Forecast, ForecastJob};
use crate::intensity::{Grid, Origin};
use crate::sampler::Event;
use crate::snapshot::{CurrentIntensity, GridView, LatestValue, ReadTime, Snapshot};
pub use actor::{LedgerClient, Told, start};
use gpu::{Found, GpuRecord, HANG};
use gpu_totals::{Context, RunningTotals};

/// What the books go by.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The energy of the whole data centre for each joule of a GPU.
    pub pue: Pue,
    /// From here on the grid counts as dirty.
    pub threshold: Intensity,
    /// The longest that a reading stays good.
    pub stale_after: Span,
    /// What making one GPU emitted, where the operator knows better than the published figures.
    pub manufacture: Option<Mass>,
    /// How long a GPU is expected to last.
    pub lifespan: Span,
    /// The jobs whose best start is told.
    pub forecast_jobs: Vec<ForecastJob>,
}

/// Between two looks at who is silent; what is longer, this process itself has not run for.
const LONGEST_BETWEEN_LOOKS: Span = Span::from_seconds(2);

/// The books of one host.
#[derive(Debug)]
pub struct Accounting {
    settings: Settings,
    started: Timestamp,
    gpus: Vec<GpuRecord>,
    grid: Arc<Grid>,
    /// The best starts, and the slot for which they were planned.
    planned: (Timestamp, Arc<[BestStart]>),
    driver_error: Option<String>,
    /// How many GPUs the driver counts, and since when.
    counted: (u32, Span),
    /// When a GPU was read last.
    last_read: Option<ReadTime>,
    /// The last look at the clocks, and how often the wall clock was set since the first.
    looked: ClockReading,
    clock_jumps: u64,
    /// The kernel's boot id.
    boot: String,
    /// What the ledger remembers, where there is one.
    remembered: Option<BTreeMap<String, GpuState>>,
}

impl Accounting {
    /// Empty books.
    #[must_use]
    pub fn new(settings: Settings, grid: Arc<Grid>, now: ClockReading) -> Accounting {
        let mut accounting = Accounting {
            settings,
            started: now.wall,
            gpus: Vec::new(),
            grid,
            planned: (now.wall, Arc::default()),
            driver_error: None,
            counted: (0, now.awake),
            last_read: None,
            looked: now,
            clock_jumps: 0,
            boot: String::new(),
            remembered: None,
        };
        accounting.plan(now.wall);
        accounting
    }

    /// Accounting that are written to a ledger, and go on from what it remembers of each GPU. `boot` is the
    /// kernel's boot id.
    #[must_use]
    pub fn with_ledger(self, states: Vec<GpuState>, boot: String) -> Accounting {
        let by_uuid = states.into_iter().map(|state| (state.uuid.clone(), state)).collect();
        Accounting { remembered: Some(by_uuid), boot, ..self }
    }

    /// Takes newer intensities, prices what waited for them, and plans by them.
    pub fn set_grid(&mut self, newest: Arc<Grid>, now: Timestamp) {
        if Arc::ptr_eq(&self.grid, &newest) {
            if now.floor_to(SLOT) > self.planned.0 {
                self.plan(now);
            }
            return;
        }
        self.grid = newest;
        self.plan(now);
        self.each_tally(now, |tally, context| tally.convert_pending(context));
    }

    /// Enters what a sampler told.
    pub fn enter(&mut self, event: Event, now: ClockReading) {
        let awake = now.awake;
        match event {
            Event::DeviceCount(count) => {
                if self.counted.0 != count {
                    self.counted = (count, awake);
                }
                let none = || "NVML answers, and counts no GPU".to_owned();
                self.driver_error = (count == 0).then(none);
            }
            Event::DriverUnavailable(why) => {
                self.gpus.iter_mut().for_each(GpuRecord::displace);
                self.driver_error = Some(why);
                self.counted = (0, awake);
            }
            Event::GpuFound { index, identity, method, driver } => {
                self.clear_place(index, &identity.uuid);
                let uuid = Arc::clone(&identity.uuid);
                let found = Found { index, identity, method, driver };
                match self.gpus.iter_mut().find(|gpu| gpu.uuid() == Some(&uuid)) {
                    Some(gpu) => gpu.found_again(found, awake),
                    None => {
                        let Accounting { settings, grid, boot, .. } = self;
                        let state = self.remembered.as_ref().map(|states| states.get(&*uuid));
                        let mut gpu = GpuRecord::found(found, settings, state, awake);
                        if let Some(tally) = gpu.tally() {
                            // What waited before may have its price by now.
                            tally.convert_pending(Context { settings, grid, boot, now: now.wall });
                        }
                        self.gpus.push(gpu);
                    }
                }
            }
            Event::Reading { uuid, reading, uptime, power } => {
                let Accounting { settings, grid, boot, .. } = self;
                let context = Context { settings, grid, boot, now: now.wall };
                if let Some(gpu) = self.gpus.iter_mut().find(|gpu| gpu.uuid() == Some(&uuid)) {
                    gpu.read(reading, uptime, power, context, awake);
                    self.last_read = Some(ReadTime { wall: reading.at(), awake });
                }
            }
            Event::ReadFailed { index, kind } => self.fail(index, kind, awake),
            Event::DevicesChanged => {
                self.gpus.retain(|gpu| gpu.uuid().is_some());
                self.gpus.iter_mut().for_each(GpuRecord::displace);
            }
        }
    }

    /// Looks at what changes without an event: once a second.
    pub fn look(&mut self, now: ClockReading) {
        let before = std::mem::replace(&mut self.looked, now);
        if let Some(set) = now.jump_since(before) {
            // What is read is kept in its time by itself.
            let seconds = set.seconds();
            warn!(seconds, "the clock was set: energy stays in the time in which it flowed");
            self.clock_jumps += 1;
        }
        // A process that was stopped cannot tell who was silent: what they say is on its way.
        if now.awake.saturating_sub(before.awake) <= LONGEST_BETWEEN_LOOKS {
            self.notice_silence(now.awake);
        }
    }

    /// A GPU from which nothing was heard for too long hangs, be it in its very first call.
    fn notice_silence(&mut self, awake: Span) {
        let patience = self.settings.stale_after;
        for gpu in &mut self.gpus {
            gpu.notice_silence(awake, patience);
        }
        let (count, since) = self.counted;
        if awake.saturating_sub(since) > patience {
            for index in 0..count {
                if !self.gpus.iter().any(|gpu| gpu.was_last_at(index)) {
                    self.fail(index, HANG, awake);
                }
            }
        }
    }

    /// What the ledger does not have yet.
    pub fn take_batch(&mut self, now: Timestamp) -> Option<Batch> {
        let Accounting { settings, grid, boot, .. } = self;
        let context = Context { settings, grid, boot, now };
        let gpus: Vec<_> = self.gpus.iter_mut().filter_map(|gpu| gpu.take_batch(context)).collect();
        (!gpus.is_empty()).then_some(Batch { at: now, gpus })
    }

    /// What was taken is in the ledger; `as_shown` where more than that was published meanwhile.
    pub fn committed(&mut self, as_shown: bool) {
        self.tallies().for_each(|tally| tally.committed(as_shown));
    }

    /// What was taken is not in the ledger, and will be taken again.
    pub fn failed(&mut self) {
        self.tallies().for_each(RunningTotals::failed);
    }

    /// What was priced before is restated in the ledger.
    pub fn revise(&mut self, revisions: &[Revision]) {
        for Revision { uuid, grams } in revisions {
            let mut gpus = self.gpus.iter_mut();
            match gpus.find(|gpu| gpu.uuid() == Some(uuid)).and_then(GpuRecord::tally) {
                Some(tally) => tally.revise(*grams),
                // It was not found in this run yet: it will go on from there.
                None => {
                    let states = self.remembered.as_mut();
                    if let Some(state) = states.and_then(|states| states.get_mut(uuid)) {
                        state.totals.restated_grams += grams;
                    }
                }
            }
        }
    }

    /// The grid as the books know it.
    #[must_use]
    pub const fn grid(&self) -> &Arc<Grid> {
        &self.grid
    }

    /// There is a new ledger, which knows nothing yet.
    pub fn begin_anew(&mut self) {
        self.tallies().for_each(RunningTotals::begin_anew);
    }

    /// Publishes what was counted before it is in the ledger.
    pub fn publish_uncommitted(&mut self) {
        let Accounting { gpus, settings, .. } = self;
        let tallies = gpus.iter_mut().filter_map(GpuRecord::tally);
        tallies.for_each(|tally| tally.publish_uncommitted(settings));
    }

    fn tallies(&mut self) -> impl Iterator<Item = &mut RunningTotals> {
        self.gpus.iter_mut().filter_map(GpuRecord::tally)
    }

    /// Does something with each tally.
    fn each_tally(
        &mut self,
        now: Timestamp,
        mut work: impl FnMut(&mut RunningTotals, Context<'_>),
    ) {
        let Accounting { settings, grid, boot, .. } = self;
        let context = Context { settings, grid, boot, now };
        for tally in self.gpus.iter_mut().filter_map(GpuRecord::tally) {
            work(tally, context);
        }
    }

    /// What there is to show.
    #[must_use]
    pub fn snapshot(&self, now: Timestamp) -> Snapshot {
        let mut gpus: Vec<_> = self.gpus.iter().map(|gpu| gpu.view(&self.settings)).collect();
        gpus.sort_by_key(|gpu| gpu.index);
        Snapshot {
            at: now,
            started: self.started,
            gpus,
            grid: self.grid_view(now),
            pue: self.settings.pue,
            last_read: self.last_read,
            driver_error: self.driver_error.clone(),
            stale_after: self.settings.stale_after,
            clock_jumps: self.clock_jumps,
            ledger: None,
            process: None,
        }
    }

    /// Plans as of the present slot.
    fn plan(&mut self, now: Timestamp) {
        let ahead = self.grid.intensities.ahead.as_deref();
        let best =
            ahead.map(|ahead| forecast::best_starts(ahead, now, &self.settings.forecast_jobs));
        self.planned = (now.floor_to(SLOT), best.unwrap_or_default());
    }

    fn grid_view(&self, now: Timestamp) -> GridView {
        let Grid { zone, intensities, requests } = &*self.grid;
        let current = intensities.shown.as_deref().and_then(|shown| {
            let Origin { source, quality, .. } = intensities.origin(now)?;
            Some(CurrentIntensity { intensity: shown.at(now).intensity?, source, quality })
        });
        let latest_value = intensities.prices.as_deref().filter(|_| intensities.timed);
        let latest_value = latest_value.and_then(|prices| {
            let (moment, _) = prices.latest(now)?;
            Some(LatestValue { valid_from: moment, source: intensities.origin(moment)?.source })
        });
        let horizons = intensities.ahead.as_deref().map(|ahead| forecast::horizons(ahead, now));
        GridView {
            zone: Arc::clone(zone),
            signal: intensities.signal,
            current,
            latest_value,
            forecast: Forecast {
                horizons: horizons.unwrap_or_default(),
                best_starts: Arc::clone(&self.planned.1),
            },
            threshold: self.settings.threshold,
            requests: requests.clone(),
        }
    }

    /// Blames a failure on the GPU at a place, or on the one that was last seen there.
    fn fail(&mut self, index: u32, kind: &'static str, awake: Span) {
        let stands = self.gpus.iter().position(|gpu| gpu.is_at(index));
        let stood = || self.gpus.iter().position(|gpu| gpu.was_last_at(index));
        match stands.or_else(stood).and_then(|position| self.gpus.get_mut(position)) {
            Some(gpu) => gpu.fail(kind, awake),
            None => self.gpus.push(GpuRecord::never_answered(index, kind, awake)),
        }
    }

    /// Makes room for a GPU at a place: whoever stood there, and was another, stands nowhere.
    fn clear_place(&mut self, index: u32, uuid: &str) {
        self.gpus.retain(|gpu| !gpu.is_at(index) || gpu.uuid().is_some());
        for gpu in &mut self.gpus {
            if gpu.is_at(index) && gpu.uuid() != Some(uuid) {
                gpu.displace();
            }
        }
    }
}

#[cfg(test)]
mod persistence_tests;
#[cfg(test)]
mod tests;
