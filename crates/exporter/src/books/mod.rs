//! Keeps the books: what each GPU used and emitted, from what the samplers tell and the grid's intensity.
//! One thread owns them, so nothing is locked; what they show is published as a snapshot.

mod gpu;

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use gpu_carbon_core::{Intensity, Mass, Pricing, Ratio, Span, Timestamp, schedule};

use crate::clock;
use crate::intensity::{Grid, Origin};
use crate::outlook::{self, BestStart, Outlook, Wish};
use crate::process;
use crate::sampler::Event;
use crate::snapshot::{Board, GridView, Present, Snapshot};
use gpu::{GpuBook, HANG};

/// What the books go by.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The energy of the whole data centre for each joule of a GPU.
    pub pue: Ratio,
    /// From here on the grid counts as dirty.
    pub threshold: Intensity,
    /// The longest that a reading stays good.
    pub stale_after: Span,
    /// What making one GPU emitted, where the operator knows better than the published figures.
    pub manufacture: Option<Mass>,
    /// How long a GPU is expected to last.
    pub lifespan: Span,
    /// The jobs whose best start is told.
    pub wishes: Vec<Wish>,
}

/// The books of one host.
#[derive(Debug)]
pub struct Books {
    settings: Settings,
    started: Timestamp,
    gpus: Vec<GpuBook>,
    grid: Arc<Grid>,
    /// The best starts, and the slot for which they were planned.
    planned: (Timestamp, Arc<[BestStart]>),
    trouble: Option<String>,
    /// How many GPUs the driver counts, and since when.
    counted: (u32, Timestamp),
}

/// What changes without an event, such as the age of a reading, is looked at this often.
const TICK: Duration = Duration::from_secs(1);

/// After an event, others are waited for so long: GPUs that are read at one moment make one snapshot.
const GATHERING: Duration = Duration::from_millis(2);

