//! The energy of the host in a real ledger: restarts, commits that fail and intensities that come late, in any order.

use std::path::PathBuf;

use gpu_carbon_core::Ratio;
use gpu_carbon_core::boundary::BoundaryChoice;
use gpu_carbon_ledger::report::{HostReport, Report};
use gpu_carbon_ledger::{HostAccount, Ledger, Reader};
use proptest::prelude::*;
use tempfile::TempDir;

use super::*;
use crate::ledger::{ConvertedBatch, GridIntensities};

const SHARE: f64 = 0.345;

#[derive(Debug, Clone, Copy)]
enum Step {
    /// A second of the GPU, and of the processors with these joules.
    Second {
        joules: u16,
    },
    /// An intensity from now on, or none.
    Intensity {
        is_known: bool,
    },
    Commit {
        succeeds: bool,
    },
    /// The exporter is killed, and started some seconds later.
    Restart {
        seconds: u8,
    },
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (0..5000_u16).prop_map(|joules| Step::Second { joules }),
        1 => any::<bool>().prop_map(|is_known| Step::Intensity { is_known }),
        3 => prop::bool::weighted(0.8).prop_map(|succeeds| Step::Commit { succeeds }),
        1 => (1..90_u8).prop_map(|seconds| Step::Restart { seconds }),
    ]
}

/// A host with one GPU and a ledger.
struct Host {
    accounting: Accounting,
    ledger: Option<Ledger>,
    path: PathBuf,
    _folder: TempDir,
    settings: host_meters::Settings,
    meters: Vec<MeterInfo>,
    second: i64,
    /// The joules of the processors since the start, and those of them that are in the ledger.
    cpu: f64,
    committed: f64,
    /// The highest published energy of the processors.
    published: f64,
}

impl Host {
    fn new(declared: Declared, meters: Vec<MeterInfo>) -> Host {
        let folder = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
        let path = folder.path().canonicalize().unwrap().join("ledger.db");
        let boundary = BoundaryChoice::Host;
        let settings = host_meters::Settings { choice: None, redfish: None, declared, boundary };
        let mut host = Host {
            accounting: accounting(Declared::default(), vec![]),
            ledger: None,
            path,
            _folder: folder,
            settings,
            meters,
            second: 1000,
            cpu: 0.0,
            committed: 0.0,
            published: 0.0,
        };
        host.start();
        host
    }

    fn start(&mut self) {
        self.ledger = None; // its lock
        let (ledger, _) = Ledger::open(&self.path, at(self.second)).unwrap();
        let states = ledger.state("X", Signal::Marginal, Timestamp::EPOCH).unwrap();
        self.ledger = Some(ledger);
        let settings = Settings::for_tests(Pue::from_number(1.5).unwrap());
        self.accounting = Accounting::new(settings, grid(None), now(self.second))
            .with_ledger(states, "boot".to_owned())
            .with_host(&self.settings, self.meters.clone());
        find_gpu(&mut self.accounting);
        read_gpu(&mut self.accounting, self.second);
        self.accounting
            .record_host(self.meters.iter().map(|_| first(0)).collect(), now(self.second));
    }

    fn apply(&mut self, step: Step) {
        match step {
            Step::Second { joules } => {
                self.second += 1;
                read_gpu(&mut self.accounting, self.second);
                if !self.meters.is_empty() {
                    let joules = f64::from(joules) / 10.0;
                    self.accounting.record_host(vec![read(self.second, joules)], now(self.second));
                    self.cpu += joules;
                }
                self.accounting.check(now(self.second));
            }
            Step::Intensity { is_known } => {
                self.accounting.set_grid(grid(is_known.then_some(400.0)), at(self.second));
            }
            Step::Commit { succeeds } => {
                let Some(batch) = self.accounting.take_batch(at(self.second)) else { return };
                if succeeds {
                    let ConvertedBatch { batch, converted, grid, boundary } = batch;
                    let ledger = self.ledger.as_mut().unwrap();
                    ledger.set_boundary(&boundary).unwrap();
                    ledger.write_converted(&batch, &converted, &GridIntensities(&grid)).unwrap();
                    self.accounting.finish_commit(false);
                    self.committed = self.cpu;
                } else {
                    self.accounting.abort_commit();
                }
            }
            Step::Restart { seconds } => {
                self.cpu = self.committed;
                self.second += i64::from(seconds);
                self.start();
            }
        }
        let joules = joules(&self.accounting, HostPart::Cpu);
        assert!(joules >= self.published - 1e-6, "{joules} J after {} J", self.published);
        assert!(joules <= self.cpu + 1e-6, "{joules} J of {} J", self.cpu);
        self.published = joules;
    }

