//! Measurements of a ledger of one year.

use std::path::Path;
use std::time::Instant;

use anyhow::{Context, Result};
use gpu_carbon_core::{Quality, Signal, Span};
use gpu_carbon_ledger::{Batch, Ledger};
use nix::time::{ClockId, clock_gettime};

use super::report::{self, Reported};
use super::year::{GPUS, YearAccounts, ZONE, end};
use crate::bench::table::{Table, number};

/// Number of measured starts.
const STARTS: usize = 21;
/// Number of commits: ten minutes, one a second.
const COMMITS: u32 = 600;

/// The costs of a ledger of one year.
#[derive(Debug)]
pub struct Measured {
    /// Size of the file, including its log.
    pub bytes: f64,
    /// The start after a clean stop, and after a kill.
    pub starts: [Start; 2],
    /// Bytes written to the disk for a commit of all GPUs: whole pages to the log, and now and then from the log to the
    /// file.
    pub commit_bytes: f64,
    /// Median and 99th percentile of a commit, in seconds; most of it is the disk's fsync.
    pub commit: (f64, f64),
    /// Times of reports beside the writer.
    pub reports: Vec<Reported>,
}

/// The costs of a start.
#[derive(Debug)]
pub struct Start {
    /// Shortest and median time to open the ledger, to check it and to read the totals of each GPU, in seconds.
    pub time: (f64, f64),
    /// Processor time, in seconds, which is the same on a busy machine.
    pub cpu: f64,
}

impl Start {
    /// Measures starts on a ledger that was closed before, and is closed or left as by a kill after each.
    fn measure(path: &Path, is_closed: bool) -> Result<Start> {
        let (mut times, mut cpu) = (Vec::new(), 0.0);
        for _ in 0..STARTS {
            let (begun, before) = (Instant::now(), cpu_seconds()?);
            let (ledger, _) = Ledger::open(path, end())?;
            ledger.state(ZONE, Signal::Average, end())?;
            times.push(begun.elapsed().as_secs_f64());
            cpu += cpu_seconds()? - before;
            if is_closed {
                ledger.close()?;
            }
        }
        times.sort_by(f64::total_cmp);
        #[allow(clippy::cast_precision_loss, reason = "of a handful")]
        let cpu = cpu / STARTS as f64;
        Ok(Start { time: (at(&times, 0)?, at(&times, STARTS / 2)?), cpu })
    }
}

/// Measures a ledger that [`make`](super::year::make) has made, and adds ten minutes to it.
///
/// # Errors
///
/// When it cannot be opened or written.
pub fn measure(path: &Path, mut accounts: YearAccounts) -> Result<Measured> {
    #[allow(clippy::cast_precision_loss, reason = "of a file that fits a disk")]
    let bytes = path.metadata()?.len() as f64;
    Ledger::open(path, end())?.0.close()?;
    let starts = [Start::measure(path, true)?, Start::measure(path, false)?];
    let mut ledger = Ledger::open(path, end())?.0;
    let mut commits = Vec::new();
    let written = disk_bytes()?;
    for second in 0..COMMITS {
        let slot = end() + Span::from_seconds(u64::from(second));
        let of = |gpu| accounts.slot(slot, gpu, Quality::Forecast, 1.0 / 300.0);
        let batch = Batch { at: slot, gpus: (0..GPUS).map(of).collect() };
        let begun = Instant::now();
        ledger.write(&batch)?;
        commits.push(begun.elapsed().as_secs_f64());
    }
    let written = disk_bytes()? - written;
    commits.sort_by(f64::total_cmp);
    #[allow(clippy::cast_precision_loss, reason = "bytes of a handful of commits")]
    Ok(Measured {
        bytes,
        starts,
        commit_bytes: written as f64 / f64::from(COMMITS),
        commit: (at(&commits, commits.len() / 2)?, at(&commits, commits.len() * 99 / 100)?),
        reports: report::measure(path)?,
    })
}

/// The table of the measurements.
#[must_use]
pub fn table(measured: &Measured) -> Table {
    let mut table = Table::new(["a year of 16 GPUs".to_owned(), String::new()]);
    let per_day = measured.commit_bytes * 86_400.0;
    table.push(["MB in the file".to_owned(), number(measured.bytes / 1e6)]);
    for (start, after) in measured.starts.iter().zip(["a clean stop", "a kill"]) {
        let mut row = |what: &str, seconds: f64| {
            table.push([format!("ms {what} after {after}"), number(seconds * 1e3)]);
        };
        row("to start, at best,", start.time.0);
        row("to start, median,", start.time.1);
        row("of the processor to start", start.cpu);
    }
    for (what, value) in [
        ("KB written to the disk for a commit", measured.commit_bytes / 1e3),
        ("GB written to the disk a day, at a commit a second", per_day / 1e9),
        ("ms for a commit, median", measured.commit.0 * 1e3),
        ("ms for a commit, 99th percentile", measured.commit.1 * 1e3),
    ] {
        table.push([what.to_owned(), number(value)]);
    }
    for report in &measured.reports {
        table.push([
            format!("ms to report it by {}, at best", report.by),
            number(report.best * 1e3),
        ]);
    }
    table
}

/// The value at a place of sorted ones.
fn at(sorted: &[f64], place: usize) -> Result<f64> {
    sorted.get(place).copied().context("nothing was measured")
}

/// The processor time of this process so far.
#[allow(clippy::cast_precision_loss, reason = "of nanoseconds")]
fn cpu_seconds() -> Result<f64> {
    let time = clock_gettime(ClockId::CLOCK_PROCESS_CPUTIME_ID)?;
    Ok(time.tv_sec() as f64 + time.tv_nsec() as f64 / 1e9)
}

/// Bytes that this process has written to disks.
fn disk_bytes() -> Result<u64> {
    let io = std::fs::read_to_string("/proc/self/io")?;
    let line = io.lines().find_map(|line| line.strip_prefix("write_bytes: "));
    Ok(line.context("/proc/self/io does not say how much was written")?.trim().parse()?)
}
