//! `gpu-carbon evaluate`: the savings of a year.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{Outcome, folder, gpu_carbon};

/// A whole year in few rows.
const HALF_DAYS_OF_2020: usize = 366 * 2;

fn evaluate(line: &str) -> Outcome {
    gpu_carbon(["evaluate"].into_iter().chain(line.split_whitespace()))
}

fn evaluated(line: &str) -> Value {
    let outcome = evaluate(&format!("{line} --format json"));
    assert_eq!((outcome.status, outcome.err.as_str()), (Some(0), ""), "{line}");
    serde_json::from_str(&outcome.out).unwrap()
}

fn refused(line: &str, expected: &str) {
    let outcome = evaluate(line);
    assert_eq!((outcome.status, outcome.out.as_str()), (Some(2), ""), "{line}: {}", outcome.err);
    assert_eq!(outcome.err, format!("gpu-carbon: {expected}\n"), "{line}");
}

/// Writes a series of half days from the first of 2020 on; a value of none is a gap.
fn half_days(folder: &TempDir, name: &str, values: impl Iterator<Item = Option<u32>>) -> PathBuf {
    let mut text = "timestamp_utc,gco2_per_kwh\n".to_owned();
    let first = chrono::DateTime::from_timestamp(1_577_836_800, 0).unwrap();
    for (half_day, value) in (0..).zip(values) {
        let moment = first + chrono::TimeDelta::hours(12 * half_day);
        if let Some(value) = value {
            writeln!(text, "{},{value}", moment.to_rfc3339()).unwrap();
        }
    }
    let path = folder.path().join(name);
    std::fs::write(&path, text).unwrap();
    path
}

/// Each day begins with one value, and ends with another.
fn two_halves(folder: &TempDir, name: &str, first: u32, second: u32) -> PathBuf {
    half_days(folder, name, [first, second].map(Some).into_iter().cycle().take(HALF_DAYS_OF_2020))
}

fn check(found: &str, file: &str) {
    let path = folder().join("golden").join(file);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, found).unwrap();
    }
    let golden = std::fs::read_to_string(&path).unwrap();
    assert!(found == golden, "{} differs; it is now:\n{found}", path.display());
}

#[test]
fn the_shipped_series_to_the_letter() {
    let line = "--intensity sgip-pge-2020 --windows 24h,100% --jobs jobs.csv";
    for (format, file) in
        [("text", "evaluate.txt"), ("json", "evaluate.json"), ("csv", "evaluate.csv")]
    {
        let outcome = evaluate(&format!("{line} --format {format}"));
        assert_eq!((outcome.status, outcome.err.as_str()), (Some(0), ""), "{format}");
        assert!(
            outcome.out.contains("SGIP GHG Signal"),
            "{format}: its credit stands in every format"
        );
        check(&outcome.out, file);
    }
}

#[test]
fn a_few_regions_stand_beside_their_mean() {
    let folder = tempfile::tempdir().unwrap();
    two_halves(&folder, "day.csv", 400, 100);
    two_halves(&folder, "night.csv", 0, 100);
    let line =
        format!("--intensity {} --windows 6h,12h,24h --jobs jobs.csv", folder.path().display());
    check(&evaluate(&line).out, "evaluate-regions.txt");
    let found = evaluated(&line);
    assert_eq!(found["regions"], json!(["day", "night"]));
    let row = |place: usize| &found["rows"][place];
    let nothing = json!({"job": "nightly", "window": "12h", "region": "night", "starts": 0,
        "flexible_start_saving_ratio": null, "pause_and_resume_saving_ratio": null, "pauses_per_hour": 0.0});
    assert_eq!(*row(5), nothing, "from midnight it emits nothing, and there is nothing to save");
    assert_eq!(row(4)["flexible_start_saving_ratio"], json!(0.75));
    assert_eq!(row(3)["flexible_start_saving_ratio"], json!(0.75), "the mean leaves it out");
    assert_eq!((&row(3)["starts"], &row(4)["starts"]), (&json!(0), &json!(60)));
}

