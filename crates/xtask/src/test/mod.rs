//! `cargo xtask test` and `cargo xtask ci`: the stages of the tests, one after another, but for those that compute while
//! others wait.

mod background;
mod cargo_tests;
mod programs;
mod stage;
mod summary;
mod totals;
mod unchanged;

use std::thread;
use std::time::Instant;

use anyhow::{Context, Result, anyhow, bail, ensure};

use crate::fuzz::{self, Build};
use crate::shell::{cargo, program, run as execute};
use crate::{audit, lint, needs, package, web};
use background::{Background, Outcome};
use cargo_tests::{DEPLOY, E2E, E2E_THREADS, beside_unit, end_to_end, unit};
use programs::TestProgram;
pub(crate) use stage::{Length, Stage};
use summary::Summary;
pub(crate) use totals::Totals;

/// The seconds of a short soak, and of a long one.
const SOAK_SECONDS: [u32; 2] = [20, 300];

/// The seconds of the soak of the driver in `cargo xtask ci`. By then, every counter was compared with the power.
const DRIVER_SOAK_SECONDS: u32 = 145;

/// The seconds of fuzzing for each target, short and long.
const FUZZ_SECONDS: [u32; 2] = [10, 60];

/// The chance that soak and fuzzing follow here: what fails fails again. Run by themselves, both follow another one
/// each time.
const SEED: u32 = 1;

/// Runs stages, each even where an earlier one failed, and prints how long each took and how many tests passed.
///
/// # Errors
///
/// When a stage fails.
pub(crate) fn run(stages: &[Stage], length: Length) -> Result<()> {
    let mut summary = Summary::default();
    let begun = Instant::now();
    let installed = needs::install(stages);
    let error = installed.err().map(|error| format!("{error:#}"));
    summary.add("install", begun.elapsed(), Totals::default(), error);
    let (mut behind, before): (Vec<Stage>, Vec<Stage>) = stages
        .iter()
        .copied()
        .filter(|stage| stages.len() == 1 || !summary.add_if_unchanged(*stage, length))
        .partition(|stage| host_of(*stage, stages, length).is_some());
    let (mut built, mut started, mut calm) = (None, Vec::new(), Vec::new());
    for stage in before {
        if built.is_none() && needs_programs(stage) {
            built = Some(build(stages, length, &mut summary));
        }
        if stage == Stage::Fuzz && length == Length::Long {
            // Its target folder is its own, so that it may build beside the tests of the page. The stage reports an error.
            let _ = Build::run_optimized_beside();
        }
        if matches!(stage, Stage::Fuzz | Stage::Soak) {
            // The faults of a soak have times, and a fuzzer's input has a time limit.
            finish(&mut started, &mut summary);
        }
        for stage in behind.extract_if(.., |it| host_of(*it, stages, length) == Some(stage)) {
            let is_built = built.as_ref().is_some_and(|programs| !programs.is_empty());
            match Background::start(stage, length, is_built) {
                Ok(background) => started.push(background),
                Err(error) => summary.add_unstarted(stage.name(), &error),
            }
        }
        let programs = built.as_deref().unwrap_or_default();
        heading(stage.name());
        let (begun, mut totals) = (Instant::now(), Totals::default());
        let digest = unchanged::digest(stage, length).ok().flatten();
        let outcome = match stage {
            Stage::Unit if stages.contains(&Stage::E2e) => {
                let of_e2e = E2E.iter().filter_map(|name| programs::find(programs, name).ok());
                let (outcome, conditional) = beside_unit(programs, of_e2e.collect(), &mut totals);
                calm = conditional;
                outcome
            }
            Stage::E2e if !calm.is_empty() => end_to_end(programs, &mut calm, &mut totals),
            _ => run_stage(stage, length, programs, &mut totals),
        };
        if let Some(digest) = digest {
            unchanged::record(stage, digest, outcome.is_ok());
        }
        if outcome.is_err() && totals.failed == 0 {
            totals.failed = 1;
        }
        let error = outcome.err().map(|error| format!("{error:#}"));
        println!("{}: {:.1} s", stage.name(), begun.elapsed().as_secs_f64());
        summary.add(stage.name(), begun.elapsed(), totals, error);
    }
    finish(&mut started, &mut summary);
    summary.time = begun.elapsed();
    println!("\n{summary}");
    summary.errors().iter().for_each(|error| println!("{error}"));
    println!("\n{}", summary.totals());
    let failed = summary.errors().len();
    ensure!(failed == 0, "{failed} of the stages failed");
    Ok(())
}

