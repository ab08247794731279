//! Tests of revised intensities with a ledger on the disk, against an oracle that knows each flow of energy: for any
//! readings, steps of the series, revisions, failures and restarts.

use std::path::PathBuf;
use std::sync::Arc;

use gpu_carbon_core::{
    Intensity, Interval, Pue, Quality, Reading, Series, Signal, Span, Timestamp,
};
use gpu_carbon_ledger::{Ledger, MAX_INTENSITY_DELAY, Reader};
use proptest::prelude::*;
use tempfile::TempDir;

use super::host::Accounting;
use super::settings::Settings;
use crate::clock::ClockReading;
use crate::intensity::{Grid, Intensities};
use crate::ledger::{ConvertedBatch, GridIntensities, Revisions};
use crate::nvml::Identity;
use crate::sampler::{Event, PowerSampling};

const GPU: &str = "a";
/// 2026-11-24T12:00:00Z.
const NOON: i64 = 1_795_521_600;
/// The length of the series before and after noon, in seconds.
const LENGTH: i64 = 4 * 3600;

/// Energy that was used evenly in an interval.
#[derive(Debug, Clone, Copy)]
struct Used {
    from: i64,
    until: i64,
    joules: f64,
}

/// A host with one GPU, a ledger, and the oracle.
struct Host {
    _folder: TempDir,
    path: PathBuf,
    ledger: Option<Ledger>,
    accounting: Accounting,
    revisions: Revisions,
    grid: Arc<Grid>,
    step: i64,
    values: Vec<f64>,
    now: i64,
    counter: u64,
    in_flight: Option<ConvertedBatch>,
    /// The energy in the ledger, and that in memory.
    used: Vec<Used>,
    uncommitted: Vec<Used>,
    /// The number of uncommitted flows in the batch that is in flight.
    in_batch: usize,
    committed_counter: u64,
    committed_at: i64,
}

#[derive(Debug, Clone)]
enum Step {
    Read {
        seconds: i64,
        joules: u64,
    },
    /// All values so far change by a factor, and later ones at will.
    Revise {
        factor: f64,
        later: f64,
    },
    TakeBatch,
    CommitSucceeds,
    CommitFails,
    /// The process is killed, and started again after a while, in which the intensities may be revised.
    Restart {
        seconds: i64,
        joules: u64,
        factor: f64,
    },
}

fn step() -> impl Strategy<Value = Step> {
    let factor = || prop_oneof![2 => Just(1.0), 1 => 0.3..3.0];
    prop_oneof![
        6 => (1_i64..200, 0_u64..9000)
            .prop_map(|(seconds, watts)| Step::Read { seconds, joules: watts * seconds.unsigned_abs() }),
        2 => (factor(), 1.0..900.0).prop_map(|(factor, later)| Step::Revise { factor, later }),
        4 => Just(Step::TakeBatch),
        4 => Just(Step::CommitSucceeds),
        1 => Just(Step::CommitFails),
        1 => (1_i64..900, 0_u64..9000, factor()).prop_map(|(seconds, watts, factor)| {
            Step::Restart { seconds, joules: watts * seconds.unsigned_abs(), factor }
        }),
    ]
}

fn clock_at(seconds: i64) -> ClockReading {
    ClockReading::steady(Timestamp::from_unix_seconds(seconds))
}

fn accounting(ledger: &Ledger, grid: &Arc<Grid>, seconds: i64) -> Accounting {
    let settings = Settings::for_tests(Pue::from_number(1.25).unwrap());
    let now = clock_at(seconds);
    let states = ledger.state("Z", Signal::Average, now.wall).unwrap();
    let mut accounting =
        Accounting::new(settings, Arc::clone(grid), now).with_ledger(states, "boot".to_owned());
    let identity = Identity { uuid: GPU.into(), name: String::new(), pci_bus_id: String::new() };
    let (driver, power_sampling) = ("1".into(), PowerSampling::default());
    accounting.record(Event::GpuFound { index: 0, identity, driver, power_sampling }, now);
    accounting
}

impl Host {
    fn new(step: i64, values: Vec<f64>) -> Host {
        let folder = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
        let path = folder.path().join("ledger.db");
        let (ledger, _) = Ledger::open(&path, Timestamp::from_unix_seconds(NOON)).unwrap();
        let grid = grid(step, &values);
        let mut host = Host {
            _folder: folder,
            path,
            accounting: accounting(&ledger, &grid, NOON),
            ledger: Some(ledger),
            revisions: Revisions::default(),
            grid,
            step,
            values,
            now: NOON,
            counter: 1_000_000,
            in_flight: None,
            used: Vec::new(),
            uncommitted: Vec::new(),
            in_batch: 0,
            committed_counter: 1_000_000,
            committed_at: NOON,
        };
        host.read(0, 0);
        host.commit();
        host
    }

    /// The number of the value at a time.
    fn value_at(&self, seconds: i64) -> usize {
        usize::try_from((seconds - (NOON - LENGTH)).div_euclid(self.step)).unwrap()
    }

    fn read(&mut self, seconds: i64, joules: u64) {
        let from = self.now;
        self.now += seconds;
        self.counter += joules * 1000;
        let now = clock_at(self.now);
        let reading = Reading::of_counter(now.wall, now.uptime, self.counter);
        self.accounting.record(Event::Reading { uuid: GPU.into(), reading }, now);
        #[expect(clippy::cast_precision_loss, reason = "of small numbers")]
        let joules = joules as f64;
        self.uncommitted.push(Used { from, until: self.now, joules });
    }

