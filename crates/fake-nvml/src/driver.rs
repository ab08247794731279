//! The running library: who has initialised it, and the GPUs as the script stands now.

mod handle;
mod source;
mod world;

pub(crate) use handle::DeviceHandle;
pub use source::SCRIPT_VARIABLE;
pub(crate) use world::{LiveGpu, Node, World};

use crate::nvml_error::NvmlError;
use crate::time::UnixTime;
use handle::Handles;
use source::Source;
use std::io::Write;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

/// The least time between two looks at the script's file.
const CHECK_EVERY_NANOS: u64 = 50_000_000;

/// The one driver of this process.
pub(crate) static DRIVER: Driver = Driver::new();

/// What all calls share. No lock is held while a GPU hangs.
pub(crate) struct Driver {
    /// How often it was initialised, less how often it was shut down.
    sessions: AtomicU32,
    /// Whether the driver went away under the present session, which no longer works even when the driver is back.
    orphaned: AtomicBool,
    checked_at: AtomicI64,
    /// The latest instant for which the present world has answered.
    shown_until: AtomicI64,
    source: Mutex<Source>,
    handles: Mutex<Handles>,
    world: RwLock<Option<Arc<World>>>,
}

impl Driver {
    const fn new() -> Self {
        Self {
            sessions: AtomicU32::new(0),
            orphaned: AtomicBool::new(false),
            checked_at: AtomicI64::new(i64::MIN),
            shown_until: AtomicI64::new(i64::MIN),
            source: Mutex::new(Source::Unread),
            handles: Mutex::new(Handles::new()),
            world: RwLock::new(None),
        }
    }

    /// `nvmlInit`: reads the script, and answers what it says.
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
            Some(world) => world.init.map_or(Ok(()), Err),
        }?;
        self.orphaned.store(false, Ordering::Release);
        self.sessions.fetch_add(1, Ordering::AcqRel);
        Ok(())
    }

    /// `nvmlShutdown`.
    pub(crate) fn shut_down(&self) -> Result<(), NvmlError> {
        let one_less = |sessions: u32| sessions.checked_sub(1);
        let ended = self.sessions.fetch_update(Ordering::AcqRel, Ordering::Acquire, one_less);
        ended.map(|_| ()).map_err(|_| NvmlError::Uninitialized)
    }

    /// The GPUs as they are now, for a program that has initialised the library.
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

    /// Whether a handle was ever given out.
    pub(crate) fn knows(&self, handle: DeviceHandle) -> bool {
        lock(&self.handles).knows(handle)
    }

    fn present(&self, now: UnixTime) -> Option<Arc<World>> {
        let world = self.world.read().unwrap_or_else(PoisonError::into_inner);
        self.shown_until.fetch_max(now.as_nanos(), Ordering::AcqRel);
        world.clone()
    }

    /// Looks at the script's file, if nobody has for a while. Whoever finds another at it goes on with what there is.
    fn refresh(&self, now: UnixTime) {
        let last = self.checked_at.load(Ordering::Relaxed);
        if now.as_nanos().abs_diff(last) < CHECK_EVERY_NANOS {
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
            Ok(Some((script, changed_at))) => {
                let mut handles = lock(&self.handles);
                let mut world = self.world.write().unwrap_or_else(PoisonError::into_inner);
                // The old waveforms hold until the file changed, or until they were last shown where that was later.
                let shown_until = UnixTime::from_nanos(self.shown_until.load(Ordering::Acquire));
                let from = changed_at.min(now).max(shown_until);
                *world = Some(Arc::new(World::build(script, world.as_deref(), from, &mut handles)));
            }
            Err(error) => {
                let kept = self.world.read().unwrap_or_else(PoisonError::into_inner).is_some();
                let fate =
                    if kept { "the script before it stays in force" } else { "there is no script" };
                report(&format!("{}\nfake-nvml: {fate}", error.to_string().trim_end()));
            }
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Says something on standard error, if it is still open: the program above owns all other ways.
fn report(text: &str) {
    let _ = writeln!(std::io::stderr(), "fake-nvml: {text}");
}
