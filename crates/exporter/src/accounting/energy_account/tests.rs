//! Tests of an account against an oracle that knows each joule, for any steps in any order.

use std::collections::BTreeMap;
use std::sync::Arc;

use gpu_carbon_core::{
    Energy, Flow, Intensity, Interval, Pue, Quality, SLOT, Series, Signal, Timestamp,
};
use gpu_carbon_ledger::{EnergySource, GpuState, GpuTotals, PendingEnergy, ShareState};
use proptest::prelude::*;

use super::*;
use crate::accounting::settings::{Context, Settings};
use crate::intensity::{Grid, Intensities};

/// The number of slots in which energy flows.
const SLOTS: usize = 12;
const PUE: f64 = 1.25;

/// The start of a slot, of which each has its own intensity.
fn start(slot: usize) -> Timestamp {
    Timestamp::from_unix_seconds(1_795_521_600 + 300 * i64::try_from(slot).unwrap())
}

fn grams_per_kilowatt_hour(slot: usize) -> f64 {
    [100.0, 0.0, 731.5][slot % 3]
}

fn near(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-9 * a.abs().max(b.abs()).max(1.0)
}

#[derive(Debug, Clone, Copy)]
enum Step {
    Add {
        slot: usize,
        joules: u32,
        is_recovered: bool,
    },
    /// The intensities of some slots become known.
    Learn {
        from: usize,
        slots: usize,
    },
    BeginCommit,
    FinishCommit,
    AbortCommit,
    /// The disk is slow, and totals are published ahead of it.
    PublishAhead,
    /// The intensities of all energy in the ledger change by a factor.
    Restate(f64),
    /// The process is killed, and started again.
    Restart,
    NewLedger,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (0..SLOTS, 0..9_000_000_u32, any::<bool>())
            .prop_map(|(slot, joules, is_recovered)| Step::Add { slot, joules, is_recovered }),
        3 => (0..SLOTS, 1..4_usize).prop_map(|(from, slots)| Step::Learn { from, slots }),
        4 => Just(Step::BeginCommit),
        4 => Just(Step::FinishCommit),
        1 => Just(Step::AbortCommit),
        1 => Just(Step::PublishAhead),
        1 => (0.5..1.5).prop_map(Step::Restate),
        1 => Just(Step::Restart),
        1 => Just(Step::NewLedger),
    ]
}

/// An amount of energy and its emissions.
#[derive(Debug, Clone, Copy, Default)]
struct Amount {
    joules: f64,
    grams: f64,
}

/// The rows of an account in a ledger, which is a table in memory.
#[derive(Debug, Clone, Default)]
struct Table {
    totals: Option<GpuTotals>,
    pending: BTreeMap<Timestamp, f64>,
    converted: Amount,
}

impl Table {
    fn write(&mut self, commit: AccountCommit) {
        let batch = commit.batch;
        let restated = self.totals.map_or(batch.totals.restated_grams, |it| it.restated_grams);
        self.totals = Some(GpuTotals { restated_grams: restated, ..batch.totals });
        for posting in batch.postings {
            if posting.origin.intensity_source.is_some() {
                self.converted.joules += posting.energy_joules;
                self.converted.grams += posting.emissions_grams;
            } else {
                *self.pending.entry(posting.slot).or_default() += posting.energy_joules;
            }
        }
    }

    fn state(&self, totals: GpuTotals) -> GpuState {
        let pending = self.pending.iter().filter(|(_, joules)| **joules > 1e-6);
        let pending = pending.map(|(&slot, &energy_joules)| {
            let (source, pue) = (EnergySource::Counted, pue());
            PendingEnergy { slot, pue, source, energy_joules }
        });
        GpuState {
            uuid: String::new(),
            name: String::new(),
            index: 0,
            totals,
            last: None,
            pending: pending.collect(),
            given_up_joules: 0.0,
            shares: ShareState::default(),
        }
    }
}

fn pue() -> Pue {
    Pue::from_number(PUE).unwrap()
}

