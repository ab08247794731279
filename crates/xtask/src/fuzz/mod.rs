//! `cargo xtask fuzz`: the targets of `tests/fuzz` under libFuzzer, on a stable compiler.

mod build;
mod options;
mod target;

use std::sync::Mutex;
use std::thread;

use anyhow::{Result, ensure};

use crate::needs;
use crate::test::{Stage, Totals};
pub(crate) use build::{Build, instrument_if_asked};
use options::Options;
use target::Bounds;

/// The number of targets that run at once.
const AT_ONCE: usize = 2;

/// `cargo xtask fuzz`: runs the targets that the options name, or all.
///
/// # Errors
///
/// When an option is unknown, the fuzzer does not build, or a target finds a fault.
pub(crate) fn run(options: &[&str]) -> Result<()> {
    let Options { names, bounds } = Options::parse(options)?;
    needs::install(&[Stage::Fuzz])?;
    fuzz(Build::Optimized, names, bounds, &mut Totals::default())
}

/// Runs every target for so many seconds, and counts each as a test.
///
/// # Errors
///
/// When the fuzzer does not build, or a target finds a fault.
pub(crate) fn run_all(build: Build, seconds: u32, seed: u32, totals: &mut Totals) -> Result<()> {
    let names = target::names()?.into_iter().collect();
    fuzz(build, names, Bounds { seconds, seed: Some(seed) }, totals)
}

/// Builds the fuzzer, and runs targets, some at once.
fn fuzz(build: Build, names: Vec<String>, bounds: Bounds, totals: &mut Totals) -> Result<()> {
    let fuzzer = build.run()?;
    let seconds = bounds.seconds;
    eprintln!("fuzzing {} targets for {seconds} s each, {AT_ONCE} at once", names.len());
    let count = names.len();
    let (queue, failed) = (Mutex::new(names.into_iter()), Mutex::new(Vec::new()));
    let next = || queue.lock().ok().and_then(|mut queue| queue.next());
    let work = || {
        while let Some(name) = next() {
            match target::run(&fuzzer, &name, bounds) {
                Ok(result) => println!("{name}: {result}"),
                Err(error) => {
                    eprintln!("{name}: {error:#}");
                    failed.lock().into_iter().for_each(|mut failed| failed.push(name.clone()));
                }
            }
        }
    };
    thread::scope(|scope| (0..AT_ONCE).for_each(|_| drop(scope.spawn(work))));
    let failed = failed.into_inner().unwrap_or_default();
    let [all, wrong] =
        [count, failed.len()].map(|number| u32::try_from(number).unwrap_or(u32::MAX));
    *totals += Totals { passed: all - wrong, failed: wrong, ignored: 0 };
    ensure!(failed.is_empty(), "faults found: {}", failed.join(", "));
    Ok(())
}
