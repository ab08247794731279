//! Keeps the books: what each GPU used and emitted, from what the samplers tell and the grid's intensity.
//! One thread owns them, so nothing is locked; what they show is published as a snapshot.

mod gpu;

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use gpu_carbon_core::{Intensity, Mass, Pricing, Ratio, Span, Timestamp};

use crate::clock;
use crate::intensity::Grid;
use crate::process;
use crate::sampler::Event;
use crate::snapshot::{Board, GridView, Snapshot};
use gpu::GpuBook;

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
}

/// The books of one host.
#[derive(Debug)]
pub struct Books {
    settings: Settings,
    started: Timestamp,
    gpus: Vec<GpuBook>,
    grid: Arc<Grid>,
    trouble: Option<String>,
}

/// What changes without an event, such as the age of a reading, is looked at this often.
const TICK: Duration = Duration::from_secs(1);

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
            let now = clock::now();
            books.set_grid(grid.read());
            match first {
                Ok(event) => {
                    books.enter(event);
                    events.try_iter().for_each(|event| books.enter(event));
                }
                Err(RecvTimeoutError::Timeout) => {
                    due = Instant::now() + TICK;
                    books.notice_silence(now);
                    process = process::read();
                }
                Err(RecvTimeoutError::Disconnected) => return,
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
        Books { settings, started: now, gpus: Vec::new(), grid, trouble: None }
    }

    /// Takes a newer series, and prices what waited for it.
    pub fn set_grid(&mut self, newest: Arc<Grid>) {
        if Arc::ptr_eq(&self.grid, &newest) {
            return;
        }
        self.grid = newest;
        if let Some(series) = &self.grid.series {
            let pricing = Pricing { series, pue: self.settings.pue };
            self.gpus.iter_mut().for_each(|gpu| gpu.reprice(&pricing));
        }
    }

    /// Enters what a sampler told.
    pub fn enter(&mut self, event: Event) {
        match event {
            Event::Counted(0) => self.trouble = Some("NVML answers, and counts no GPU".to_owned()),
            Event::Counted(_) => self.trouble = None,
            Event::NoDriver(why) => {
                self.gpus.iter_mut().for_each(GpuBook::lose);
                self.trouble = Some(why);
            }
            Event::Found { index, identity, method } => {
                self.clear_place(index, &identity.uuid);
                let settings = &self.settings;
                match self.gpus.iter_mut().find(|gpu| gpu.uuid() == Some(&identity.uuid)) {
                    Some(gpu) => gpu.found_again(index, method),
                    None => self.gpus.push(GpuBook::found(index, identity, method, settings)),
                }
            }
            Event::Read { uuid, reading, power } => {
                let pricing = self.grid.series.as_deref();
                let pricing = pricing.map(|series| Pricing { series, pue: self.settings.pue });
                if let Some(gpu) = self.gpus.iter_mut().find(|gpu| gpu.uuid() == Some(&uuid)) {
                    gpu.read(reading, power, pricing.as_ref());
                }
            }
            Event::Failed { index, kind } => {
                match self.gpus.iter_mut().find(|gpu| gpu.is_at(index)) {
                    Some(gpu) => gpu.fail(kind),
                    None => self.gpus.push(GpuBook::never_answered(index, kind)),
                }
            }
            Event::Moved => {
                self.gpus.retain(|gpu| gpu.uuid().is_some());
                self.gpus.iter_mut().for_each(GpuBook::displace);
            }
        }
    }

    /// A GPU that was silent for too long hangs.
    pub fn notice_silence(&mut self, now: Timestamp) {
        for gpu in &mut self.gpus {
            gpu.notice_silence(now, self.settings.stale_after);
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

    fn grid_view(&self, now: Timestamp) -> GridView {
        let grid = &self.grid;
        let series = grid.series.as_deref();
        GridView {
            zone: Arc::clone(&grid.zone),
            signal: grid.signal,
            source: grid.source,
            quality: grid.quality,
            intensity: series.and_then(|series| series.at(now).intensity),
            valid_from: series
                .filter(|_| grid.timed)
                .and_then(|series| series.latest(now))
                .map(|(moment, _)| moment),
            threshold: self.settings.threshold,
            requests: grid.requests,
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
mod tests {
    use super::*;
    use crate::nvml::{EnergyMethod, Identity};
    use gpu_carbon_core::{Quality, Reading, Series, Signal};

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_unix_seconds(seconds)
    }

    fn grid(series: Option<Series>) -> Arc<Grid> {
        Arc::new(Grid {
            series: series.map(Arc::new),
            zone: "X".into(),
            signal: Signal::Marginal,
            source: "file",
            quality: Quality::Measured,
            timed: true,
            requests: [("success", 1), ("failure", 0)],
        })
    }

    fn books() -> Books {
        let settings = Settings {
            pue: Ratio::from_number(1.5).unwrap(),
            threshold: Intensity::ZERO,
            stale_after: Span::from_seconds(5),
            manufacture: None,
            lifespan: Span::from_days(1460),
        };
        Books::new(settings, grid(None), at(0))
    }

    fn found(index: u32, uuid: &str) -> Event {
        let identity =
            Identity { uuid: uuid.into(), name: String::new(), pci_bus_id: String::new() };
        Event::Found { index, identity, method: EnergyMethod::Counter }
    }

    fn read(uuid: &str, seconds: i64, joules: u64) -> Event {
        let reading = Reading::Counter { at: at(seconds), millijoules: joules * 1000 };
        Event::Read { uuid: uuid.into(), reading, power: None }
    }

    #[test]
    fn a_price_that_comes_late_is_paid_with_the_overhead_of_the_data_centre() {
        let mut books = books();
        for event in [found(0, "a"), read("a", 0, 0), read("a", 10, 3_600)] {
            books.enter(event);
        }
        let before = books.snapshot(at(10));
        let totals = before.gpus[0].totals.unwrap();
        assert_eq!((totals.unpriced.as_joules(), totals.emissions), (3_600.0, Mass::ZERO));
        assert_eq!(before.gpus[0].power.unwrap().as_watts(), 360.0, "from the counter");

        let price = Intensity::from_grams_per_kilowatt_hour(400.0).unwrap();
        books.set_grid(grid(Some(Series::constant(price))));
        let totals = books.snapshot(at(10)).gpus[0].totals.unwrap();
        assert_eq!((totals.unpriced.as_joules(), totals.emissions.as_grams()), (0.0, 0.6));
    }

    #[test]
    fn a_silent_gpu_is_down_and_counted_once() {
        let mut books = books();
        for event in [found(0, "a"), read("a", 0, 0), found(1, "b"), read("b", 6, 0)] {
            books.enter(event);
        }
        for now in [5, 6, 7] {
            books.notice_silence(at(now));
        }
        let snapshot = books.snapshot(at(7));
        assert_eq!(snapshot.gpus[0].errors, [("hang", 1)]);
        assert!(!snapshot.gpus[0].up && snapshot.gpus[1].up);
        assert_eq!(snapshot.readiness(at(7)), Ok(()));
        assert!(snapshot.readiness(at(12)).unwrap_err().contains("no GPU was read for 6 s"));
    }

    #[test]
    fn totals_follow_the_gpu_and_not_its_place() {
        let mut books = books();
        for event in [found(0, "a"), read("a", 0, 0), read("a", 1, 100), Event::Moved] {
            books.enter(event);
        }
        assert!(!books.snapshot(at(1)).gpus[0].up);
        for event in [found(0, "b"), read("b", 1, 7), found(1, "a"), read("a", 2, 300)] {
            books.enter(event);
        }
        let snapshot = books.snapshot(at(2));
        let shown: Vec<_> = snapshot
            .gpus
            .iter()
            .map(|gpu| {
                (
                    gpu.index,
                    &*gpu.identity.as_ref().unwrap().uuid,
                    gpu.totals.unwrap().energy.as_joules(),
                )
            })
            .collect();
        assert_eq!(shown, [(0, "b", 0.0), (1, "a", 300.0)]);
    }

    #[test]
    fn a_place_that_never_answered_makes_way() {
        let mut books = books();
        books.enter(Event::Failed { index: 0, kind: "gpu_lost" });
        books.enter(Event::Failed { index: 0, kind: "gpu_lost" });
        let silent = books.snapshot(at(1));
        assert!(silent.gpus[0].identity.is_none() && silent.gpus[0].totals.is_none());
        assert_eq!(silent.gpus[0].errors, [("gpu_lost", 2)]);
        books.enter(found(0, "a"));
        assert_eq!(books.snapshot(at(2)).gpus.len(), 1);
    }

    #[test]
    fn no_driver_is_the_reason_that_is_given() {
        let mut books = books();
        books.enter(Event::NoDriver("NVML (x): no".to_owned()));
        assert_eq!(books.snapshot(at(1)).readiness(at(1)), Err("NVML (x): no".to_owned()));
        books.enter(Event::Counted(0));
        assert_eq!(
            books.snapshot(at(1)).readiness(at(1)),
            Err("NVML answers, and counts no GPU".to_owned())
        );
    }
}