/// An account, its ledger, and the oracle.
struct Model {
    account: EnergyAccount,
    has_ledger: bool,
    table: Table,
    in_flight: Option<AccountCommit>,
    is_published_ahead: bool,
    settings: Settings,
    grid: Arc<Grid>,
    is_known: [bool; SLOTS],
    /// The slot and the joules of each flow; those in the batch, and those in the ledger, come first.
    flows: Vec<(usize, u32)>,
    in_batch: usize,
    committed: usize,
    restated_grams: f64,
    /// The rows of earlier ledgers.
    lost: Amount,
    /// The highest emissions that were published, in grams.
    published_grams: f64,
}

impl Model {
    fn new(has_ledger: bool) -> Model {
        Model {
            account: EnergyAccount::new(start(0), has_ledger),
            has_ledger,
            table: Table::default(),
            in_flight: None,
            is_published_ahead: false,
            settings: Settings::for_tests(pue()),
            grid: grid([false; SLOTS]),
            is_known: [false; SLOTS],
            flows: Vec::new(),
            in_batch: 0,
            committed: 0,
            restated_grams: 0.0,
            lost: Amount::default(),
            published_grams: 0.0,
        }
    }

    /// Calls a method of the account, with the settings and the state of its host.
    fn call<T>(&mut self, method: impl FnOnce(&mut EnergyAccount, Context<'_>) -> T) -> T {
        let Model { account, settings, grid, .. } = self;
        let context = Context { settings, grid, boot: "", now: start(SLOTS), attribution: None };
        method(account, context)
    }

    fn apply(&mut self, step: Step) {
        match step {
            Step::Add { slot, joules, is_recovered } => {
                let energy = Energy::from_joules(f64::from(joules)).unwrap();
                let flow =
                    Flow { interval: Interval::new(start(slot), start(slot) + SLOT), energy };
                let source =
                    if is_recovered { EnergySource::Recovered } else { EnergySource::Counted };
                self.call(|account, context| account.add(flow, source, context, &mut |_, _, _| ()));
                self.flows.push((slot, joules));
            }
            Step::Learn { from, slots } => {
                self.is_known.iter_mut().skip(from).take(slots).for_each(|known| *known = true);
                let earlier = std::mem::replace(&mut self.grid, grid(self.is_known));
                self.call(|account, context| {
                    account.revise(&earlier, context.grid);
                    account.convert_pending(context);
                });
            }
            Step::BeginCommit if self.in_flight.is_none() => {
                let totals = self.account.totals(self.account.since());
                let contents = self.call(|account, context| account.begin_commit(totals, context));
                assert!(self.has_ledger || contents.is_none());
                self.in_flight = contents.map(|it| it.of(String::new(), String::new(), 0, None));
                self.in_batch = self.flows.len();
                self.is_published_ahead = false;
            }
            Step::FinishCommit => {
                if let Some(commit) = self.in_flight.take() {
                    self.table.write(commit);
                    self.account.finish_commit(self.is_published_ahead);
                    self.committed = self.in_batch;
                    self.check_table();
                }
            }
            Step::AbortCommit => self.abort(),
            Step::PublishAhead => {
                self.is_published_ahead = true;
                self.account.publish_uncommitted(self.account.totals(self.account.since()));
            }
            Step::Restate(factor) if self.in_flight.is_none() => {
                if let Some(totals) = &mut self.table.totals {
                    let grams = self.table.converted.grams * (factor - 1.0);
                    self.table.converted.grams += grams;
                    totals.restated_grams += grams;
                    self.account.restate(grams, &[]);
                    self.restated_grams += grams;
                }
            }
            Step::Restart if self.has_ledger => {
                self.in_flight = None;
                self.flows.truncate(self.committed);
                match self.table.totals {
                    Some(totals) => {
                        self.account = EnergyAccount::continuing(&self.table.state(totals));
                        self.published_grams = totals.published_grams;
                    }
                    None => {
                        self.account = EnergyAccount::new(start(0), true);
                        (self.flows, self.committed) = (Vec::new(), 0);
                        (self.lost, self.restated_grams) = (Amount::default(), 0.0);
                        self.published_grams = 0.0;
                    }
                }
                self.call(EnergyAccount::convert_pending);
            }
            Step::NewLedger if self.has_ledger => {
                self.abort();
                self.account.restart_ledger();
                let earlier = std::mem::take(&mut self.table).converted;
                self.lost.joules += earlier.joules;
                self.lost.grams += earlier.grams;
            }
            Step::BeginCommit | Step::Restate(_) | Step::Restart | Step::NewLedger => {}
        }
        self.check();
    }

    fn abort(&mut self) {
        self.in_flight = None;
        let grid = Arc::clone(&self.grid);
        self.account.abort_commit(&grid);
    }

    fn joules(&self, flows: &[(usize, u32)], is_known: bool) -> f64 {
        let chosen = flows.iter().filter(|(slot, _)| self.is_known[*slot] == is_known);
        chosen.map(|(_, joules)| f64::from(*joules)).sum()
    }

    /// Checks the totals by the flows, one by one, whenever each was converted.
    #[track_caller]
    fn check(&mut self) {
        let totals = self.account.totals(self.account.since());
        let (known, pending) = (self.joules(&self.flows, true), self.joules(&self.flows, false));
        let grams =
            self.flows.iter().filter(|(slot, _)| self.is_known[*slot]).map(|(slot, joules)| {
                f64::from(*joules) / 3.6e6 * PUE * grams_per_kilowatt_hour(*slot)
            });
        let grams = grams.sum::<f64>() + self.restated_grams;
        assert!(near(totals.energy.as_joules(), known + pending), "{known} {pending} {totals:?}");
        assert!(near(totals.pending.as_joules(), pending), "{pending} J of {totals:?}");
        let best = totals.best_estimate.unwrap_or(totals.emissions).as_grams();
        assert!(near(best, grams), "{grams} g, and {totals:?}");
        if let Some(published) = self.account.published(|| Some(totals)) {
            let published = published.emissions.as_grams();
            assert!(published >= self.published_grams, "{published} g");
            self.published_grams = published;
        }
    }

    /// Checks that the rows of the ledger add up to its totals.
    #[track_caller]
    fn check_table(&self) {
        let Table { totals, pending, converted } = &self.table;
        let totals = totals.unwrap();
        let joules = converted.joules + self.lost.joules + pending.values().sum::<f64>();
        assert!(near(joules, totals.energy_joules), "{joules} J, and {totals:?}");
        let grams = converted.grams + self.lost.grams;
        let emitted = totals.emissions_grams + totals.restated_grams;
        assert!(near(grams, emitted), "{grams} g, and {totals:?}");
        assert!(totals.published_grams >= emitted - 1e-9, "{totals:?}");
        assert!(pending.values().all(|joules| *joules > -1e-6), "{pending:?}");
    }
}

fn grid(is_known: [bool; SLOTS]) -> Arc<Grid> {
    let known = (0..SLOTS).filter(|slot| is_known[*slot]);
    let points = known.map(|slot| {
        let grams = grams_per_kilowatt_hour(slot);
        (start(slot), Intensity::from_grams_per_kilowatt_hour(grams).unwrap())
    });
    let series = Series::with_step(points.collect(), SLOT).ok().map(Arc::new);
    let intensities = Intensities::uniform(series, Signal::Average, "x", Quality::Measured, true);
    Arc::new(Grid::new("Z", intensities, [].into()))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn totals_and_rows_are_those_of_each_flow_whenever_it_was_converted(
        steps in proptest::collection::vec(step(), 1..60),
        has_ledger in prop::bool::weighted(0.9),
    ) {
        let mut model = Model::new(has_ledger);
        steps.into_iter().for_each(|step| model.apply(step));
        [Step::AbortCommit, Step::BeginCommit, Step::FinishCommit].into_iter().for_each(|step| model.apply(step));
        prop_assert!(!has_ledger || model.flows.is_empty() || model.committed == model.flows.len());
    }
}
