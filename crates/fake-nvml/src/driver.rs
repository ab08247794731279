//! The state of the loaded library: its sessions, and the GPUs by the present script.

mod gpm_samples;
mod handle;
mod source;
mod world;

pub(crate) use gpm_samples::{GpmSample, SampleHandle};
pub(crate) use handle::DeviceHandle;
pub use source::SCRIPT_VARIABLE;
pub(crate) use world::{LiveGpu, Node, World};

use crate::nvml_error::NvmlError;
use crate::time::UnixTime;
use gpm_samples::GpmSamples;
use handle::Handles;
use source::{ChangedScript, Source};
use std::io::Write;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::thread;
use std::time::Duration;

/// The shortest time between two checks of the script's file: a call that begins this long after a change follows it.
pub const CHECK_PERIOD: Duration = Duration::from_millis(50);

/// The one driver of this process.
pub(crate) static DRIVER: Driver = Driver::new();

/// The state that all calls share. No lock is held while a GPU hangs.
pub(crate) struct Driver {
    /// The number of initialisations without a shutdown.
    sessions: AtomicU32,
    /// True if the driver was unloaded during the present session, which never works again, even with a new driver.
    orphaned: AtomicBool,
    /// The time at which the first of the present sessions began.
    begun_at: AtomicI64,
    checked_at: AtomicI64,
    /// The latest time for which a reading of the present world was returned.
    answered_until: AtomicI64,
    source: Mutex<Source>,
    handles: Mutex<Handles>,
    gpm_samples: Mutex<GpmSamples>,
    world: RwLock<Option<Arc<World>>>,
}

impl Driver {
    const fn new() -> Self {
        Self {
            sessions: AtomicU32::new(0),
            orphaned: AtomicBool::new(false),
            begun_at: AtomicI64::new(i64::MIN),
            checked_at: AtomicI64::new(i64::MIN),
            answered_until: AtomicI64::new(i64::MIN),
            source: Mutex::new(Source::Unread),
            handles: Mutex::new(Handles::new()),
            gpm_samples: Mutex::new(GpmSamples::new()),
            world: RwLock::new(None),
        }
    }

    /// `nvmlInit`: reads the script, and returns the result that it sets.
    pub(crate) fn init(&self) -> Result<(), NvmlError> {
        let now = UnixTime::now();
        {
            let mut source = lock(&self.source);
            if self.sessions.load(Ordering::Acquire) == 0 {
                source.reopen();
            }
            self.read_script(&mut source, now);
        }
        match self.present(now) {
            None => Err(NvmlError::Unknown),
            Some(world) => {
                thread::sleep(Duration::from_millis(world.init_hang_ms));
                world.init.or(world.refuse_init).map_or(Ok(()), Err)
            }
        }?;
        self.orphaned.store(false, Ordering::Release);
        if self.sessions.fetch_add(1, Ordering::AcqRel) == 0 {
            self.begun_at.store(now.as_nanos(), Ordering::Release);
        }
        Ok(())
    }

    /// The time at which the first of the present sessions began.
    pub(crate) fn begun_at(&self) -> UnixTime {
        UnixTime::from_nanos(self.begun_at.load(Ordering::Acquire))
    }

    /// `nvmlShutdown`: ends one session.
    pub(crate) fn shut_down(&self) -> Result<(), NvmlError> {
        let now = UnixTime::now();
        self.refresh(now);
        let hang = self.present(now).map_or(0, |world| world.shutdown_hang_ms);
        thread::sleep(Duration::from_millis(hang));
        let one_less = |sessions: u32| sessions.checked_sub(1);
        let ended = self.sessions.fetch_update(Ordering::AcqRel, Ordering::Acquire, one_less);
        ended.map(|_| ()).map_err(|_| NvmlError::Uninitialized)
    }

    /// The present GPUs, for a program that has initialised the library.
    pub(crate) fn world(&self, now: UnixTime) -> Result<Arc<World>, NvmlError> {
        if self.sessions.load(Ordering::Acquire) == 0 {
            return Err(NvmlError::Uninitialized);
        }
        self.refresh(now);
        let world = self.present(now).ok_or(NvmlError::Unknown)?;
        if let Some(error) = world.init {
            self.orphaned.store(true, Ordering::Release);
            return Err(error);
        }
        if self.orphaned.load(Ordering::Acquire) { Err(NvmlError::Unknown) } else { Ok(world) }
    }

    /// Reports whether a handle was ever returned to a program.
    pub(crate) fn knows(&self, handle: DeviceHandle) -> bool {
        lock(&self.handles).knows(handle)
    }

    /// Allocates a sample of GPU performance monitoring.
    pub(crate) fn new_gpm_sample(&self) -> SampleHandle {
        lock(&self.gpm_samples).allocate()
    }

    /// Frees a sample.
    pub(crate) fn free_gpm_sample(&self, handle: SampleHandle) -> Result<(), NvmlError> {
        lock(&self.gpm_samples).free(handle)
    }

    /// Fills a sample that was allocated.
    pub(crate) fn fill_gpm_sample(
        &self,
        handle: SampleHandle,
        sample: GpmSample,
    ) -> Result<(), NvmlError> {
        lock(&self.gpm_samples).fill(handle, sample)
    }

    /// A sample that was filled.
    pub(crate) fn gpm_sample(&self, handle: SampleHandle) -> Result<GpmSample, NvmlError> {
        lock(&self.gpm_samples).get(handle)
    }

    fn present(&self, now: UnixTime) -> Option<Arc<World>> {
        let world = self.world.read().unwrap_or_else(PoisonError::into_inner);
        self.answered_until.fetch_max(now.as_nanos(), Ordering::AcqRel);
        world.clone()
    }

    /// Checks the script's file, unless that was done shortly before. If another thread is checking it, the present world
    /// is used.
    fn refresh(&self, now: UnixTime) {
        let last = self.checked_at.load(Ordering::Relaxed);
        let since_last = Duration::from_nanos(now.as_nanos().abs_diff(last));
        if since_last < CHECK_PERIOD {
            return;
        }
        if let Ok(mut source) = self.source.try_lock() {
            self.read_script(&mut source, now);
        }
    }

    fn read_script(&self, source: &mut Source, now: UnixTime) {
        self.checked_at.store(now.as_nanos(), Ordering::Relaxed);
        match source.read_if_changed() {
            Ok(None) => {}
            Ok(Some(ChangedScript { script, changed_at })) => {
                let mut handles = lock(&self.handles);
                let mut world = self.world.write().unwrap_or_else(PoisonError::into_inner);
                // The old waveforms hold until the file was changed, or until their last reading if that was later.
                let answered_until =
                    UnixTime::from_nanos(self.answered_until.load(Ordering::Acquire));
                let from = changed_at.min(now).max(answered_until);
                *world = Some(Arc::new(World::new(script, world.as_deref(), from, &mut handles)));
            }
            Err(error) => {
                let has_world = self.world.read().unwrap_or_else(PoisonError::into_inner).is_some();
                let consequence = if has_world {
                    "the script before it stays in force"
                } else {
                    "there is no script"
                };
                report(&format!("{}\nfake-nvml: {consequence}", error.to_string().trim_end()));
            }
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Prints a text on standard error, the only output that does not belong to the program.
fn report(text: &str) {
    let _ = writeln!(std::io::stderr(), "fake-nvml: {text}");
}
