//! The threads that read, one for each GPU.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use tracing::warn;

use super::census::Census;
use super::driver_session::DriverSession;
use super::event::Event;
use super::gpu_reader;
use super::place::Place;
use super::settings::Settings;
use crate::clock;
use crate::gpu_filter::Admission;
use crate::logging::occurrences_to_log;

/// The time to wait for the threads to end, before new ones begin beside those that hang: no GPU is read meanwhile. A thread that
/// ends later reports nothing any more.
const STOP_TIMEOUT: Duration = Duration::from_millis(200);

/// The threads of a session.
#[derive(Debug)]
pub(super) struct ReaderThreads {
    settings: Arc<Settings>,
    /// The number of GPUs at the last look-up; `None` before the first and if another one is due.
    gpu_count: Option<u32>,
    /// The GPUs that are read, by the last look-up.
    places: Vec<Place>,
    /// The indices of those that are not read, since the configuration excludes them.
    excluded: BTreeSet<u32>,
    /// True if all are excluded, which was logged.
    is_none_read: bool,
    running: Vec<ReaderThread>,
}

#[derive(Debug)]
struct ReaderThread {
    index: u32,
    stop: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

impl ReaderThread {
    fn start(session: &Arc<DriverSession>, place: Place) -> std::io::Result<ReaderThread> {
        let stop = Arc::new(AtomicBool::new(false));
        let (session, flag, index) = (Arc::clone(session), Arc::clone(&stop), place.index);
        let thread = thread::Builder::new()
            .name(format!("gpu{index}"))
            .spawn(move || gpu_reader::run(&session, &place, &flag))?;
        Ok(ReaderThread { index, stop, thread })
    }

    /// Asks the thread to end.
    fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.thread().unpark();
    }
}

impl ReaderThreads {
    /// Creates the threads of a session, none of which runs.
    pub(super) fn new(settings: Settings) -> ReaderThreads {
        ReaderThreads {
            settings: Arc::new(settings),
            gpu_count: None,
            places: Vec::new(),
            excluded: BTreeSet::new(),
            is_none_read: false,
            running: Vec::new(),
        }
    }

    /// Runs one thread for each GPU that the configuration admits. If their number has changed, all GPUs are looked up
    /// again, since an index may belong to another one.
    pub(super) fn set_count(&mut self, session: &Arc<DriverSession>, count: u32) {
        if self.gpu_count.replace(count) != Some(count) {
            self.look_up(session, count);
        }
        self.report_count(session);
        self.running.retain(|reader| !reader.thread.is_finished());
        for place in &self.places {
            let index = place.index;
            let is_running = self.running.iter().any(|reader| reader.index == index);
            if is_running || self.excluded.contains(&index) {
                continue;
            }
            match ReaderThread::start(session, place.clone()) {
                Ok(reader) => self.running.push(reader),
                Err(error) => {
                    if let Some(times) = occurrences_to_log(Some(index), "no_thread") {
                        warn!(gpu = index, times, %error, "the system provides no thread for this GPU; retrying at the next scan");
                    }
                    break;
                }
            }
        }
    }

    fn report_count(&mut self, session: &DriverSession) {
        let Some(count) = self.gpu_count else { return };
        session.report(Event::DeviceCount { count, excluded: self.excluded.clone() });
        let is_none_read = (0..count).all(|index| self.excluded.contains(&index));
        let was_none_read = std::mem::replace(&mut self.is_none_read, is_none_read);
        if !is_none_read || was_none_read {
            return;
        }
        let kind = if count == 0 { "no_gpu" } else { "all_excluded" };
        let Some(times) = occurrences_to_log("gpus", kind) else { return };
        if count == 0 {
            warn!(times, "NVML answers, but reports no GPU");
        } else {
            warn!(
                gpus = count,
                times,
                "the configuration excludes all GPUs of this host: change gpus.include or gpus.exclude"
            );
        }
    }

    /// Finds out what is known of each GPU before it is opened, and which ones are to be read.
    fn look_up(&mut self, session: &DriverSession, count: u32) {
        self.running.drain(..).for_each(|reader| reader.stop());
        session.report(Event::DevicesChanged);
        let mut host_gpus = self.settings.kernel.gpus();
        if host_gpus.len() != usize::try_from(count).unwrap_or(usize::MAX) {
            host_gpus.clear(); // such as in a container, to which the driver shows some of the GPUs
        }
        let mut host_gpus = host_gpus.into_iter();
        let known: Vec<_> = (0..count).map(|index| (index, host_gpus.next())).collect();
        known
            .iter()
            .filter_map(|(_, gpu)| gpu.as_ref())
            .for_each(|gpu| session.record_seen(gpu.known()));
        let is_excluded = |gpu: &super::host_gpus::HostGpu| {
            self.settings.gpus.admission(&gpu.known()) == Admission::Excluded
        };
        let (excluded, read): (Vec<_>, Vec<_>) =
            known.into_iter().partition(|(_, gpu)| gpu.as_ref().is_some_and(is_excluded));
        self.excluded = excluded.into_iter().map(|(index, _)| index).collect();
        let census = Arc::new(Census::new(read.len()));
        let place = |(index, host_gpu)| {
            let (census, settings) = (Arc::clone(&census), Arc::clone(&self.settings));
            Place { index, host_gpu, census, settings }
        };
        self.places = read.into_iter().map(place).collect();
    }

    /// Sets the settings; all GPUs are looked up again at the next count.
    pub(super) fn configure(&mut self, settings: Settings) {
        self.settings = Arc::new(settings);
        self.gpu_count = None;
    }

    /// Requests that all GPUs are looked up again at the next count.
    pub(super) fn look_up_again(&mut self) {
        self.gpu_count = None;
    }

    /// Records that the GPU at an index was opened, and is excluded.
    pub(super) fn exclude(&mut self, session: &DriverSession, index: u32) {
        self.excluded.insert(index);
        self.report_count(session);
    }

    /// Stops all threads. The last one to end shuts the library down. One that hangs keeps the library until its
    /// call returns, and is not waited for.
    pub(super) fn stop(self) {
        for reader in &self.running {
            reader.stop();
        }
        let deadline = clock::instant() + STOP_TIMEOUT;
        while clock::instant() < deadline
            && self.running.iter().any(|reader| !reader.thread.is_finished())
        {
            thread::sleep(Duration::from_millis(10));
        }
    }
}
