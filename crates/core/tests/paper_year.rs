//! The paper's own grid and year, from `../shared/data` beside the checkout. Its licence does not allow
//! redistribution.
#![expect(clippy::disallowed_methods, reason = "the test reads its data from files")]
#![expect(clippy::unwrap_used, reason = "a test may fail")]

use std::path::Path;

use gpu_carbon_core::evaluate::{PAPER_WINDOWS, Row, Starts, Year, evaluate};
use gpu_carbon_core::job::PAPER_JOBS;
use gpu_carbon_core::{Intensity, Interval, Series, Span, Timestamp};

/// 2020-01-01T00:00:00Z.
const START: Timestamp = Timestamp::from_unix_seconds(1_577_836_800);

/// The days of each month of 2020.
const DAYS: [u64; 12] = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/// A series of 2020 without a gap: its rows are its slots.
fn year_2020(name: &str) -> Year {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/marginal");
    let text = std::fs::read_to_string(folder.join(name)).unwrap();
    let grams = text.lines().skip(1).map(|line| line.split_once(',').unwrap().1.parse().unwrap());
    let points = (0..).zip(grams).map(|(slot, grams)| {
        let start = START + Span::from_seconds(300 * slot);
        (start, Intensity::from_grams_per_kilowatt_hour(grams).unwrap())
    });
    let series = Series::new(points.collect()).unwrap();
    Year::of(&series, Interval::new(START, START + Span::from_days(366))).unwrap()
}

/// 00:00 UTC on days 1, 7, 13, 19 and 25 of each month.
fn paper_starts() -> Vec<usize> {
    let mut starts = Vec::new();
    let mut first = 0;
    for days in DAYS {
        starts.extend([0, 6, 12, 18, 24].map(|day| usize::try_from((first + day) * 288).unwrap()));
        first += days;
    }
    starts
}

fn run(year: &Year, starts: Starts<'_>) -> Vec<Row> {
    let jobs: Vec<Span> = PAPER_JOBS.iter().map(|job| job.duration()).collect();
    evaluate(year, &jobs, &PAPER_WINDOWS, starts).unwrap()
}

#[test]
#[ignore = "needs ../shared/data"]
fn needs_shared_data_savings_in_west_us_are_those_of_an_independent_count() {
    let year = year_2020("WT_CAISO_NORTH_2020.csv");
    assert_eq!(year.slots(), 105_408);
    let starts = paper_starts();
    assert_eq!(starts.len(), 60);
    let rows = run(&year, Starts::At(&starts));
    assert!(rows.iter().all(|row| row.savings.starts == 60));
    let of = |job: &str, window: usize| {
        let found = |row: &&Row| PAPER_JOBS[row.job].name == job && row.window == window;
        rows.iter().find(found).unwrap().savings
    };
    let percent = |ratio: Option<f64>| (ratio.unwrap() * 1000.0).round() / 10.0;
    assert_eq!(percent(of("transformer_6b", 7).pause_and_resume_saving_ratio), 29.5);
    assert_eq!(percent(of("transformer_6b", 3).flexible_start_saving_ratio), 0.9);
    assert_eq!(percent(of("densenet_201", 3).flexible_start_saving_ratio), 55.5);
    for row in &rows {
        let (flexible, paused) =
            (row.savings.flexible_start_saving_ratio, row.savings.pause_and_resume_saving_ratio);
        assert!(Some(0.0) <= flexible && flexible <= paused && paused <= Some(1.0), "{row:?}");
    }
}
