//! Accounting with a ledger, beside a ledger that is a table in memory: whatever comes, in whatever order.

use std::collections::BTreeMap;

use gpu_carbon_core::{Quality, Reading, SLOT, Series, Signal};
use gpu_carbon_ledger::{EnergySource, GpuTotals, LastReading, PendingEnergy};
use proptest::prelude::*;

use super::*;
use crate::intensity::Intensities;
use crate::nvml::{EnergyMethod, Identity};
use crate::snapshot::Totals;

const GPU: &str = "a";

/// What stands in the ledger.
#[derive(Debug, Clone, Default)]
struct Table {
    totals: Option<GpuTotals>,
    last: Option<LastReading>,
    /// Joules and grams, by slot, way, and whether they have a price.
    rows: BTreeMap<(Timestamp, EnergySource, bool), (f64, f64)>,
    present: f64,
}

impl Table {
    fn write(&mut self, batch: Batch) {
        for gpu in batch.gpus {
            let restated = self.totals.map_or(0.0, |totals| totals.restated_grams);
            self.totals = Some(GpuTotals { restated_grams: restated, ..gpu.totals });
            self.last = gpu.last;
            for posting in gpu.postings {
                let key = (posting.slot, posting.source, posting.origin.intensity_source.is_some());
                let row = self.rows.entry(key).or_default();
                row.0 += posting.energy_joules;
                row.1 += posting.emissions_grams;
            }
            self.present += gpu.presence.iter().map(|presence| presence.seconds).sum::<f64>();
        }
    }

    /// Revises every price there is, as the ledger would.
    fn restate(&mut self, factor: f64) -> Vec<Revision> {
        let Some(totals) = &mut self.totals else { return Vec::new() };
        let mut grams = 0.0;
        for row in self.rows.iter_mut().filter(|((_, _, priced), _)| *priced).map(|(_, row)| row) {
            grams += row.1 * (factor - 1.0);
            row.1 *= factor;
        }
        totals.restated_grams += grams;
        vec![Revision { uuid: GPU.to_owned(), grams }]
    }

    fn state(&self, pue: Pue) -> Vec<GpuState> {
        let Some(totals) = self.totals else { return Vec::new() };
        let waits = self.rows.iter().filter(|((_, _, priced), row)| !priced && row.0 > 1e-6);
        let waiting = waits.map(|(&(slot, how, _), row)| PendingEnergy {
            slot,
            pue,
            source: how,
            energy_joules: row.0,
        });
        vec![GpuState {
            uuid: GPU.to_owned(),
            name: String::new(),
            index: 0,
            totals,
            last: self.last.clone(),
            pending: waiting.collect(),
            given_up_joules: 0.0,
        }]
    }

    #[track_caller]
    fn check(&self) {
        let Some(totals) = self.totals else { return };
        let joules: f64 = self.rows.values().map(|row| row.0).sum();
        let grams: f64 = self.rows.values().map(|row| row.1).sum();
        assert!(near(joules, totals.energy_joules), "{joules} J, and the total is {totals:?}");
        let emitted = totals.emissions_grams + totals.restated_grams;
        assert!(near(grams, emitted), "{grams} g, and the total is {totals:?}");
        assert!(totals.published_grams >= emitted - 1e-9);
        let worst = self.rows.values().map(|row| row.0).fold(0.0, f64::min);
        assert!(worst > -1e-6, "a row of {worst} J");
    }
}

fn near(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-9 * a.abs().max(b.abs()).max(1.0)
}

/// A host whose GPU works, with what its counter stands at.
struct Host {
    table: Table,
    accounting: Accounting,
    seconds: i64,
    counter: u64,
    grid: Arc<Grid>,
    in_flight: Option<Batch>,
    shown: Option<Totals>,
    ahead: bool,
}

