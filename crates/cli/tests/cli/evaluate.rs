//! `gpu-carbon evaluate`: the savings of waiting and pausing over a year.

use std::fmt::Write;
use std::path::PathBuf;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::harness::{check_golden, json, rejected, succeed};

/// The half days of 2020: a whole year in few rows.
const HALF_DAYS_OF_2020: usize = 366 * 2;

/// Writes a series of half days from the first of 2020 on; `None` is a gap.
fn half_days(folder: &TempDir, name: &str, values: impl Iterator<Item = Option<u32>>) -> PathBuf {
    let mut text = "timestamp_utc,gco2_per_kwh\n".to_owned();
    let first = chrono::DateTime::from_timestamp(1_577_836_800, 0).unwrap();
    for (half_day, value) in (0..).zip(values) {
        let time = first + chrono::TimeDelta::hours(12 * half_day);
        if let Some(value) = value {
            writeln!(text, "{},{value}", time.to_rfc3339()).unwrap();
        }
    }
    let path = folder.path().join(name);
    std::fs::write(&path, text).unwrap();
    path
}

/// Writes a series whose days begin with one value and end with another.
fn two_halves(folder: &TempDir, name: &str, first: u32, second: u32) -> PathBuf {
    half_days(folder, name, [first, second].map(Some).into_iter().cycle().take(HALF_DAYS_OF_2020))
}

#[test]
fn the_bundled_series_matches_the_golden_pages() {
    let line = "--intensity sgip-pge-2020 --windows 24h,100% --jobs jobs.csv";
    for (format, file) in
        [("text", "evaluate.txt"), ("json", "evaluate.json"), ("csv", "evaluate.csv")]
    {
        let found = succeed(&format!("evaluate {line} --format {format}"));
        assert!(found.contains("SGIP GHG Signal"), "{format}: every format has the attribution");
        check_golden(&found, file);
    }
}

#[test]
fn a_few_regions_have_columns_beside_their_mean() {
    let folder = tempfile::tempdir().unwrap();
    two_halves(&folder, "day.csv", 400, 100);
    two_halves(&folder, "night.csv", 0, 100);
    let line = format!(
        "evaluate --intensity {} --windows 6h,12h,24h --jobs jobs.csv",
        folder.path().display()
    );
    check_golden(&succeed(&line), "evaluate-regions.txt");
    let found = json(&line);
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
    let found = json("evaluate --intensity sgip-pge-2020");
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
    let found =
        json(&format!("evaluate --intensity {} --starts every --windows 12h", path.display()));
    assert_eq!(found["starts"], json!("every"));
    assert!(found["rows"].as_array().unwrap().iter().all(|row| row["starts"] == json!(366 * 288)));
}

#[test]
fn a_year_that_is_not_covered_is_rejected_with_the_time_that_is() {
    rejected(
        "evaluate --intensity sgip-pge-2020 --year 2021",
        "sgip-pge-2020: the series covers 2020-01-01T00:00:00Z to 2021-01-01T00:00:00Z, and the whole of 2021 is \
         needed, except for a day at its ends: give another --year",
    );
    rejected(
        "evaluate --intensity uneven.csv",
        "--year is missing, and the time that every series covers, 2020-06-01T00:00:00Z to 2020-06-01T00:25:00Z, has no \
         calendar year (UTC) without a gap, except for a day at its ends: give longer series",
    );
    let folder = tempfile::tempdir().unwrap();
    let gap = (0..HALF_DAYS_OF_2020).map(|half_day| (half_day != 3).then_some(100));
    let path = half_days(&folder, "gap.csv", gap);
    rejected(
        &format!("evaluate --intensity {}", path.display()),
        "gap: the series has a gap from 2020-01-02T12:00:00Z to 2020-01-03T00:00:00Z (1 gap of 12h in all), and the whole of 2020 \
         is needed: fill it by --gaps same-hour, or give another --year",
    );
    let two_years = half_days(&folder, "two.csv", (0..731 * 2).map(|_| Some(100)));
    let line = format!("evaluate --intensity {} --windows 6h", two_years.display());
    rejected(
        &line,
        "--year is missing, and every series covers 2 years between 2020 and 2021: give one of them",
    );
    assert_eq!(json(&format!("{line} --year 2021"))["year"], json!(2021));
}