/// The stage beside which another one runs, as far as it is asked for; without it, the end-to-end tests.
fn host_of(stage: Stage, stages: &[Stage], length: Length) -> Option<Stage> {
    let host = Background::beside(stage, length)?;
    let hosts = if stage == Stage::Soak { vec![host] } else { vec![host, Stage::E2e] };
    hosts.into_iter().find(|host| stages.contains(host))
}

/// Waits for the stages in the background.
fn finish(started: &mut Vec<Background>, summary: &mut Summary) {
    for background in started.drain(..) {
        let name = background.stage.name();
        let Outcome { time, totals, result } = background.finish();
        summary.add(name, time, totals, result.err().map(|error| format!("{error:#}")));
    }
}

fn heading(stage: &str) {
    println!("\n== {stage}");
}

/// Reports whether a stage cannot run without the programs of this workspace, built as the tests are.
fn needs_programs(stage: Stage) -> bool {
    !matches!(stage, Stage::Lint | Stage::Audit | Stage::Fuzz | Stage::Web | Stage::Engines)
}

/// Builds what stages run; no program where that fails, which is in the summary then.
fn build(stages: &[Stage], length: Length, summary: &mut Summary) -> Vec<TestProgram> {
    heading("build");
    let begun = Instant::now();
    let outcome = programs::build();
    if stages.contains(&Stage::Fuzz) && length == Length::Short {
        // Here, since cargo builds one thing at a time in a folder: later, the build of the page would wait for this one. The
        // stage itself reports an error.
        let _ = Build::Checked.run();
    }
    println!("build: {:.1} s", begun.elapsed().as_secs_f64());
    let error = outcome.as_ref().err().map(|error| format!("{error:#}"));
    summary.add("build", begun.elapsed(), Totals::default(), error);
    outcome.unwrap_or_default()
}

fn run_stage(
    stage: Stage,
    length: Length,
    programs: &[TestProgram],
    totals: &mut Totals,
) -> Result<()> {
    if needs_programs(stage) && programs.is_empty() {
        bail!("not run, for the build failed");
    }
    match stage {
        Stage::Lint => lint::run(totals),
        Stage::Audit => audit::run(totals),
        Stage::Unit => unit(programs, totals),
        Stage::E2e => named(programs, &E2E, &[E2E_THREADS], totals),
        Stage::Deploy => {
            // Of the programs as they are built here.
            let made = package::make_for_tests(length);
            let made = made.context("the packages are not made, and their tests are not run");
            named(programs, &DEPLOY, &[], totals).and(made)
        }
        Stage::Web => web::tests::run(is_command_built(programs), totals),
        Stage::Engines => web::tests::run_engines(is_command_built(programs), totals),
        Stage::Fuzz => {
            let build = match length {
                Length::Short if background::are_programs_built() => Build::Prepared,
                Length::Short => Build::Checked,
                Length::Long => Build::Optimized,
            };
            fuzz::run_all(build, length.of(FUZZ_SECONDS), SEED, totals)
        }
        Stage::Soak => {
            let restarts = || soak("restarts", length.of(SOAK_SECONDS));
            let outcomes = match length {
                Length::Short => vec![restarts()],
                Length::Long => {
                    // Both mostly wait for times of their script.
                    let (driver, restarts) = thread::scope(|scope| {
                        let driver = scope.spawn(|| soak("driver", DRIVER_SOAK_SECONDS));
                        let restarts = restarts();
                        (driver.join(), restarts)
                    });
                    let driver = driver.unwrap_or_else(|_| Err(anyhow!("its thread panicked")));
                    vec![restarts, driver, damage_ledger(programs)]
                }
            };
            outcomes.iter().for_each(|outcome| *totals += Totals::of_check(outcome.is_ok()));
            outcomes.into_iter().collect()
        }
    }
}

