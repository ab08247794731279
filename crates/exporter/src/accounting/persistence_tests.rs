//! Tests of the accounting with a ledger that is a table in memory, for any events in any order.

use std::collections::BTreeMap;
use std::sync::Arc;

use gpu_carbon_core::{Energy, Intensity, Pue, Quality, Reading, SLOT, Series, Signal, Timestamp};
use gpu_carbon_ledger::{
    Batch, EnergySource, GpuState, GpuTotals, LastReading, PendingEnergy, Revision,
};
use proptest::prelude::*;

mod new_ledger;
mod share_table;

use self::share_table::{Holders, ShareTable};
use super::host::Accounting;
use super::settings::Settings;
use crate::clock::ClockReading;
use crate::intensity::{Grid, Intensities};
use crate::nvml::Identity;
use crate::sampler::{Event, PowerSampling};
use crate::snapshot::Totals;

const GPU: &str = "a";

/// The properties that energy of one row shares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct RowKey {
    slot: Timestamp,
    source: EnergySource,
    is_converted: bool,
}

#[derive(Debug, Clone, Copy, Default)]
struct Row {
    joules: f64,
    grams: f64,
}

/// The content of the ledger.
#[derive(Debug, Clone, Default)]
struct Table {
    totals: Option<GpuTotals>,
    last: Option<LastReading>,
    rows: BTreeMap<RowKey, Row>,
    shares: ShareTable,
    present_seconds: f64,
}

impl Table {
    fn write(&mut self, batch: Batch) {
        for gpu in batch.gpus {
            let restated = self.totals.map_or(0.0, |totals| totals.restated_grams);
            self.totals = Some(GpuTotals { restated_grams: restated, ..gpu.totals });
            self.last = gpu.last;
            for posting in gpu.postings {
                let is_converted = posting.origin.intensity_source.is_some();
                let key = RowKey { slot: posting.slot, source: posting.source, is_converted };
                let row = self.rows.entry(key).or_default();
                row.joules += posting.energy_joules;
                row.grams += posting.emissions_grams;
            }
            self.shares.write(gpu.shares);
            let seconds = gpu.presence.iter().map(|presence| presence.seconds);
            self.present_seconds += seconds.sum::<f64>();
        }
    }

    /// Revises all intensities by a factor, as the ledger would.
    fn restate(&mut self, factor: f64) -> Vec<Revision> {
        let Some(totals) = &mut self.totals else { return Vec::new() };
        let mut grams = 0.0;
        for (_, row) in self.rows.iter_mut().filter(|(key, _)| key.is_converted) {
            grams += row.grams * (factor - 1.0);
            row.grams *= factor;
        }
        totals.restated_grams += grams;
        vec![Revision { uuid: GPU.to_owned(), grams, shares: self.shares.restate(grams) }]
    }

    fn state(&self, pue: Pue) -> Vec<GpuState> {
        let Some(totals) = self.totals else { return Vec::new() };
        let pending = self.rows.iter().filter(|(key, row)| !key.is_converted && row.joules > 1e-6);
        let pending = pending.map(|(key, row)| PendingEnergy {
            slot: key.slot,
            pue,
            source: key.source,
            energy_joules: row.joules,
        });
        vec![GpuState {
            uuid: GPU.to_owned(),
            name: String::new(),
            index: 0,
            totals,
            last: self.last.clone(),
            pending: pending.collect(),
            given_up_joules: 0.0,
            shares: self.shares.state(),
        }]
    }

    fn pending_joules(&self) -> f64 {
        let pending = self.rows.iter().filter(|(key, _)| !key.is_converted);
        pending.map(|(_, row)| row.joules).sum()
    }

    fn joules_by_slot(&self) -> BTreeMap<Timestamp, f64> {
        let mut joules = BTreeMap::new();
        for (key, row) in &self.rows {
            *joules.entry(key.slot).or_insert(0.0) += row.joules;
        }
        joules
    }

    #[track_caller]
    fn check(&self) {
        let Some(totals) = self.totals else { return };
        let joules: f64 = self.rows.values().map(|row| row.joules).sum();
        let grams: f64 = self.rows.values().map(|row| row.grams).sum();
        assert!(near(joules, totals.energy_joules), "{joules} J, and the total is {totals:?}");
        let emitted = totals.emissions_grams + totals.restated_grams;
        assert!(near(grams, emitted), "{grams} g, and the total is {totals:?}");
        assert!(totals.published_grams >= emitted - 1e-9);
        self.shares.check(&totals, self.joules_by_slot(), self.present_seconds);
        let least = self.rows.values().map(|row| row.joules).fold(0.0, f64::min);
        assert!(least > -1e-6, "a row of {least} J");
    }
}

