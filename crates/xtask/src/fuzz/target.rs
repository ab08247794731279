//! One target under libFuzzer.

use std::collections::BTreeSet;
use std::fs::File;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use crate::shell::{root, target};
use crate::starting;

/// An input that takes longer, in seconds, is a fault.
const MOST_SECONDS: u32 = 10;
/// An input that takes more memory, in MB, is a fault, too.
const MOST_MEGABYTES: u32 = 1024;

/// The seconds that each target runs, and the chance that it follows: without a seed, another one each time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Bounds {
    pub(super) seconds: u32,
    pub(super) seed: Option<u32>,
}

/// The names of all targets: each has a folder of seeds.
///
/// # Errors
///
/// When the folders cannot be listed.
pub(super) fn names() -> Result<BTreeSet<String>> {
    let folders = std::fs::read_dir(seeds())?;
    let names = folders.map(|folder| Ok(folder?.file_name().to_string_lossy().into_owned()));
    names.collect()
}

fn seeds() -> PathBuf {
    root().join("tests/fuzz/seeds")
}

/// Runs a target, beginning with its seeds and with the inputs that earlier runs found worth keeping. Returns how far
/// it came.
///
/// # Errors
///
/// When it finds a fault: the panic, the input, and the command that shows it again.
pub(super) fn run(fuzzer: &Path, name: &str, bounds: Bounds) -> Result<String> {
    let folder = |kind: &str| -> Result<PathBuf> {
        let folder = target().join("fuzz").join(kind).join(name);
        std::fs::create_dir_all(&folder)?;
        Ok(folder)
    };
    let (corpus, faults) = (folder("corpus")?, folder("faults")?);
    let log = folder("log")?.join("last.txt");
    // The soak runs beside it, whose faults have times.
    let mut command = starting::in_spare_time(fuzzer);
    command.env("FUZZ_TARGET", name).arg(&corpus).arg(seeds().join(name));
    command.arg(format!("-artifact_prefix={}/", faults.display()));
    command.arg(format!("-max_total_time={}", bounds.seconds));
    command.args(bounds.seed.map(|seed| format!("-seed={seed}")));
    command.arg(format!("-timeout={MOST_SECONDS}"));
    command.arg(format!("-rss_limit_mb={MOST_MEGABYTES}"));
    command.arg("-print_final_stats=1");
    let both = File::create(&log)?;
    let status = command.stdout(both.try_clone()?).stderr(both).status()?;
    let printed = String::from_utf8_lossy(&std::fs::read(&log)?).into_owned();
    if !status.success() {
        let input = printed.lines().find_map(|line| line.split("Test unit written to ").nth(1));
        let input = input.unwrap_or("none is named");
        let why = printed.lines().filter(|line| !line.starts_with('#'));
        let why = why.skip_while(|line| !line.contains("panicked at") && !line.contains("ERROR:"));
        let why = why.take(4).collect::<Vec<_>>().join("\n  ");
        bail!(
            "a fault\n  {why}\n  input: {input}\n  log: {}\n  to repeat: FUZZ_TARGET={name} {} {input}\n  \
            once fixed, move the input to tests/fuzz/seeds/{name}/, and name it after the fault",
            log.display(),
            fuzzer.display()
        );
    }
    let count = |key: &str| {
        let line = printed.lines().find_map(|line| line.strip_prefix(key));
        line.map_or("?", str::trim)
    };
    let edges = printed.lines().rev();
    let mut edges = edges.filter_map(|line| line.split("cov: ").nth(1)?.split(' ').next());
    Ok(format!(
        "no fault in {} inputs, which reached {} edges",
        count("stat::number_of_executed_units:"),
        edges.next().unwrap_or("?")
    ))
}