/// True if the command line is among what was built, here or by the process that runs this stage in its background.
fn is_command_built(programs: &[TestProgram]) -> bool {
    !programs.is_empty() || background::are_programs_built()
}

/// Runs the test programs of these names.
fn named(
    programs: &[TestProgram],
    names: &[&str],
    arguments: &[&str],
    totals: &mut Totals,
) -> Result<()> {
    let mut failed = Vec::new();
    for name in names {
        if programs::find(programs, name)?.run(arguments, totals).is_err() {
            failed.push(*name);
        }
    }
    ensure!(failed.is_empty(), "{} failed", failed.join(", "));
    Ok(())
}

/// Runs a scenario of the soak that [`programs::build`] has built.
fn soak(scenario: &str, seconds: u32) -> Result<()> {
    let mut soak = program(programs::binaries().join("soak"));
    soak.args(["--scenario", scenario]);
    soak.args(["--seed", &SEED.to_string(), "--seconds", &seconds.to_string()]);
    execute(soak.env("GPU_CARBON_BINARIES", programs::binaries()))
}

/// The number of bits that a long soak flips in a ledger of 16 GPUs and a year, one after another.
const LEDGER_FLIPS: &str = "2000";

/// `cargo xtask soak`: builds the soak as the tests are built, so that the exporter's overflows are checked, and runs
/// it: for five minutes, unless the options name another time. Then it damages ledgers.
///
/// # Errors
///
/// When it does not build, or something does not hold.
pub(crate) fn long_soak(options: &[&str]) -> Result<()> {
    let run = ["run", "--quiet", "--package", "gpu-carbon-tests", "--bin", "soak", "--"];
    let seconds = SOAK_SECONDS[1].to_string();
    let mut soak = cargo();
    soak.args(run);
    if !options.contains(&"--seconds") {
        soak.args(["--seconds", &seconds]);
    }
    execute(soak.args(options)).context("the soak failed")?;
    let mut flips = cargo();
    flips.args(["test", "--quiet", "--release", "--package", "gpu-carbon-ledger"]);
    flips.args(["--test", LEDGER, "flips::"]);
    execute(flips.env("GPU_CARBON_FLIPS", LEDGER_FLIPS))
        .context("flipped bits of a ledger failed")?;
    damage_ledger(&programs::build()?)
}

/// The integration tests of the ledger.
const LEDGER: &str = "ledger";

/// Runs the tests of the ledger with many more cases of its damage.
fn damage_ledger(programs: &[TestProgram]) -> Result<()> {
    let mut tests = programs.iter().filter(|program| program.name == LEDGER);
    let tests = tests.next().context("cargo built no tests of the ledger")?;
    tests.run_with_more_cases().context("a damaged ledger failed")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stage_runs_beside_one_that_is_asked_for_or_by_itself() {
        for stages in [&Stage::OF_TEST[..], &Stage::OF_CI, &[Stage::Web], &[Stage::E2e, Stage::Web]]
        {
            for length in [Length::Short, Length::Long] {
                for (place, stage) in stages.iter().enumerate() {
                    let host = host_of(*stage, stages, length);
                    let earlier = stages.iter().take(place);
                    assert!(host.is_none_or(|host| earlier.clone().any(|it| *it == host)));
                }
            }
        }
        let of_ci = |stage| host_of(stage, &Stage::OF_CI, Length::Long);
        assert_eq!(of_ci(Stage::Soak), Some(Stage::Fuzz));
        assert_eq!(of_ci(Stage::Fuzz), None);
        assert_eq!(host_of(Stage::Soak, &Stage::OF_TEST, Length::Short), None);
        assert_eq!(host_of(Stage::Web, &[Stage::Web], Length::Short), None);
        assert_eq!(
            host_of(Stage::Fuzz, &[Stage::E2e, Stage::Fuzz], Length::Short),
            Some(Stage::E2e)
        );
    }
}
