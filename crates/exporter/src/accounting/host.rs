//! The accounting of one host.

use std::collections::BTreeMap;
use std::sync::Arc;

use gpu_carbon_core::{Span, Timestamp};
use gpu_carbon_ledger::{Batch, GpuState, Revision};
use tracing::warn;

use super::gpu::{FoundGpu, GpuRecord, HANG};
use super::gpu_totals::{Persisted, RunningTotals};
use super::planned_starts::PlannedStarts;
use super::settings::{Context, Settings};
use crate::clock::ClockReading;
use crate::forecast::{self, Forecast};
use crate::intensity::{Grid, Origin};
use crate::sampler::Event;
use crate::snapshot::{CurrentIntensity, GridView, LatestValue, ReadTime, Snapshot};

/// The longest time between two periodic checks of a process that runs. After a longer time, the process was
/// stopped, and silence of a GPU means nothing.
const LONGEST_BETWEEN_CHECKS: Span = Span::from_seconds(2);

/// The accounting of one host: energy and emissions of each GPU, from its readings and the grid's intensity.
///
/// One thread owns it, so nothing is locked; its state is published as a snapshot.
#[derive(Debug)]
pub struct Accounting {
    settings: Settings,
    started: Timestamp,
    gpus: Vec<GpuRecord>,
    grid: Arc<Grid>,
    planned_starts: PlannedStarts,
    driver_error: Option<String>,
    device_count: DeviceCount,
    last_read: Option<ReadTime>,
    last_check: ClockReading,
    clock_jumps: u64,
    /// The kernel's boot id.
    boot: String,
    /// The state of each GPU in the ledger by UUID, if there is a ledger.
    ledger_states: Option<BTreeMap<String, GpuState>>,
}

/// The number of GPUs that the driver reports.
#[derive(Debug, Clone, Copy)]
struct DeviceCount {
    count: u32,
    /// The time of the last change, since boot without the machine's sleep.
    since: Span,
}

impl Accounting {
    /// Creates the accounting of a host whose GPUs were not read yet.
    #[must_use]
    pub fn new(settings: Settings, grid: Arc<Grid>, now: ClockReading) -> Accounting {
        Accounting {
            started: now.wall,
            gpus: Vec::new(),
            planned_starts: PlannedStarts::plan(&grid, &settings, now.wall),
            driver_error: None,
            device_count: DeviceCount { count: 0, since: now.awake },
            last_read: None,
            last_check: now,
            clock_jumps: 0,
            boot: String::new(),
            ledger_states: None,
            settings,
            grid,
        }
    }

    /// Adds a ledger, whose state of each GPU is continued. `boot` is the kernel's boot id.
    #[must_use]
    pub fn with_ledger(self, states: Vec<GpuState>, boot: String) -> Accounting {
        let by_uuid = states.into_iter().map(|state| (state.uuid.clone(), state)).collect();
        Accounting { ledger_states: Some(by_uuid), boot, ..self }
    }

    /// Takes newer intensities: converts pending energy by them, and plans the best starts.
    pub fn set_grid(&mut self, newest: Arc<Grid>, now: Timestamp) {
        if Arc::ptr_eq(&self.grid, &newest) {
            if self.planned_starts.are_outdated(now) {
                self.planned_starts = PlannedStarts::plan(&self.grid, &self.settings, now);
            }
            return;
        }
        self.grid = newest;
        self.planned_starts = PlannedStarts::plan(&self.grid, &self.settings, now);
        let Accounting { settings, grid, boot, .. } = self;
        let context = Context { settings, grid, boot, now };
        let totals = self.gpus.iter_mut().filter_map(GpuRecord::totals);
        totals.for_each(|totals| totals.convert_pending(context));
    }

