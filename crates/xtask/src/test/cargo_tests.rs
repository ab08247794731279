//! The tests that cargo builds: those of units, and beside them and after them those from end to end.

use std::thread;

use anyhow::{Result, ensure};

use super::programs::{self, Class, TestProgram};
use super::totals::Totals;

/// Integration tests with a stage of their own.
pub(super) const E2E: [&str; 2] = ["e2e", "services"];
pub(super) const DEPLOY: [&str; 1] = ["deploy"];

/// End-to-end tests mostly wait: for samples, scrapes and timeouts. So many of them run side by side.
pub(super) const E2E_THREADS: &str = "--test-threads=24";

/// The tests of `gpu-carbon run` mostly wait, too, and have times to keep: they run beside the other unit tests.
const RUN: &str = "run";
const RUN_THREADS: &str = "--test-threads=4";

/// The lines that a test program printed, to be shown later, with its totals and its outcome.
pub(super) struct Told {
    name: String,
    totals: Totals,
    lines: Vec<String>,
    outcome: Result<()>,
}

impl Told {
    /// Runs some tests of a program, and keeps what it prints.
    fn of(
        program: &TestProgram,
        run: impl FnOnce(&TestProgram, &mut Totals, &mut dyn FnMut(&str)) -> Result<()>,
    ) -> Told {
        let (mut totals, mut lines) = (Totals::default(), Vec::new());
        let outcome = run(program, &mut totals, &mut |line| lines.push(line.into()));
        Told { name: program.name.clone(), totals, lines, outcome }
    }

    fn print(&self) {
        self.lines.iter().for_each(|line| println!("{line}"));
    }
}

/// Runs the unit tests, and beside them those end-to-end tests that are ignored until something is installed, or until it is calm:
/// it is calm beside programs that compute in the time that others leave.
pub(super) fn beside_unit(
    programs: &[TestProgram],
    end_to_end: Vec<&TestProgram>,
    totals: &mut Totals,
) -> (Result<()>, Vec<Told>) {
    thread::scope(|scope| {
        let conditional = scope.spawn(move || {
            let told = |program| {
                Told::of(program, |it, totals, tell| {
                    it.run_conditional(&[E2E_THREADS], Class::Normal, totals, tell)
                })
            };
            end_to_end.into_iter().map(told).collect()
        });
        let outcome = unit(programs, totals);
        // A panic of its thread leaves them for the next stage.
        (outcome, conditional.join().unwrap_or_default())
    })
}

/// Runs the end-to-end tests of which the conditional ones have run.
pub(super) fn end_to_end(
    programs: &[TestProgram],
    conditional: &mut Vec<Told>,
    totals: &mut Totals,
) -> Result<()> {
    let mut failed = Vec::new();
    for told in conditional.drain(..) {
        let (program, mut own) = (programs::find(programs, &told.name)?, Totals::default());
        told.print();
        let tell = &mut |line: &str| println!("{line}");
        let outcome = program.run_once(&[E2E_THREADS], Class::Normal, &mut own, tell);
        own.add_rerun(told.totals);
        *totals += own;
        if outcome.and(told.outcome).is_err() {
            failed.push(told.name);
        }
    }
    ensure!(failed.is_empty(), "{} failed", failed.join(", "));
    Ok(())
}

/// Runs every test program without a stage of its own, and the examples of the documentation. They compute in the time that
/// others leave, but for those that mostly wait.
pub(super) fn unit(programs: &[TestProgram], totals: &mut Totals) -> Result<()> {
    let is_other = |program: &&TestProgram| {
        let name = program.name.as_str();
        program.is_end_to_end() && (E2E.contains(&name) || DEPLOY.contains(&name))
    };
    let (waiting, computing): (Vec<_>, Vec<_>) =
        programs.iter().filter(|it| !is_other(it)).partition(|it| it.name == RUN);
    let mut failed = thread::scope(|scope| {
        let beside: Vec<_> = waiting
            .iter()
            .map(|program| {
                let run = |it: &TestProgram, totals: &mut Totals, tell: &mut dyn FnMut(&str)| {
                    it.run_telling(&[RUN_THREADS], Class::Normal, totals, tell)
                };
                scope.spawn(move || Told::of(program, run))
            })
            .collect();
        let mut failed = Vec::new();
        for program in computing {
            let tell = &mut |line: &str| println!("{line}");
            if program.run_telling(&[], Class::Low, totals, tell).is_err() {
                failed.push(program.name.clone());
            }
        }
        for beside in beside {
            match beside.join() {
                Ok(told) => {
                    told.print();
                    *totals += told.totals;
                    failed.extend(told.outcome.err().map(|_| told.name));
                }
                Err(_) => failed.push(RUN.to_owned()),
            }
        }
        failed
    });
    if programs::run_documentation(totals).is_err() {
        failed.push("examples of the documentation".to_owned());
    }
    ensure!(failed.is_empty(), "{} failed", failed.join(", "));
    Ok(())
}
