//! The accounting of one host.

use std::collections::BTreeMap;
use std::sync::Arc;

use gpu_carbon_core::boundary::BoundaryChoice;
use gpu_carbon_core::{Span, Timestamp, TotalScope};
use gpu_carbon_ledger::{GpuState, is_of_host};
use tracing::warn;

use super::driver::DriverState;
use super::energy_account::EnergyAccount;
use super::gpu::{FoundGpu, GpuRecord, HANG};
use super::gpu_totals::Persisted;
use super::host_energy::HostEnergy;
use super::planned_starts::PlannedStarts;
use super::settings::{Context, Settings};
use super::workloads::Attribution;
use crate::clock::{self, ClockReading};
use crate::holders::{self, GpuPartition, GpuUse, Holdings};
use crate::intensity::Grid;
use crate::latest::Latest;
use crate::logging::occurrences_to_log;
use crate::sampler::Event;
use crate::settled_clock::SettledClock;
use crate::snapshot::ReadTime;

/// The longest time between two periodic checks of a process that runs. After a longer time, the process was
/// stopped, and silence of a GPU means nothing.
const LONGEST_BETWEEN_CHECKS: Span = Span::from_seconds(2);

/// The accounting of one host: energy and emissions of each GPU, from its readings and the grid's intensity.
///
/// One thread owns it, so nothing is locked; its state is published as a snapshot.
#[derive(Debug)]
pub struct Accounting {
    pub(super) settings: Settings,
    pub(super) started: Timestamp,
    pub(super) gpus: Vec<GpuRecord>,
    pub(super) grid: Arc<Grid>,
    pub(super) planned_starts: PlannedStarts,
    pub(super) driver: DriverState,
    pub(super) last_read: Option<ReadTime>,
    last_check: ClockReading,
    /// The clock that decides on ages, and its last time.
    settled_clock: SettledClock,
    pub(super) settled_now: Timestamp,
    pub(super) clock_jumps: u64,
    /// True if the wall clock is not set.
    clock_is_unset: bool,
    /// The kernel's boot id.
    pub(super) boot: String,
    /// The state of each GPU in the ledger by UUID, if there is a ledger.
    pub(super) ledger_states: Option<BTreeMap<String, GpuState>>,
    /// The scope of the emissions that were in the ledger before this run.
    pub(super) earlier_scope: TotalScope,
    /// The holders of GPUs, if energy is divided among them.
    pub(super) attribution: Option<Attribution>,
    /// The host around the GPUs.
    pub(super) host_energy: HostEnergy,
    /// The parts of the host that totals and bills of the ledger contain.
    pub(super) boundary_choice: BoundaryChoice,
}

impl Accounting {
    /// Creates the accounting of a host whose GPUs were not read yet.
    #[must_use]
    pub fn new(settings: Settings, grid: Arc<Grid>, now: ClockReading) -> Accounting {
        Accounting {
            started: now.wall,
            gpus: Vec::new(),
            planned_starts: PlannedStarts::plan(&grid, &settings, now.wall),
            driver: DriverState::new(now.awake),
            last_read: None,
            last_check: now,
            settled_clock: SettledClock::new(now, None, ""),
            settled_now: now.wall,
            clock_jumps: 0,
            clock_is_unset: false,
            boot: String::new(),
            ledger_states: None,
            earlier_scope: TotalScope::Empty,
            attribution: None,
            host_energy: HostEnergy::default(),
            boundary_choice: BoundaryChoice::default(),
            settings,
            grid,
        }
    }

    /// Adds a ledger, whose state of each GPU and of the host around them is continued. `boot` is the kernel's boot id.
    #[must_use]
    pub fn with_ledger(mut self, states: Vec<GpuState>, boot: String) -> Accounting {
        let (of_host, states): (Vec<_>, Vec<_>) =
            states.into_iter().partition(|state| is_of_host(&state.uuid));
        self.host_energy.continue_from(&of_host);
        let newest = states.iter().filter_map(|state| state.last.as_ref()).max_by_key(|it| it.at);
        let mut settled_clock = SettledClock::new(self.last_check, newest, &boot);
        let settled_now = settled_clock.at(self.last_check);
        let by_uuid = states.into_iter().map(|state| (state.uuid.clone(), state)).collect();
        let ledger_states = Some(by_uuid);
        let mut continued = Accounting { ledger_states, boot, settled_clock, settled_now, ..self };
        // An intensity may have come for energy of the host that was pending in the ledger.
        let (accounts, context) = continued.accounts_and_context();
        accounts.for_each(|account| account.convert_pending(context));
        continued
    }

    /// Adds the scope of the emissions that are in the ledger.
    #[must_use]
    pub fn with_earlier_scope(self, earlier_scope: TotalScope) -> Accounting {
        Accounting { earlier_scope, ..self }
    }