    /// Records an event of the sampler.
    pub fn record(&mut self, event: Event, now: ClockReading) {
        let awake = now.awake;
        match event {
            Event::DeviceCount(count) => {
                if self.device_count.count != count {
                    self.device_count = DeviceCount { count, since: awake };
                }
                let none = || "NVML answers, but reports no GPU".to_owned();
                self.driver_error = (count == 0).then(none);
            }
            Event::DriverUnavailable(reason) => {
                self.gpus.iter_mut().for_each(GpuRecord::displace);
                self.driver_error = Some(reason);
                self.device_count = DeviceCount { count: 0, since: awake };
            }
            Event::GpuFound { index, identity, method, driver } => {
                self.record_found(FoundGpu { index, identity, method, driver }, now);
            }
            Event::Reading { uuid, reading, uptime, power } => {
                let Accounting { settings, grid, boot, .. } = self;
                let context = Context { settings, grid, boot, now: now.wall };
                if let Some(gpu) = self.gpus.iter_mut().find(|gpu| gpu.uuid() == Some(&uuid)) {
                    gpu.record_reading(reading, uptime, power, context, awake);
                    self.last_read = Some(ReadTime { wall: reading.at(), awake });
                }
            }
            Event::ReadFailed { index, kind } => self.record_failure(index, kind, awake),
            Event::ReadingRejected { index, kind } => {
                if let Some(gpu) = self.gpus.iter_mut().find(|gpu| gpu.is_at(index)) {
                    gpu.record_rejection(kind, awake);
                }
            }
            Event::DevicesChanged => {
                self.gpus.retain(|gpu| gpu.uuid().is_some());
                self.gpus.iter_mut().for_each(GpuRecord::displace);
            }
        }
    }

    fn record_found(&mut self, found: FoundGpu, now: ClockReading) {
        let uuid = Arc::clone(&found.identity.uuid);
        self.clear_place(found.index, &uuid);
        if let Some(gpu) = self.gpus.iter_mut().find(|gpu| gpu.uuid() == Some(&uuid)) {
            return gpu.record_found(found, now.awake);
        }
        let Accounting { settings, grid, boot, .. } = self;
        let persisted = match &self.ledger_states {
            None => Persisted::NoLedger,
            Some(states) => states.get(&*uuid).map_or(Persisted::NewGpu, Persisted::Known),
        };
        let mut gpu = GpuRecord::found(found, settings, persisted, now.awake);
        if let Some(totals) = gpu.totals() {
            // An intensity may have come for energy that was pending in the ledger.
            totals.convert_pending(Context { settings, grid, boot, now: now.wall });
        }
        self.gpus.push(gpu);
    }

    /// Counts a failure for the GPU at an index, or for the one that was last there.
    fn record_failure(&mut self, index: u32, kind: &'static str, awake: Span) {
        let at_index = self.gpus.iter().position(|gpu| gpu.is_at(index));
        let last_at_index = || self.gpus.iter().position(|gpu| gpu.was_last_at(index));
        match at_index.or_else(last_at_index).and_then(|position| self.gpus.get_mut(position)) {
            Some(gpu) => gpu.record_failure(kind, awake),
            None => self.gpus.push(GpuRecord::failed(index, kind, awake)),
        }
    }

    /// Displaces another GPU from an index at which a GPU was found.
    fn clear_place(&mut self, index: u32, uuid: &str) {
        self.gpus.retain(|gpu| !gpu.is_at(index) || gpu.uuid().is_some());
        for gpu in &mut self.gpus {
            if gpu.is_at(index) && gpu.uuid() != Some(uuid) {
                gpu.displace();
            }
        }
    }

    /// Checks once a second for changes that come without an event: clock jumps and GPUs that hang.
    pub fn check(&mut self, now: ClockReading) {
        let before = std::mem::replace(&mut self.last_check, now);
        if let Some(jump) = now.jump_since(before) {
            let seconds = jump.seconds();
            warn!(seconds, "the clock was set: energy stays at the time when it was used");
            self.clock_jumps += 1;
        }
        // After a process was stopped, the readings of the meantime are still on their way.
        if now.awake.saturating_sub(before.awake) <= LONGEST_BETWEEN_CHECKS {
            self.detect_hangs(now.awake);
        }
    }