#[test]
fn every_job_has_a_row_for_each_window_and_region() {
    let found = evaluated("--intensity sgip-pge-2020");
    assert_eq!((&found["year"], &found["starts"]), (&json!(2020), &json!("paper")));
    assert_eq!(
        (&found["signal"], &found["regions"]),
        (&json!("marginal"), &json!(["sgip-pge-2020"]))
    );
    let rows = found["rows"].as_array().unwrap();
    let names = "bert_finetune bert_lm transformer_6b densenet_121 densenet_169 densenet_201 vit_tiny \
        vit_small vit_base vit_large vit_huge";
    let mut expected = Vec::new();
    for job in names.split_whitespace() {
        for window in ["6h", "12h", "18h", "24h", "25%", "50%", "75%", "100%"] {
            expected.extend(["mean", "sgip-pge-2020"].map(|region| (job, window, region)));
        }
    }
    let key = |row: &'_ Value, name: &str| row[name].as_str().unwrap().to_owned();
    let keys: Vec<_> =
        rows.iter().map(|row| (key(row, "job"), key(row, "window"), key(row, "region"))).collect();
    assert_eq!(keys.len(), expected.len());
    for (found, expected) in keys.iter().zip(&expected) {
        assert_eq!((found.0.as_str(), found.1.as_str(), found.2.as_str()), *expected);
    }
    for row in rows {
        let ratio = |name: &str| row[name].as_f64().unwrap();
        let flexible = ratio("flexible_start_saving_ratio");
        let paused = ratio("pause_and_resume_saving_ratio");
        assert!(0.0 <= flexible && flexible <= paused && paused <= 1.0, "{row}");
        assert!(ratio("pauses_per_hour") >= 0.0 && row["starts"].as_u64() <= Some(60), "{row}");
    }
    for pair in rows.chunks(2) {
        for name in ["flexible_start_saving_ratio", "pauses_per_hour", "starts"] {
            assert_eq!(pair[0][name], pair[1][name], "the mean over one region is that region");
        }
    }
}

#[test]
fn a_start_at_each_five_minutes_counts_the_whole_year() {
    let folder = tempfile::tempdir().unwrap();
    let path = two_halves(&folder, "day.csv", 400, 100);
    let found = evaluated(&format!("--intensity {} --starts every --windows 12h", path.display()));
    assert_eq!(found["starts"], json!("every"));
    assert!(found["rows"].as_array().unwrap().iter().all(|row| row["starts"] == json!(366 * 288)));
}

#[test]
fn a_year_that_is_not_covered_is_refused_with_what_is() {
    refused(
        "--intensity sgip-pge-2020 --year 2021",
        "sgip-pge-2020: the series covers 2020-01-01T00:00:00Z to 2021-01-01T00:00:00Z, and the whole of 2021 is \
         needed, but for a day at its ends: give another --year",
    );
    refused(
        "--intensity uneven.csv",
        "--year is missing, and what every series covers, 2020-06-01T00:00:00Z to 2020-06-01T00:25:00Z, has no calendar \
         year (UTC) without a gap, but for a day at its ends: give longer series",
    );
    let folder = tempfile::tempdir().unwrap();
    let gap = (0..HALF_DAYS_OF_2020).map(|half_day| (half_day != 3).then_some(100));
    let path = half_days(&folder, "gap.csv", gap);
    refused(
        &format!("--intensity {}", path.display()),
        "gap: the series has a gap from 2020-01-02T12:00:00Z to 2020-01-03T00:00:00Z, and the whole of 2020 is needed: \
         fill it, or give another --year",
    );
    let two_years = half_days(&folder, "two.csv", (0..731 * 2).map(|_| Some(100)));
    let line = format!("--intensity {} --windows 6h", two_years.display());
    refused(
        &line,
        "--year is missing, and every series covers 2 years between 2020 and 2021: give one of them",
    );
    assert_eq!(evaluated(&format!("{line} --year 2021"))["year"], json!(2021));
}

/// As a year by the clocks of California does, and the hourly averages that end at 23:00.
#[test]
fn a_year_may_lack_a_day_at_its_ends_and_goes_on_at_its_beginning() {
    let folder = tempfile::tempdir().unwrap();
    let values: Vec<u32> = (0..732).map(|half_day| 100 + half_day * 7919 % 800).collect();
    let without = |late: usize, early: usize| {
        let has = |at: usize| late <= at && at < values.len() - early;
        (0..values.len()).map(|at| has(at).then_some(values[at])).collect::<Vec<_>>()
    };
    let jobs = folder.path().join("jobs");
    std::fs::write(&jobs, "name,hours,kilowatt_hours\nlong,48,3\n").unwrap();
    // Half days of a year from which five are given, by day of the month; they count from its first.
    let days = [0_usize, 31, 60, 91, 121, 152, 182, 213, 244, 274, 305, 335];
    let starts = || days.iter().flat_map(|first| [0, 6, 12, 18, 24].map(|day| 2 * (first + day)));
    for (name, late, early) in [("whole", 0, 0), ("short", 0, 1), ("local", 1, 1)] {
        let path = half_days(&folder, &format!("{name}.csv"), without(late, early).into_iter());
        let question =
            format!("--intensity {} --jobs {} --year 2020", path.display(), jobs.display());
        let line = format!("{question} --windows 9d");
        let ring = &values[late..values.len() - early];
        let saved: Vec<f64> = starts()
            .filter_map(|start: usize| start.checked_sub(late))
            .map(|start| {
                let runs = |delay: usize| -> u32 {
                    (0..4).map(|at| ring[(start + delay + at) % ring.len()]).sum()
                };
                let least = (0..=18).map(runs).min().unwrap();
                1.0 - f64::from(least) / f64::from(runs(0))
            })
            .collect();
        let found = evaluated(&line);
        let row = &found["rows"][0];
        assert_eq!(row["starts"], json!(saved.len()), "{name}");
        // Between two values the least is at neither: a start is each five minutes, and a sum of straight lines.
        let mean = saved.iter().sum::<f64>() / saved.len() as f64;
        let told = row["flexible_start_saving_ratio"].as_f64().unwrap();
        assert!((told - mean).abs() < 1e-12, "{name}: {told}, expected {mean}");
        let text = evaluate(&line).out;
        assert_eq!(text.contains(" goes on at its beginning."), name != "whole", "{text}");
        let found = evaluated(&format!("{line} --starts every"));
        assert_eq!(found["rows"][0]["starts"], json!(ring.len() * 144), "{name}");
        let hours = evaluated(&format!("{question} --starts every --table hours"));
        let counted: u64 =
            (0..24).map(|hour| hours["rows"][hour]["starts"].as_u64().unwrap()).sum();
        assert_eq!(counted, ring.len() as u64 * 12, "{name}");
    }
    let path = half_days(&folder, "shorter.csv", without(1, 2).into_iter());
    refused(
        &format!("--intensity {} --year 2020", path.display()),
        "shorter: the series covers 2020-01-01T12:00:00Z to 2020-12-31T00:00:00Z, and the whole of 2020 is needed, but \
         for a day at its ends: give another --year",
    );
}

