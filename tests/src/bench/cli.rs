//! The time that `gpu-carbon plan` takes for cloud regions, and `simulate` for a year, from the start of the process to
//! its end.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

use super::limit::Limit;
use super::table::{Table, number};

/// A job of a day, at a time that recorded years answer, without the network.
const JOB: &str =
    "--gpus 8xH100 --duration 24h --start 2026-12-01T12:00:00Z --offline --format json";

/// A command line that is timed.
#[derive(Debug, Clone, Copy)]
struct Case {
    title: &'static str,
    arguments: &'static str,
    is_plan: bool,
    /// The goal, in milliseconds.
    below: Option<f64>,
}

const CASES: [Case; 5] = [
    Case { title: "start", arguments: "--version", is_plan: false, below: None },
    Case {
        title: "one region, marginal year of 5 min",
        arguments: "plan --region aws:us-west-1",
        is_plan: true,
        below: Some(60.0),
    },
    Case {
        title: "one region, average year of 1 h",
        arguments: "plan --region azure:westeurope",
        is_plan: true,
        below: Some(60.0),
    },
    Case {
        title: "all regions, ranked",
        arguments: "plan --provider aws azure gcp",
        is_plan: true,
        below: Some(1000.0),
    },
    Case {
        title: "a year of midnights, two policies",
        arguments: "simulate --intensity sgip-sce-2020 --starts daily --policy replan,diurnal --pause-energy 10.8Wh \
            --paused-power 87.8W --format json",
        is_plan: false,
        below: Some(3000.0),
    },
];

/// The times of a command line, shortest first.
#[derive(Debug)]
pub struct Timed {
    case: Case,
    times: Vec<Duration>,
}

impl Timed {
    fn milliseconds(&self, quarters: usize) -> f64 {
        let last = self.times.len().saturating_sub(1);
        let time = self.times.get(last * quarters / 4).copied().unwrap_or_default();
        time.as_secs_f64() * 1e3
    }

    fn median(&self) -> f64 {
        self.milliseconds(2)
    }
}

/// Runs each command line so many times in turn, after once that does not count.
///
/// # Errors
///
/// When one cannot be run, or fails.
pub fn measure(program: &Path, runs: usize) -> Result<Vec<Timed>> {
    let mut all: Vec<Timed> =
        CASES.map(|case| Timed { case, times: Vec::with_capacity(runs) }).into();
    for run in 0..=runs {
        for timed in &mut all {
            let time = time(program, timed.case)?;
            if run > 0 {
                timed.times.push(time);
            }
        }
    }
    all.iter_mut().for_each(|timed| timed.times.sort());
    Ok(all)
}

fn time(program: &Path, case: Case) -> Result<Duration> {
    let mut command = Command::new(program);
    command.args(case.arguments.split_whitespace());
    if case.is_plan {
        command.args(JOB.split_whitespace());
    }
    command.stdin(Stdio::null()).stdout(Stdio::null());
    let begin = Instant::now();
    let status = command.status()?;
    let time = begin.elapsed();
    ensure!(status.success(), "{} failed", case.arguments);
    Ok(time)
}

/// The times in milliseconds, and each as a multiple of the start of the program.
#[must_use]
pub fn table(all: &[Timed]) -> Table {
    let columns = ["ms, from start to end", "least", "median", "most", "median / start"];
    let mut table = Table::new(columns.map(str::to_owned));
    let start = all.iter().find(|timed| !timed.case.is_plan).map_or(f64::NAN, Timed::median);
    for timed in all {
        let times = [0, 2, 4].map(|quarters| number(timed.milliseconds(quarters)));
        let cells = [timed.case.title.to_owned()].into_iter().chain(times);
        table.push(cells.chain([number(timed.median() / start)]));
    }
    table
}

/// The goals, and whether they are met.
#[must_use]
pub fn verdicts(all: &[Timed]) -> Vec<String> {
    let verdict = |timed: &Timed| {
        let median = [(String::new(), timed.median())];
        Some(Limit::Below(timed.case.below?).verdict(&format!("ms, {}", timed.case.title), &median))
    };
    all.iter().filter_map(verdict).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_medians_and_multiples_of_the_start() {
        let timed = |case: Case, milliseconds: [u64; 3]| Timed {
            case,
            times: milliseconds.map(Duration::from_millis).to_vec(),
        };
        let all = [
            timed(CASES[0], [1, 2, 9]),
            timed(CASES[1], [10, 20, 30]),
            timed(CASES[3], [5, 1500, 1600]),
        ];
        let lines = table(&all).to_string();
        let rows: Vec<Vec<&str>> = lines
            .lines()
            .map(|line| line.split("  ").filter(|it| !it.is_empty()).map(str::trim).collect())
            .collect();
        assert_eq!(rows[2][1..], ["10.0", "20.0", "30.0", "10.0"]);
        let verdicts = verdicts(&all);
        assert!(verdicts[0].starts_with("met      < 60 ms, one region"), "{verdicts:?}");
        assert!(verdicts[1].starts_with("MISSED   < 1000 ms, all regions"), "{verdicts:?}");
    }

    #[test]
    fn a_command_that_fails_is_an_error() {
        let error = measure(Path::new("false"), 1).unwrap_err();
        assert_eq!(error.to_string(), "--version failed");
        assert_eq!(measure(Path::new("true"), 3).unwrap()[4].times.len(), 3);
    }
}