    /// Counts a hang for each GPU that was silent for too long, even in its first call.
    fn detect_hangs(&mut self, awake: Span) {
        let patience = self.settings.stale_after;
        for gpu in &mut self.gpus {
            gpu.detect_hang(awake, patience);
        }
        let DeviceCount { count, since } = self.device_count;
        if awake.saturating_sub(since) > patience {
            for index in 0..count {
                if !self.gpus.iter().any(|gpu| gpu.was_last_at(index)) {
                    self.record_failure(index, HANG, awake);
                }
            }
        }
    }

    /// The batch of all that the ledger lacks. `None` if it lacks nothing, or if a commit is in progress.
    pub fn take_batch(&mut self, now: Timestamp) -> Option<Batch> {
        let Accounting { settings, grid, boot, .. } = self;
        let context = Context { settings, grid, boot, now };
        let gpus: Vec<_> = self.gpus.iter_mut().filter_map(|gpu| gpu.take_batch(context)).collect();
        (!gpus.is_empty()).then_some(Batch { at: now, gpus })
    }

    /// Records that the last batch is in the ledger. Its totals are published, unless later totals were
    /// published meanwhile.
    pub fn finish_commit(&mut self, published_ahead: bool) {
        self.all_totals().for_each(|totals| totals.finish_commit(published_ahead));
    }

    /// Records that the last batch is not in the ledger. The next batch will contain it.
    pub fn abort_commit(&mut self) {
        self.all_totals().for_each(RunningTotals::abort_commit);
    }

    /// Applies restatements: the ledger has converted earlier energy by revised intensities.
    pub fn restate(&mut self, revisions: &[Revision]) {
        for Revision { uuid, grams } in revisions {
            let mut gpus = self.gpus.iter_mut();
            match gpus.find(|gpu| gpu.uuid() == Some(uuid)).and_then(GpuRecord::totals) {
                Some(totals) => totals.restate(*grams),
                // The GPU was not found in this run yet, and will be continued from its state.
                None => {
                    let states = self.ledger_states.as_mut();
                    if let Some(state) = states.and_then(|states| states.get_mut(uuid)) {
                        state.totals.restated_grams += grams;
                    }
                }
            }
        }
    }

    /// Adapts to a new ledger, which is empty.
    pub fn restart_ledger(&mut self) {
        self.all_totals().for_each(RunningTotals::restart_ledger);
    }

    /// Publishes the totals although they are not in the ledger.
    pub fn publish_uncommitted(&mut self) {
        let Accounting { gpus, settings, .. } = self;
        let totals = gpus.iter_mut().filter_map(GpuRecord::totals);
        totals.for_each(|totals| totals.publish_uncommitted(settings));
    }

    fn all_totals(&mut self) -> impl Iterator<Item = &mut RunningTotals> {
        self.gpus.iter_mut().filter_map(GpuRecord::totals)
    }

    /// The grid's intensities that the accounting uses.
    #[must_use]
    pub const fn grid(&self) -> &Arc<Grid> {
        &self.grid
    }

    /// The state to publish, without the ledger, the process and the certificate.
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
            certificate_not_after: None,
            log_dropped: 0,
        }
    }

    fn grid_view(&self, now: Timestamp) -> GridView {
        let Grid { zone, intensities, requests } = &*self.grid;
        let current = intensities.displayed.as_deref().and_then(|shown| {
            let Origin { source, quality, .. } = intensities.origin(now)?;
            Some(CurrentIntensity { intensity: shown.at(now).intensity?, source, quality })
        });
        let series = intensities.converting.as_deref().filter(|_| intensities.is_timed);
        let latest_value = series.and_then(|series| {
            let (valid_from, _) = series.latest(now)?;
            Some(LatestValue { valid_from, source: intensities.origin(valid_from)?.source })
        });
        let horizons = intensities.forecast.as_deref().map(|ahead| forecast::horizons(ahead, now));
        GridView {
            zone: Arc::clone(zone),
            signal: intensities.signal,
            current,
            latest_value,
            forecast: Forecast {
                horizons: horizons.unwrap_or_default(),
                best_starts: self.planned_starts.best(),
            },
            threshold: self.settings.threshold,
            requests: requests.clone(),
        }
    }
}