    /// Divides the energy of GPUs among their holders. A ledger is added before.
    #[must_use]
    pub fn with_holders(
        self,
        settings: &holders::Settings,
        holdings: Arc<Latest<Holdings>>,
    ) -> Accounting {
        let mut attribution = Attribution::new(settings, holdings);
        let states = self.ledger_states.iter().flat_map(BTreeMap::values);
        attribution.restore(states, self.last_check.awake);
        Accounting { attribution: Some(attribution), ..self }
    }

    /// Takes the latest holders of GPUs.
    pub(super) fn refresh_holders(&mut self, now: ClockReading) {
        let Some(attribution) = &mut self.attribution else { return };
        for workload in attribution.refresh(now) {
            self.accounts().for_each(|account| account.forget(&workload));
        }
    }

    /// The GPUs, the host around them, and the settings and the state with which their energy is recorded.
    pub(super) fn parts(&mut self) -> (&mut Vec<GpuRecord>, &mut HostEnergy, Context<'_>) {
        let Accounting {
            settings, grid, boot, settled_now, attribution, gpus, host_energy, ..
        } = self;
        let attribution = attribution.as_ref();
        (gpus, host_energy, Context { settings, grid, boot, now: *settled_now, attribution })
    }

    /// The account of each GPU that has answered, and of each part of the host.
    pub(super) fn accounts(&mut self) -> impl Iterator<Item = &mut EnergyAccount> {
        self.accounts_and_context().0
    }

    /// The accounts, and the settings and the state with which their energy is recorded.
    fn accounts_and_context(&mut self) -> (impl Iterator<Item = &mut EnergyAccount>, Context<'_>) {
        let (gpus, host_energy, context) = self.parts();
        let of_gpus = gpus.iter_mut().filter_map(GpuRecord::account);
        (of_gpus.chain(host_energy.accounts()), context)
    }

    /// Applies other settings. Energy that was measured before keeps its PUE, and its share of manufacturing emissions.
    pub fn configure(&mut self, settings: Settings, now: Timestamp) {
        for gpu in &mut self.gpus {
            gpu.configure(&self.settings, &settings);
        }
        self.settings = settings;
        self.planned_starts = PlannedStarts::plan(&self.grid, &self.settings, now);
    }

    /// The earliest time of energy that may still be converted.
    #[must_use]
    pub fn pending_since(&mut self) -> Option<Timestamp> {
        self.accounts().filter_map(|account| account.pending_since()).min()
    }

    /// Takes newer intensities: converts pending energy by them, and plans the best starts.
    pub fn set_grid(&mut self, newest: Arc<Grid>, now: Timestamp) {
        if Arc::ptr_eq(&self.grid, &newest) {
            if self.planned_starts.are_outdated(now) {
                self.planned_starts = PlannedStarts::plan(&self.grid, &self.settings, now);
            }
            return;
        }
        let earlier = std::mem::replace(&mut self.grid, newest);
        self.planned_starts = PlannedStarts::plan(&self.grid, &self.settings, now);
        let (accounts, context) = self.accounts_and_context();
        for account in accounts {
            account.revise(&earlier, context.grid);
            account.convert_pending(context);
        }
    }