#[derive(Debug, Clone)]
enum Step {
    Read {
        seconds: i64,
        joules: u64,
    },
    /// The grid is known for so many slots, from a slot on.
    Price {
        from: i64,
        slots: i64,
        grams: f64,
    },
    Take,
    Written,
    Failed,
    Revised(f64),
    /// The disk is slow: what is counted is published ahead.
    Ahead,
    /// SIGKILL, and back after so long.
    Killed {
        seconds: i64,
        joules: u64,
    },
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (1_i64..400, 0_u64..9000).prop_map(|(seconds, watts)| Step::Read { seconds, joules: watts * seconds.unsigned_abs() }),
        2 => (0_i64..30, 1_i64..30, 0.0..900.0)
            .prop_map(|(from, slots, grams)| Step::Price { from, slots, grams }),
        4 => Just(Step::Take),
        4 => Just(Step::Written),
        1 => Just(Step::Failed),
        1 => (0.5..1.5).prop_map(Step::Revised),
        1 => (1_i64..4000, 0_u64..9000).prop_map(|(seconds, watts)| Step::Killed { seconds, joules: watts * seconds.unsigned_abs() }),
    ]
}

fn pue() -> Pue {
    Pue::from_number(1.25).unwrap()
}

fn moment(seconds: i64) -> ClockReading {
    ClockReading::steady(Timestamp::from_unix_seconds(seconds))
}

fn pending() -> Arc<Grid> {
    grid(None)
}

fn grid(series: Option<Series>) -> Arc<Grid> {
    let series = series.map(Arc::new);
    let intensities = Intensities::uniform(series, Signal::Average, "x", Quality::Measured, true);
    Arc::new(Grid::new("Z", intensities, [].into()))
}

impl Host {
    fn new() -> Host {
        let grid = pending();
        let (table, accounting) = (Table::default(), accounting(Vec::new(), &grid, 0));
        let mut host = Host {
            table,
            accounting,
            seconds: 0,
            counter: 1_000_000,
            grid,
            in_flight: None,
            shown: None,
            ahead: false,
        };
        host.read(0, 0);
        host
    }

    fn read(&mut self, seconds: i64, joules: u64) {
        self.seconds += seconds;
        self.counter += joules * 1000;
        let now = moment(self.seconds);
        let reading = Reading::Counter { at: now.wall, millijoules: self.counter };
        let event = Event::Reading { uuid: GPU.into(), reading, uptime: now.uptime, power: None };
        self.accounting.enter(event, now);
    }

    fn live(&mut self, step: Step) {
        let now = moment(self.seconds);
        match step {
            Step::Read { seconds, joules } => self.read(seconds, joules),
            Step::Price { from, slots, grams } => {
                let intensity = Intensity::from_grams_per_kilowatt_hour(grams).unwrap();
                let slot = |slot| (Timestamp::from_unix_seconds(slot * 300), intensity);
                let points = (from..from + slots).map(slot).collect();
                self.grid = grid(Some(Series::with_step(points, SLOT).unwrap()));
                self.accounting.set_grid(Arc::clone(&self.grid), now.wall);
            }
            Step::Take if self.in_flight.is_none() => {
                self.in_flight = self.accounting.take_batch(now.wall)
            }
            Step::Written => {
                if let Some(batch) = self.in_flight.take() {
                    self.table.write(batch);
                    self.accounting.committed(std::mem::take(&mut self.ahead));
                    self.table.check();
                }
            }
            Step::Failed => {
                self.in_flight = None;
                self.accounting.failed();
            }
            Step::Revised(factor) if self.in_flight.is_none() => {
                self.accounting.revise(&self.table.restate(factor));
            }
            Step::Ahead => {
                self.ahead = true;
                self.accounting.publish_uncommitted();
            }
            Step::Killed { seconds, joules } => {
                self.in_flight = None;
                self.accounting = accounting(self.table.state(pue()), &self.grid, self.seconds);
                self.read(seconds, joules);
            }
            Step::Take | Step::Revised(_) => {}
        }
        self.look();
    }