    /// The energy of accounts in the ledger, by their rows, and that of the GPU.
    fn in_ledger(&self) -> (Vec<(HostAccount, f64)>, f64) {
        let reader = Reader::open(&self.path).unwrap();
        let bounds = || vec![at(0), at(self.second + 300)];
        let host = HostReport::read(&reader, bounds()).unwrap();
        let accounts = host.by_account().into_iter().map(|(it, totals)| (it, totals.joules()));
        let gpu = Report::read(&reader, bounds()).unwrap().total();
        (accounts.collect(), gpu.joules())
    }

    fn total(&self, part: HostPart) -> f64 {
        let ledger = self.ledger.as_ref().unwrap();
        let states = ledger.state("X", Signal::Marginal, Timestamp::EPOCH).unwrap();
        let of_part = states.iter().filter(|state| {
            HostAccount::of_uuid(&state.uuid).is_some_and(|account| account.part == part)
        });
        of_part.map(|state| state.totals.energy_joules).sum()
    }
}

fn near(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-9 * a.abs().max(b.abs()).max(1.0)
}

/// A constant intensity never changes, so that no newer one converts the energy of before.
#[test]
fn energy_that_was_pending_is_converted_at_the_next_start() {
    let mut host = Host::new(Declared::default(), vec![info(Component::Cpu, "package-0")]);
    host.apply(Step::Second { joules: 3600 });
    host.apply(Step::Commit { succeeds: true });
    let states = host.ledger.as_ref().unwrap().state("X", Signal::Marginal, Timestamp::EPOCH);
    let settings = Settings::for_tests(Pue::from_number(1.5).unwrap());
    let mut accounting = Accounting::new(settings, grid(Some(400.0)), now(host.second))
        .with_ledger(states.unwrap(), "boot".to_owned())
        .with_host(&host.settings, host.meters.clone());
    let batch = accounting.take_batch(at(host.second)).unwrap().batch;
    let of_host = |uuid: &str| HostAccount::of_uuid(uuid).is_some();
    let cpu = batch.gpus.iter().find(|it| of_host(&it.uuid)).unwrap().totals;
    // 360 J at 400 g/kWh and a PUE of 1.5
    assert!(near(cpu.energy_joules, 360.0) && near(cpu.emissions_grams, 0.06), "{cpu:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn measured_energy_continues_and_is_in_the_rows_once(steps in prop::collection::vec(step(), 1..60)) {
        let mut host = Host::new(Declared::default(), vec![info(Component::Cpu, "package-0")]);
        steps.into_iter().for_each(|step| host.apply(step));
        host.apply(Step::Commit { succeeds: true });
        prop_assert!(near(host.total(HostPart::Cpu), host.committed));
        let (accounts, _) = host.in_ledger();
        let by_rows: f64 = accounts.iter().map(|(_, joules)| joules).sum();
        prop_assert!(near(by_rows, host.committed), "{by_rows} J of {} J", host.committed);
    }

    #[test]
    fn a_share_is_that_part_of_the_gpus_also_over_restarts(steps in prop::collection::vec(step(), 1..60)) {
        let share_of_gpus = Ratio::from_number(SHARE).ok();
        let mut host = Host::new(Declared { share_of_gpus, ..Declared::default() }, vec![]);
        steps.into_iter().for_each(|step| host.apply(step));
        host.apply(Step::Second { joules: 0 });
        host.apply(Step::Commit { succeeds: true });
        let (accounts, gpu) = host.in_ledger();
        let by_rows: f64 = accounts.iter().map(|(_, joules)| joules).sum();
        prop_assert!(gpu > 0.0 && near(by_rows, SHARE * gpu), "{by_rows} J of {gpu} J");
        prop_assert!(near(host.total(HostPart::Rest), SHARE * gpu));
    }
}