/// The averages of 16 zones, where they stand beside the checkout; each lacks the last hour of 2022.
#[test]
#[ignore = "needs ../shared/data"]
fn needs_shared_data_sixteen_zones_of_hourly_averages_are_evaluated() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/average");
    let files =
        std::fs::read_dir(&folder).unwrap().map(|file| file.unwrap().path().display().to_string());
    let files: Vec<String> = files.filter(|path| path.ends_with("_2022.csv")).collect();
    let found = evaluated(&format!("--intensity {} --signal average", files.join(" ")));
    assert_eq!((&found["year"], files.len()), (&json!(2022), 16));
    for row in found["rows"].as_array().unwrap() {
        assert_eq!(row["starts"], json!(60), "{row}");
    }
    assert_eq!(found["series"][0]["end"], json!("2022-12-31T23:00:00Z"));
}

#[test]
fn what_cannot_be_used_is_refused() {
    let line = |words: &str| format!("--intensity sgip-pge-2020 {words}");
    refused(
        &line("--windows 6h,1d2"),
        "invalid value '1d2' for '--windows <WINDOW,...>': expected a length of time such as 24h, or 0% to 100000% of \
         the duration",
    );
    refused(
        &line("--windows 24h,9000%"),
        "transformer_6b with a window of 9000% takes longer than 2020, and would meet itself: give shorter --windows, or \
         another job by --jobs",
    );
    refused(
        &line("--table hours --windows 6h"),
        "--windows: --table hours tells of jobs that start at once: leave one of the two out",
    );
    refused(
        &line("--time-zone Asia/Kolkata"),
        "--time-zone: --table hours alone tells of hours: give it, or leave the zone out",
    );
    refused(
        &line("--jobs profile.csv"),
        "profile.csv: line 1: the header must be `name,hours,kilowatt_hours`, got `offset_seconds,power_watts`",
    );
    refused(
        &line("--jobs no-such.csv"),
        "no-such.csv: cannot be read: No such file or directory (os error 2)",
    );
    refused(
        &line("--signal average"),
        "sgip-pge-2020 is a marginal signal, and average was asked for: the two are never mixed",
    );
    for year in ["0", "-5", "abc"] {
        let expected = "expected a year from 1 to 9999";
        refused(
            &line(&format!("--year {year}")),
            &format!("invalid value '{year}' for '--year <YEAR>': {expected}"),
        );
    }
    let folder = tempfile::tempdir().unwrap();
    let path = two_halves(&folder, "mean.csv", 1, 2);
    refused(
        &format!("--intensity {}", path.display()),
        "a series is named mean, and so is the mean over regions: rename it, or leave it out",
    );
}

/// The paper's own grid and year, where it stands beside the checkout. It is not the project's to ship.
#[test]
#[ignore = "needs ../shared/data"]
fn needs_shared_data_savings_in_west_us_are_those_of_an_independent_count() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../../shared/data/marginal/WT_CAISO_NORTH_2020.csv");
    let found = evaluated(&format!("--intensity {} --year 2020", path.display()));
    let near = |job: &str, window: &str, name: &str, expected: f64| {
        for region in ["mean", "WT_CAISO_NORTH_2020"] {
            let is_it = |row: &&Value| {
                row["job"] == job && row["window"] == window && row["region"] == region
            };
            let row = found["rows"].as_array().unwrap().iter().find(is_it).unwrap();
            let ratio = row[name].as_f64().unwrap();
            assert!((ratio - expected).abs() <= 0.0005, "{job}, {window}, {region}: {ratio}");
            assert_eq!(row["starts"], json!(60));
        }
    };
    near("transformer_6b", "100%", "pause_and_resume_saving_ratio", 0.295);
    near("transformer_6b", "24h", "flexible_start_saving_ratio", 0.009);
    near("densenet_201", "24h", "flexible_start_saving_ratio", 0.555);
}