/// A year by the clocks of California, and hourly averages that end at 23:00, lack some hours.
#[test]
fn a_year_may_lack_a_day_at_its_ends_and_continues_at_its_beginning() {
    let folder = tempfile::tempdir().unwrap();
    let values: Vec<u32> = (0..732).map(|half_day| 100 + half_day * 7919 % 800).collect();
    let without = |late: usize, early: usize| {
        let has = |at: usize| late <= at && at < values.len() - early;
        (0..values.len()).map(|at| has(at).then_some(values[at])).collect::<Vec<_>>()
    };
    let jobs = folder.path().join("jobs");
    std::fs::write(&jobs, "name,hours,kilowatt_hours\nlong,48,3\n").unwrap();
    // The first day of each month, counted from the first of the year; five days of each have a start.
    let days = [0_usize, 31, 60, 91, 121, 152, 182, 213, 244, 274, 305, 335];
    let starts = || days.iter().flat_map(|first| [0, 6, 12, 18, 24].map(|day| 2 * (first + day)));
    for (name, late, early) in [("whole", 0, 0), ("short", 0, 1), ("local", 1, 1)] {
        let path = half_days(&folder, &format!("{name}.csv"), without(late, early).into_iter());
        let question = format!(
            "evaluate --intensity {} --jobs {} --year 2020",
            path.display(),
            jobs.display()
        );
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
        let found = json(&line);
        let row = &found["rows"][0];
        assert_eq!(row["starts"], json!(saved.len()), "{name}");
        // The sum is linear between two changes of value, so that its least is at a whole number of half days.
        let mean = saved.iter().sum::<f64>() / saved.len() as f64;
        let ratio = row["flexible_start_saving_ratio"].as_f64().unwrap();
        assert!((ratio - mean).abs() < 1e-12, "{name}: {ratio}, expected {mean}");
        let text = succeed(&line);
        assert_eq!(text.contains(" continues at its beginning."), name != "whole", "{text}");
        let found = json(&format!("{line} --starts every"));
        assert_eq!(found["rows"][0]["starts"], json!(ring.len() * 144), "{name}");
        let hours = json(&format!("{question} --starts every --table hours"));
        let counted: u64 =
            (0..24).map(|hour| hours["rows"][hour]["starts"].as_u64().unwrap()).sum();
        assert_eq!(counted, ring.len() as u64 * 12, "{name}");
    }
    let path = half_days(&folder, "shorter.csv", without(1, 2).into_iter());
    rejected(
        &format!("evaluate --intensity {} --year 2020", path.display()),
        "shorter: the series covers 2020-01-01T12:00:00Z to 2020-12-31T00:00:00Z, and the whole of 2020 is needed, except \
         for a day at its ends: give another --year",
    );
}

#[test]
fn invalid_arguments_are_rejected() {
    let line = |words: &str| format!("evaluate --intensity sgip-pge-2020 {words}");
    rejected(
        &line("--windows 6h,1d2"),
        "invalid value '1d2' for '--windows <WINDOW,...>': expected a length of time with its unit, such as 24h, \
         or 0% to 100000% of the duration",
    );
    rejected(
        &line("--windows 24h,9000%"),
        "transformer_6b with a window of 9000% takes longer than 2020: give shorter --windows, or another job by \
         --jobs",
    );
    rejected(
        &line("--table hours --windows 6h"),
        "--windows has no effect on --table hours, which is about jobs that start at once: leave one of the two out",
    );
    rejected(
        &line("--time-zone Asia/Kolkata"),
        "--time-zone has an effect on --table hours only: give it, or leave --time-zone out",
    );
    rejected(
        &line("--jobs profile.csv"),
        "profile.csv: line 1: the header must be `name,hours,kilowatt_hours`, got `offset_seconds,power_watts`",
    );
    rejected(
        &line("--jobs no-such.csv"),
        "no-such.csv: cannot be read: No such file or directory (os error 2)",
    );
    rejected(
        &line("--signal average"),
        "sgip-pge-2020 is of marginal intensity, but --signal asks for average: the two are never mixed",
    );
    for year in ["0", "-5", "abc"] {
        let expected = "expected a year from 1 to 9999";
        rejected(
            &line(&format!("--year {year}")),
            &format!("invalid value '{year}' for '--year <YEAR>': {expected}"),
        );
    }
    let folder = tempfile::tempdir().unwrap();
    let path = two_halves(&folder, "mean.csv", 10, 20);
    rejected(
        &format!("evaluate --intensity {}", path.display()),
        "a series is named mean, which is the name of the mean over regions: rename the series, or remove it",
    );
}