fn near(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-9 * a.abs().max(b.abs()).max(1.0)
}

/// A host with one GPU that works.
struct Host {
    table: Table,
    accounting: Accounting,
    holders: Holders,
    seconds: i64,
    counter: u64,
    grid: Arc<Grid>,
    in_flight: Option<Batch>,
    published: Option<Totals>,
    is_published_ahead: bool,
}

#[derive(Debug, Clone)]
enum Step {
    Read {
        seconds: i64,
        joules: u64,
    },
    /// The intensity becomes known for a number of slots, and unknown for all others.
    SetIntensity {
        from: i64,
        slots: i64,
        grams: f64,
    },
    /// Another job holds the GPU, or none.
    Hold(Option<u8>),
    TakeBatch,
    CommitSucceeds,
    CommitFails,
    Restate(f64),
    /// The disk is slow, and totals are published ahead of it.
    PublishAhead,
    /// The process is killed, and started again after some time.
    Restart {
        seconds: i64,
        joules: u64,
    },
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (1_i64..400, 0_u64..9000).prop_map(|(seconds, watts)| Step::Read { seconds, joules: watts * seconds.unsigned_abs() }),
        2 => (0_i64..30, 1_i64..30, 0.0..900.0)
            .prop_map(|(from, slots, grams)| Step::SetIntensity { from, slots, grams }),
        2 => prop::option::of(0..3_u8).prop_map(Step::Hold),
        4 => Just(Step::TakeBatch),
        4 => Just(Step::CommitSucceeds),
        1 => Just(Step::CommitFails),
        1 => (0.5..1.5).prop_map(Step::Restate),
        1 => (1_i64..4000, 0_u64..9000).prop_map(|(seconds, watts)| Step::Restart { seconds, joules: watts * seconds.unsigned_abs() }),
    ]
}

fn pue() -> Pue {
    Pue::from_number(1.25).unwrap()
}

fn clock_at(seconds: i64) -> ClockReading {
    ClockReading::steady(Timestamp::from_unix_seconds(seconds))
}

fn grid(series: Option<Series>) -> Arc<Grid> {
    let series = series.map(Arc::new);
    let intensities = Intensities::uniform(series, Signal::Average, "x", Quality::Measured, true);
    Arc::new(Grid::new("Z", intensities, [].into()))
}

impl Host {
    fn new() -> Host {
        Host::beginning_at(0)
    }

    fn beginning_at(seconds: i64) -> Host {
        let grid = grid(None);
        let holders = Holders::new();
        let accounting = accounting(Vec::new(), &grid, seconds, &holders);
        let mut host = Host {
            table: Table::default(),
            accounting,
            holders,
            seconds,
            counter: 1_000_000,
            grid,
            in_flight: None,
            published: None,
            is_published_ahead: false,
        };
        host.read(0, 0);
        host
    }

    fn read(&mut self, seconds: i64, joules: u64) {
        self.seconds += seconds;
        self.counter += joules * 1000;
        let now = clock_at(self.seconds);
        self.holders.publish(now);
        self.accounting.refresh_holders(now);
        let reading = Reading::of_counter(now.wall, now.uptime, self.counter);
        self.accounting.record(Event::Reading { uuid: GPU.into(), reading }, now);
    }

    fn commit(&mut self) {
        self.apply(Step::TakeBatch);
        self.apply(Step::CommitSucceeds);
    }

    fn apply(&mut self, step: Step) {
        let now = clock_at(self.seconds);
        match step {
            Step::Read { seconds, joules } => self.read(seconds, joules),
            Step::SetIntensity { from, slots, grams } => {
                let intensity = Intensity::from_grams_per_kilowatt_hour(grams).unwrap();
                let slot = |slot| (Timestamp::from_unix_seconds(slot * 300), intensity);
                let points = (from..from + slots).map(slot).collect();
                self.grid = grid(Some(Series::with_step(points, SLOT).unwrap()));
                self.accounting.set_grid(Arc::clone(&self.grid), now.wall);
            }
            Step::Hold(job) => self.holders.hold(job, now.wall),
            Step::TakeBatch if self.in_flight.is_none() => {
                self.in_flight = self.accounting.take_batch(now.wall).map(|it| it.batch)
            }
            Step::CommitSucceeds => {
                if let Some(batch) = self.in_flight.take() {
                    self.table.write(batch);
                    self.accounting.finish_commit(std::mem::take(&mut self.is_published_ahead));
                    self.table.check();
                }
            }
            Step::CommitFails => {
                self.in_flight = None;
                self.accounting.abort_commit();
            }
            Step::Restate(factor) if self.in_flight.is_none() => {
                self.accounting.restate(&self.table.restate(factor));
            }
            Step::PublishAhead => {
                self.is_published_ahead = true;
                self.accounting.publish_uncommitted();
            }
            Step::Restart { seconds, joules } => {
                self.in_flight = None;
                self.holders.restart(clock_at(self.seconds + seconds).wall);
                let states = self.table.state(pue());
                self.accounting = accounting(states, &self.grid, self.seconds, &self.holders);
                self.read(seconds, joules);
            }
            Step::TakeBatch | Step::Restate(_) => {}
        }
        self.check();
    }