    fn revise(&mut self, factor: f64, later: f64) {
        let current = self.value_at(self.now);
        for (number, value) in self.values.iter_mut().enumerate() {
            *value = if number <= current { *value * factor } else { later };
        }
        self.grid = grid(self.step, &self.values);
    }

    fn take_batch(&mut self) {
        let wall = clock_at(self.now).wall;
        self.revisions.update(&self.grid, Interval::new(wall - MAX_INTENSITY_DELAY, wall));
        // As the client does: first what the ledger holds is restated.
        if let Some(changed) = self.revisions.take() {
            let ledger = self.ledger.as_mut().unwrap();
            let revisions = ledger.restate(&GridIntensities(&self.grid), changed).unwrap();
            self.accounting.restate(&revisions);
        }
        self.in_flight = self.accounting.take_batch(wall);
        self.in_batch = self.uncommitted.len();
    }

    fn succeed(&mut self) {
        let Some(ConvertedBatch { batch, converted, grid, .. }) = self.in_flight.take() else {
            return;
        };
        let last = batch.gpus[0].last.clone().unwrap();
        let ledger = self.ledger.as_mut().unwrap();
        ledger.write_converted(&batch, &converted, &GridIntensities(&grid)).unwrap();
        self.accounting.finish_commit(false);
        self.used.extend(self.uncommitted.drain(..self.in_batch));
        self.committed_counter = last.millijoules.unwrap();
        self.committed_at = last.at.as_unix_micros() / 1_000_000;
    }

    fn commit(&mut self) {
        self.fail();
        self.take_batch();
        self.succeed();
    }

    fn fail(&mut self) {
        if self.in_flight.take().is_some() {
            self.accounting.abort_commit();
        }
    }

    fn apply(&mut self, step: Step) {
        match step {
            Step::Read { seconds, joules } => self.read(seconds, joules),
            Step::Revise { factor, later } => {
                self.revise(factor, later);
                self.accounting.set_grid(Arc::clone(&self.grid), clock_at(self.now).wall);
            }
            Step::TakeBatch if self.in_flight.is_none() => self.take_batch(),
            Step::TakeBatch => {}
            Step::CommitSucceeds => self.succeed(),
            Step::CommitFails => self.fail(),
            Step::Restart { seconds, joules, factor } => {
                self.in_flight = None;
                self.ledger = None;
                self.revise(factor, 77.0);
                let now = clock_at(self.now).wall;
                let ledger = Ledger::open(&self.path, now).unwrap().0;
                self.accounting = accounting(&ledger, &self.grid, self.now);
                (self.ledger, self.revisions) = (Some(ledger), Revisions::default());
                self.read(seconds, joules);
                // All since the last commit is recovered, spread evenly.
                #[expect(clippy::cast_precision_loss, reason = "of small numbers")]
                let joules = (self.counter - self.committed_counter) as f64 / 1000.0;
                let recovered = Used { from: self.committed_at, until: self.now, joules };
                self.uncommitted = vec![recovered];
            }
        }
    }

    /// The emissions of all energy by the newest values, by definition.
    fn expected_grams(&self) -> f64 {
        let mut grams = 0.0;
        for used in self.used.iter().filter(|used| used.joules > 0.0) {
            for number in self.value_at(used.from)..=self.value_at(used.until) {
                let start = NOON - LENGTH + i64::try_from(number).unwrap() * self.step;
                let common = used.until.min(start + self.step) - used.from.max(start);
                #[expect(clippy::cast_precision_loss, reason = "of small numbers")]
                let share = common as f64 / (used.until - used.from) as f64;
                grams += used.joules / 3.6e6 * share * 1.25 * self.values[number];
            }
        }
        grams
    }
}

fn grid(step: i64, values: &[f64]) -> Arc<Grid> {
    let points = values.iter().zip(0..).map(|(&grams, number)| {
        let at = Timestamp::from_unix_seconds(NOON - LENGTH + number * step);
        (at, Intensity::from_grams_per_kilowatt_hour(grams).unwrap())
    });
    let step = Span::from_seconds(step.unsigned_abs());
    let series = Some(Arc::new(Series::with_step(points.collect(), step).unwrap()));
    let intensities = Intensities::uniform(series, Signal::Average, "x", Quality::Measured, true);
    Arc::new(Grid::new("Z", intensities, [].into()))
}

fn near(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-9 * a.abs().max(b.abs()).max(1.0)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn revisions_and_restarts_conserve_emissions_for_any_steps(
        length in prop::sample::select(vec![20_i64, 60, 90, 300, 420, 1800]),
        values in prop::collection::vec(1.0..900.0_f64, 3 * 3600),
        steps in prop::collection::vec(step(), 1..40),
    ) {
        let count = usize::try_from(2 * LENGTH / length).unwrap();
        let values: Vec<f64> = values.into_iter().cycle().take(count).collect();
        let mut host = Host::new(length, values);
        for step in steps {
            host.apply(step);
        }
        host.commit();
        host.commit(); // what failed before, too
        let expected = host.expected_grams();
        let reader = Reader::open(&host.path).unwrap();
        let mut grams = 0.0;
        if let Some(all) = reader.extent() {
            reader.usage_rows(all, |row| grams += row.grams.unwrap_or(f64::NAN)).unwrap();
        }
        prop_assert!(near(grams, expected), "{grams} g in the rows, and {expected} g were emitted");
        let now = clock_at(host.now).wall;
        let totals = host.accounting.snapshot(now).gpus[0].totals.unwrap();
        let best = totals.best_estimate.unwrap().as_grams();
        prop_assert!(near(best, expected), "{best} g published, and {expected} g were emitted");
    }
}