/// Keeps the books for as long as anybody tells, and publishes each change.
///
/// # Errors
///
/// When the system gives no thread.
pub fn start(
    mut books: Books,
    events: Receiver<Event>,
    grid: Arc<Board<Grid>>,
    board: Arc<Board<impl From<Snapshot> + Send + Sync + 'static>>,
) -> std::io::Result<()> {
    let keep = move || {
        let mut due = Instant::now();
        let mut process = None;
        loop {
            let first = events.recv_timeout(due.saturating_duration_since(Instant::now()));
            match first {
                Ok(_) => thread::sleep(GATHERING),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
            let now = clock::now();
            books.set_grid(grid.read(), now);
            first.into_iter().chain(events.try_iter()).for_each(|event| books.enter(event, now));
            if Instant::now() >= due {
                due = Instant::now() + TICK;
                books.notice_silence(now);
                process = process::read();
            }
            let snapshot = Snapshot { process, ..books.snapshot(now) };
            board.publish(snapshot.into());
        }
    };
    thread::Builder::new().name("books".to_owned()).spawn(keep)?;
    Ok(())
}

impl Books {
    /// Empty books.
    #[must_use]
    pub fn new(settings: Settings, grid: Arc<Grid>, now: Timestamp) -> Books {
        let mut books = Books {
            settings,
            started: now,
            gpus: Vec::new(),
            grid,
            planned: (now, Arc::default()),
            trouble: None,
            counted: (0, now),
        };
        books.plan(now);
        books
    }

    /// Takes newer intensities, prices what waited for them, and plans by them.
    pub fn set_grid(&mut self, newest: Arc<Grid>, now: Timestamp) {
        if Arc::ptr_eq(&self.grid, &newest) {
            if now.floor_to(schedule::STEP) > self.planned.0 {
                self.plan(now);
            }
            return;
        }
        self.grid = newest;
        self.plan(now);
        if let Some(series) = &self.grid.intensities.prices {
            let pricing = Pricing { series, pue: self.settings.pue };
            self.gpus.iter_mut().for_each(|gpu| gpu.reprice(&pricing));
        }
    }

    /// Enters what a sampler told.
    pub fn enter(&mut self, event: Event, now: Timestamp) {
        match event {
            Event::Counted(count) => {
                if self.counted.0 != count {
                    self.counted = (count, now);
                }
                let none = || "NVML answers, and counts no GPU".to_owned();
                self.trouble = (count == 0).then(none);
            }
            Event::NoDriver(why) => {
                self.gpus.iter_mut().for_each(GpuBook::displace);
                self.trouble = Some(why);
                self.counted = (0, now);
            }
            Event::Found { index, identity, method } => {
                self.clear_place(index, &identity.uuid);
                let settings = &self.settings;
                match self.gpus.iter_mut().find(|gpu| gpu.uuid() == Some(&identity.uuid)) {
                    Some(gpu) => gpu.found_again(index, method, now),
                    None => self.gpus.push(GpuBook::found(index, identity, method, settings, now)),
                }
            }
            Event::Read { uuid, reading, power } => {
                let pricing = self.grid.intensities.prices.as_deref();
                let pricing = pricing.map(|series| Pricing { series, pue: self.settings.pue });
                if let Some(gpu) = self.gpus.iter_mut().find(|gpu| gpu.uuid() == Some(&uuid)) {
                    gpu.read(reading, power, pricing.as_ref(), now);
                }
            }
            Event::Failed { index, kind } => self.fail(index, kind, now),
            Event::Moved => {
                self.gpus.retain(|gpu| gpu.uuid().is_some());
                self.gpus.iter_mut().for_each(GpuBook::displace);
            }
        }
    }

    /// A GPU from which nothing was heard for too long hangs, be it in its very first call.
    pub fn notice_silence(&mut self, now: Timestamp) {
        let patience = self.settings.stale_after;
        for gpu in &mut self.gpus {
            gpu.notice_silence(now, patience);
        }
        let (count, since) = self.counted;
        if now.since(since) > patience {
            for index in 0..count {
                if !self.gpus.iter().any(|gpu| gpu.was_last_at(index)) {
                    self.fail(index, HANG, now);
                }
            }
        }
    }

    /// What there is to show.
    #[must_use]
    pub fn snapshot(&self, now: Timestamp) -> Snapshot {
        let mut gpus: Vec<_> = self.gpus.iter().map(|gpu| gpu.view(&self.settings)).collect();
        gpus.sort_by_key(|gpu| gpu.index);
        let last_sample =
            gpus.iter().filter_map(|gpu| gpu.totals.map(|totals| totals.read_at)).max();
        Snapshot {
            at: now,
            started: self.started,
            gpus,
            grid: self.grid_view(now),
            pue: self.settings.pue,
            last_sample,
            trouble: self.trouble.clone(),
            stale_after: self.settings.stale_after,
            process: None,
        }
    }

    /// Plans as of the present slot.
    fn plan(&mut self, now: Timestamp) {
        let ahead = self.grid.intensities.ahead.as_deref();
        let best = ahead.map(|ahead| outlook::best_starts(ahead, now, &self.settings.wishes));
        self.planned = (now.floor_to(schedule::STEP), best.unwrap_or_default());
    }

    fn grid_view(&self, now: Timestamp) -> GridView {
        let Grid { zone, intensities, requests } = &*self.grid;
        let present = intensities.shown.as_deref().and_then(|shown| {
            let Origin { source, quality, .. } = intensities.origin(now)?;
            Some(Present { intensity: shown.at(now).intensity?, source, quality })
        });
        let valid_from = intensities.prices.as_deref().filter(|_| intensities.timed);
        let valid_from = valid_from.and_then(|prices| {
            let (moment, _) = prices.latest(now)?;
            Some((moment, intensities.origin(moment)?.source))
        });
        let horizons = intensities.ahead.as_deref().map(|ahead| outlook::horizons(ahead, now));
        GridView {
            zone: Arc::clone(zone),
            signal: intensities.signal,
            present,
            valid_from,
            outlook: Outlook {
                horizons: horizons.unwrap_or_default(),
                best_starts: Arc::clone(&self.planned.1),
            },
            threshold: self.settings.threshold,
            requests: requests.clone(),
        }
    }

    /// Blames a failure on the GPU at a place, or on the one that was last seen there.
    fn fail(&mut self, index: u32, kind: &'static str, now: Timestamp) {
        let stands = self.gpus.iter().position(|gpu| gpu.is_at(index));
        let stood = || self.gpus.iter().position(|gpu| gpu.was_last_at(index));
        match stands.or_else(stood).and_then(|position| self.gpus.get_mut(position)) {
            Some(gpu) => gpu.fail(kind, now),
            None => self.gpus.push(GpuBook::never_answered(index, kind, now)),
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
mod tests;