    /// Records an event of the sampler.
    pub fn record(&mut self, event: Event, now: ClockReading) {
        let awake = now.awake;
        self.settled_now = self.settled_clock.at(now);
        match event {
            Event::DeviceCount { count, excluded } => {
                self.driver.record_count(count, excluded, awake);
            }
            Event::DriverFailed { kind, reason, is_fatal } => {
                self.driver.record_failure(kind, reason, is_fatal, awake);
                if is_fatal {
                    self.gpus.iter_mut().for_each(GpuRecord::displace);
                }
            }
            Event::DriverReloaded => self.driver.record_reload(),
            Event::Released { until, is_complete } => {
                self.driver.record_release(until, is_complete, awake);
                self.gpus.retain(|gpu| gpu.uuid().is_some());
                self.gpus.iter_mut().for_each(GpuRecord::displace);
            }
            Event::Resumed => self.driver.record_resumption(),
            Event::GpuSuspended { index, uuid } => {
                self.record_suspension(index, uuid.as_deref(), awake);
            }
            Event::GpuFound { index, identity, driver, power_sampling } => {
                self.record_found(FoundGpu { index, identity, driver, power_sampling }, now);
            }
            Event::Reading { uuid, reading } => {
                let (gpus, _, context) = self.parts();
                if let Some(gpu) = gpus.iter_mut().find(|gpu| gpu.uuid() == Some(&uuid)) {
                    let added = gpu.record_reading(reading, context, awake);
                    self.last_read = Some(ReadTime { wall: reading.at, awake });
                    added.into_iter().for_each(|energy| self.count_share_of_gpu(energy, now));
                }
            }
            Event::Divisible { uuid, minor, listing } => {
                if let Some(gpu) = self.gpus.iter_mut().find(|gpu| gpu.uuid() == Some(&uuid)) {
                    gpu.set_divisible(minor, listing);
                }
            }
            Event::Used(GpuUse { uuid, used }) => {
                if let Some(gpu) = self.gpus.iter_mut().find(|gpu| gpu.uuid() == Some(&uuid)) {
                    gpu.record_use(used, awake);
                }
            }
            Event::Partitioned(GpuPartition { uuid, partition }) => {
                if let Some(attribution) = &mut self.attribution {
                    attribution.set_partition(uuid, partition);
                }
            }
            Event::Processes(_) => {} // the thread of the holders takes them
            Event::Unmetered { uuid } => {
                if let Some(gpu) = self.gpus.iter_mut().find(|gpu| gpu.uuid() == Some(&uuid)) {
                    gpu.record_unmetered(awake);
                    self.last_read = Some(ReadTime { wall: now.wall, awake });
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
        let persisted = match &self.ledger_states {
            None => Persisted::NoLedger,
            Some(states) => states.get(&*uuid).map_or(Persisted::NewGpu, Persisted::Known),
        };
        self.gpus.push(GpuRecord::found(found, &self.settings, persisted, now.awake));
        let (gpus, _, context) = self.parts();
        if let Some(account) = gpus.last_mut().and_then(GpuRecord::account) {
            // An intensity may have come for energy that was pending in the ledger.
            account.convert_pending(context);
        }
    }

    /// The GPU at an index, or the one that was last there.
    fn at_or_last_at(&mut self, index: u32) -> Option<&mut GpuRecord> {
        let at_index = self.gpus.iter().position(|gpu| gpu.is_at(index));
        let last_at_index = || self.gpus.iter().position(|gpu| gpu.was_last_at(index));
        at_index.or_else(last_at_index).and_then(|position| self.gpus.get_mut(position))
    }

    /// Records that a GPU is suspended, which may have never answered.
    fn record_suspension(&mut self, index: u32, uuid: Option<&str>, awake: Span) {
        let known = uuid.and_then(|uuid| self.gpus.iter().position(|gpu| gpu.uuid() == Some(uuid)));
        let known = match known {
            Some(position) => self.gpus.get_mut(position),
            None => self.at_or_last_at(index),
        };
        match known {
            Some(gpu) => gpu.record_suspension(index, awake),
            None => self.gpus.push(GpuRecord::suspended(index, awake)),
        }
    }

    /// Counts a failure for the GPU at an index, or for the one that was last there.
    fn record_failure(&mut self, index: u32, kind: &'static str, awake: Span) {
        self.driver.record_gpu_failure(index, kind, awake);
        match self.at_or_last_at(index) {
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
        let clock_is_unset = clock::is_unset();
        if clock_is_unset && !self.clock_is_unset {
            warn!(
                "the clock is not set: it shows a time before 2026 or after 2199, which names no slot; until it is set, energy is counted from the last time that it showed, or after the last reading in the ledger"
            );
        }
        self.clock_is_unset = clock_is_unset;
        if let Some(jump) = now.jump_since(before) {
            let seconds = jump.seconds();
            if let Some(times) = occurrences_to_log("clock", "jump") {
                warn!(
                    seconds,
                    times, "the clock was set: energy stays at the time when it was used"
                );
            }
            self.clock_jumps += 1;
        }
        // After a process was stopped, the readings of the meantime are still on their way.
        if now.awake.saturating_sub(before.awake) <= LONGEST_BETWEEN_CHECKS {
            self.detect_hangs(now.awake);
        }
        self.count_declared(now);
        let (answers, forget_after) = (self.driver.answers(), self.settings.forget_after);
        for gpu in &mut self.gpus {
            gpu.check_absence(answers, forget_after, now.awake);
        }
    }

    /// Counts a hang for each GPU that was silent for too long, even in its first call.
    fn detect_hangs(&mut self, awake: Span) {
        let patience = self.settings.stale_after;
        for gpu in &mut self.gpus {
            gpu.detect_hang(awake, patience);
        }
        let is_silent = |index: &u32| !self.gpus.iter().any(|gpu| gpu.was_last_at(*index));
        let silent: Vec<u32> =
            self.driver.expected_for(patience, awake).filter(is_silent).collect();
        silent.into_iter().for_each(|index| self.record_failure(index, HANG, awake));
    }

    /// The grid's intensities that the accounting uses.
    #[must_use]
    pub const fn grid(&self) -> &Arc<Grid> {
        &self.grid
    }
}
