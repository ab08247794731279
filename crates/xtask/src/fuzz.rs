//! `cargo xtask fuzz`: the targets of `tests/fuzz` under libFuzzer, on a stable compiler.

use std::collections::BTreeSet;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::thread;

use anyhow::{Context, Result, bail, ensure};

use crate::shell::{cargo, program, root, run as execute, target};

/// How long each target runs unless it is said: so in `cargo xtask test`.
const SECONDS: u32 = 60;

/// So many targets run at once.
const AT_ONCE: usize = 2;

/// What makes the compiler report to libFuzzer which edges ran and what was compared. The pass that does it
/// is LLVM's own, and every stable rustc has it.
const INSTRUMENT: &str = "-Cpasses=sancov-module \
    -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
    -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares";

/// An input that takes longer, in seconds, is a fault, ...
const MOST_SECONDS: u32 = 10;
/// ... and so is one that takes more memory, in MB.
const MOST_MEGABYTES: u32 = 1024;

/// Runs the targets that are named, or all.
pub(crate) fn run(options: &[&str]) -> Result<()> {
    let (mut names, mut bounds) = (Vec::new(), Bounds { seconds: SECONDS, seed: None });
    let mut words = options.iter();
    while let Some(&word) = words.next() {
        let mut number = || {
            let number = words.next().and_then(|number| number.parse().ok());
            number
                .filter(|&n| n > 0)
                .with_context(|| format!("{word} needs a whole number above 0"))
        };
        match word {
            "--seconds" => bounds.seconds = number()?,
            "--seed" => bounds.seed = Some(number()?),
            name => names.push(name.to_owned()),
        }
    }
    let known = targets()?;
    if let Some(unknown) = names.iter().find(|&name| !known.contains(name)) {
        let known = known.into_iter().collect::<Vec<_>>().join(", ");
        bail!("{unknown} is no target; there are {known}");
    }
    let names = if names.is_empty() { known.into_iter().collect() } else { names };
    all(names, bounds)
}

/// How long each target runs, and which chance it follows: without a seed, another one each time.
#[derive(Clone, Copy)]
struct Bounds {
    seconds: u32,
    seed: Option<u32>,
}

/// Every target has a folder of seeds.
fn targets() -> Result<BTreeSet<String>> {
    let folders = std::fs::read_dir(seeds())?;
    let names = folders.map(|folder| Ok(folder?.file_name().to_string_lossy().into_owned()));
    names.collect()
}

fn seeds() -> PathBuf {
    root().join("tests/fuzz/seeds")
}

/// Builds the fuzzer, and runs targets, some at once.
fn all(names: Vec<String>, bounds: Bounds) -> Result<()> {
    let fuzzer = build()?;
    eprintln!("fuzzing {} targets for {} s each, {AT_ONCE} at once", names.len(), bounds.seconds);
    let (queue, failed) = (Mutex::new(names.into_iter()), Mutex::new(Vec::new()));
    let next = || queue.lock().ok().and_then(|mut queue| queue.next());
    let work = || {
        while let Some(name) = next() {
            match one(&fuzzer, &name, bounds) {
                Ok(said) => println!("{name}: {said}"),
                Err(error) => {
                    eprintln!("{name}: {error:#}");
                    failed.lock().into_iter().for_each(|mut failed| failed.push(name.clone()));
                }
            }
        }
    };
    thread::scope(|scope| (0..AT_ONCE).for_each(|_| drop(scope.spawn(work))));
    let failed = failed.into_inner().unwrap_or_default();
    ensure!(failed.is_empty(), "faults found: {}", failed.join(", "));
    Ok(())
}

/// The fuzzer, in a target folder of its own: nothing else is built with these flags.
fn build() -> Result<PathBuf> {
    let version = program("rustc").arg("-vV").output().context("rustc cannot be run")?;
    let version = String::from_utf8_lossy(&version.stdout).into_owned();
    let host = version.lines().find_map(|line| line.strip_prefix("host: "));
    let host = host.context("rustc does not say its host")?;
    let folder = target().join("fuzz");
    let package = ["--package", "gpu-carbon-fuzz", "--features", "libfuzzer"];
    // With a target named, what runs while building is built without the flags.
    let build = ["build", "--quiet", "--locked", "--profile", "fuzz", "--target", host];
    let mut cargo = cargo();
    cargo.env("RUSTFLAGS", INSTRUMENT).env_remove("CARGO_ENCODED_RUSTFLAGS");
    execute(cargo.args(build).args(package).arg("--target-dir").arg(&folder))?;
    Ok(folder.join(host).join("fuzz/gpu-carbon-fuzz"))
}

/// Runs one target, which begins with its seeds and with what earlier runs found worth keeping.
fn one(fuzzer: &Path, name: &str, bounds: Bounds) -> Result<String> {
    let folder = |kind: &str| -> Result<PathBuf> {
        let folder = target().join("fuzz").join(kind).join(name);
        std::fs::create_dir_all(&folder)?;
        Ok(folder)
    };
    let (corpus, faults) = (folder("corpus")?, folder("faults")?);
    let log = folder("log")?.join("last.txt");
    let mut command = Command::new(fuzzer);
    command.env("FUZZ_TARGET", name).arg(&corpus).arg(seeds().join(name));
    command.arg(format!("-artifact_prefix={}/", faults.display()));
    command.arg(format!("-max_total_time={}", bounds.seconds));
    command.args(bounds.seed.map(|seed| format!("-seed={seed}")));
    command.arg(format!("-timeout={MOST_SECONDS}"));
    command.arg(format!("-rss_limit_mb={MOST_MEGABYTES}"));
    command.arg("-print_final_stats=1");
    let both = File::create(&log)?;
    let status = command.stdout(both.try_clone()?).stderr(both).status()?;
    let said = String::from_utf8_lossy(&std::fs::read(&log)?).into_owned();
    if !status.success() {
        let input = said.lines().find_map(|line| line.split("Test unit written to ").nth(1));
        let input = input.unwrap_or("it says no input");
        let why = said.lines().filter(|line| !line.starts_with('#'));
        let why = why.skip_while(|line| !line.contains("panicked at") && !line.contains("ERROR:"));
        let why = why.take(4).collect::<Vec<_>>().join("\n  ");
        bail!(
            "a fault\n  {why}\n  the input: {input}\n  all that was said: {}\n  again: FUZZ_TARGET={name} {} {input}\n  \
            once mended, move the input to tests/fuzz/seeds/{name}/, by the name of the fault",
            log.display(),
            fuzzer.display()
        );
    }
    let count = |key: &str| {
        let line = said.lines().find_map(|line| line.strip_prefix(key));
        line.map_or("?", str::trim)
    };
    let edges = said.lines().rev().find_map(|line| line.split("cov: ").nth(1)?.split(' ').next());
    Ok(format!(
        "no fault in {} inputs, which reached {} edges",
        count("stat::number_of_executed_units:"),
        edges.unwrap_or("?")
    ))
}