    /// Checks that no counter falls.
    #[track_caller]
    fn check(&mut self) {
        let Some(totals) = self.accounting.snapshot(clock_at(self.seconds).wall).gpus[0].totals
        else {
            return;
        };
        if let Some(published) = self.published {
            assert!(totals.energy >= published.energy, "{published:?}, then {totals:?}");
            assert!(totals.emissions >= published.emissions, "{published:?}, then {totals:?}");
            assert!(totals.unseen >= published.unseen && totals.recovered >= published.recovered);
        }
        self.published = Some(totals);
    }
}

fn accounting(
    states: Vec<GpuState>,
    grid: &Arc<Grid>,
    seconds: i64,
    holders: &Holders,
) -> Accounting {
    let (settings, now) = (Settings::for_tests(pue()), clock_at(seconds));
    let accounting =
        Accounting::new(settings, Arc::clone(grid), now).with_ledger(states, "boot".to_owned());
    let mut accounting = holders.divide(accounting);
    let identity = Identity { uuid: GPU.into(), name: String::new(), pci_bus_id: String::new() };
    let driver = "1".into();
    let power_sampling = PowerSampling::default();
    accounting.record(Event::GpuFound { index: 0, identity, driver, power_sampling }, now);
    accounting
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn the_ledger_adds_up_and_no_counter_falls_for_any_events(steps in proptest::collection::vec(step(), 1..60)) {
        let mut host = Host::new();
        // The first reading is written, so that a restart resumes from it.
        for step in [Step::TakeBatch, Step::CommitSucceeds].into_iter().chain(steps) {
            host.apply(step);
        }
        host.apply(Step::CommitFails);
        host.apply(Step::TakeBatch);
        host.apply(Step::CommitSucceeds);
        let totals = host.table.totals.unwrap();
        // The ledger holds all that the counter reported, whenever the process was killed.
        let flowed = (host.counter - 1_000_000) as f64 / 1000.0;
        prop_assert!(near(totals.energy_joules, flowed), "{} J of {flowed}", totals.energy_joules);
        prop_assert!(near(host.table.present_seconds, host.seconds as f64), "{} s", host.table.present_seconds);
        let recovered = host.table.rows.iter().filter(|(key, _)| key.source == EnergySource::Recovered);
        let recovered: f64 = recovered.map(|(_, row)| row.joules).sum();
        prop_assert!(near(totals.recovered_joules, recovered));
        let series = host.grid.intensities.converting.as_deref();
        for (key, row) in host.table.rows.iter().filter(|(key, _)| !key.is_converted) {
            let known = series.and_then(|series| series.at(key.slot).intensity);
            prop_assert!(row.joules < 1e-6 || known.is_none(), "{} J are still pending", row.joules);
        }
    }

    /// Holds as long as the process is not killed.
    #[test]
    fn no_counter_falls_when_it_is_published_ahead_of_a_slow_disk(steps in proptest::collection::vec(prop_oneof![4 => step(), 1 => Just(Step::PublishAhead)], 1..60)) {
        let mut host = Host::new();
        for step in steps.into_iter().filter(|step| !matches!(step, Step::Restart { .. })) {
            host.apply(step);
        }
    }
}

/// The GPU reports no power, so that nothing is counted while its counter is doubted: the doubt alone is written.
#[test]
fn a_counter_that_restarted_is_believed_by_processes_that_are_killed_each_second() {
    let mut host = Host::beginning_at(1000);
    host.apply(Step::Read { seconds: 10, joules: 3000 });
    host.commit();
    host.counter = 0;
    host.apply(Step::Restart { seconds: 5, joules: 300 });
    for _ in 0..3 {
        host.commit();
        assert_eq!(host.table.totals.unwrap().energy_joules, 3000.0);
        host.apply(Step::Restart { seconds: 1, joules: 300 });
    }
    host.commit();
    let totals = host.table.totals.unwrap();
    assert_eq!((totals.energy_joules, totals.recovered_joules), (4200.0, 1200.0));
    assert_eq!((totals.resets, totals.unseen_seconds), (1, 0.0));
    assert_eq!(host.table.present_seconds, 18.0);
}