    /// No counter ever falls.
    #[track_caller]
    fn look(&mut self) {
        let Some(totals) = self.accounting.snapshot(moment(self.seconds).wall).gpus[0].totals
        else {
            return;
        };
        if let Some(shown) = self.shown {
            assert!(totals.energy >= shown.energy, "{shown:?}, then {totals:?}");
            assert!(totals.emissions >= shown.emissions, "{shown:?}, then {totals:?}");
            assert!(totals.unseen >= shown.unseen && totals.recovered >= shown.recovered);
        }
        self.shown = Some(totals);
    }
}

fn accounting(states: Vec<GpuState>, grid: &Arc<Grid>, seconds: i64) -> Accounting {
    let settings = Settings {
        pue: pue(),
        threshold: Intensity::ZERO,
        stale_after: Span::from_seconds(5),
        manufacture: None,
        lifespan: Span::from_days(1460),
        forecast_jobs: Vec::new(),
    };
    let now = moment(seconds);
    let mut accounting =
        Accounting::new(settings, Arc::clone(grid), now).with_ledger(states, "boot".to_owned());
    let identity = Identity { uuid: GPU.into(), name: String::new(), pci_bus_id: String::new() };
    let driver = "1".into();
    accounting
        .enter(Event::GpuFound { index: 0, identity, method: EnergyMethod::Counter, driver }, now);
    accounting
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn whatever_comes_the_ledger_adds_up_and_no_counter_falls(steps in proptest::collection::vec(step(), 1..60)) {
        let mut host = Host::new();
        // What is never written is never known: the first reading is.
        for step in [Step::Take, Step::Written].into_iter().chain(steps) {
            host.live(step);
        }
        host.live(Step::Failed);
        host.live(Step::Take);
        host.live(Step::Written);
        let totals = host.table.totals.unwrap();
        // All that the counter showed is there, whoever was killed when.
        let flowed = (host.counter - 1_000_000) as f64 / 1000.0;
        prop_assert!(near(totals.energy_joules, flowed), "{} J of {flowed}", totals.energy_joules);
        prop_assert!(near(host.table.present, host.seconds as f64), "{} s", host.table.present);
        let recovered: f64 = host.table.rows.iter().filter(|((_, how, _), _)| *how == EnergySource::Recovered).map(|(_, row)| row.0).sum();
        prop_assert!(near(totals.recovered_joules, recovered));
        let prices = host.grid.intensities.prices.as_deref();
        for ((slot, _, priced), row) in &host.table.rows {
            let known = prices.and_then(|prices| prices.at(*slot).intensity);
            prop_assert!(*priced || row.0 < 1e-6 || known.is_none(), "{} J wait in vain", row.0);
        }
    }

    /// Ahead of a slow disk, nothing falls either, for as long as nobody is killed.
    #[test]
    fn ahead_of_a_slow_disk_no_counter_falls(steps in proptest::collection::vec(prop_oneof![4 => step(), 1 => Just(Step::Ahead)], 1..60)) {
        let mut host = Host::new();
        for step in steps.into_iter().filter(|step| !matches!(step, Step::Killed { .. })) {
            host.live(step);
        }
    }
}

#[test]
fn a_new_ledger_is_told_all_that_waits() {
    let mut host = Host::new();
    for step in [Step::Read { seconds: 200, joules: 700 }, Step::Take, Step::Written] {
        host.live(step);
    }
    host.live(Step::Read { seconds: 200, joules: 500 });
    let _ = host.accounting.take_batch(moment(400).wall).unwrap();
    host.accounting.begin_anew();
    host.table = Table::default();
    host.live(Step::Take);
    host.live(Step::Written);
    assert_eq!(host.table.totals.unwrap().energy_joules, 1200.0);
    let price = Step::Price { from: 0, slots: 2, grams: 3600.0 / 1.25 };
    for step in [price, Step::Take, Step::Written] {
        host.live(step);
    }
    assert_eq!(
        host.accounting.snapshot(moment(400).wall).gpus[0].totals.unwrap().pending,
        gpu_carbon_core::Energy::ZERO
    );
    let waits: f64 =
        host.table.rows.iter().filter(|((_, _, priced), _)| !priced).map(|(_, row)| row.0).sum();
    assert!(waits.abs() < 1e-9, "{waits} J");
}
