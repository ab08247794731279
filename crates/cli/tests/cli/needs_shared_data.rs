//! Real series and forecasts, which the project may not distribute: the paper's own grid and year against a plain search
//! that shares no code with the project, hourly averages of 16 zones, and a week of forecasts.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::harness::{self, plan};

/// 2020-01-01T00:00:00Z in Unix seconds.
const FIRST: i64 = 1_577_836_800;
/// The slots of a day.
const DAY: usize = 288;

/// Returns the path of a file or a folder in ../shared/data, beside the checkout.
fn shared_data(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data").join(path)
}

/// Returns the path of the paper's grid and year.
fn west_us() -> PathBuf {
    shared_data("marginal/WT_CAISO_NORTH_2020.csv")
}

/// Returns the values of [`west_us`], one for each five minutes of 2020; it has no gap.
fn west_us_values() -> Vec<f64> {
    let text = std::fs::read_to_string(west_us()).unwrap();
    let mut values = vec![f64::NAN; 366 * DAY];
    for row in text.lines().skip(1) {
        let (at, value) = row.split_once(',').unwrap();
        let at = chrono::DateTime::parse_from_rfc3339(at).unwrap().timestamp();
        values[usize::try_from((at - FIRST) / 300).unwrap()] = value.parse().unwrap();
    }
    assert!(values.iter().all(|value| value.is_finite()));
    values
}

/// The savings that a plain search finds from one start.
struct Found {
    /// The saving of the best start.
    start: f64,
    /// The saving of the best slots.
    slots: f64,
    /// The number of pauses between these slots.
    pauses: usize,
}

fn search(ring: &[f64], duration: usize, window: usize) -> Found {
    let runs = |from: usize| ring[from..from + duration].iter().sum::<f64>();
    let now = runs(0);
    let mut sum = now;
    let mut best = now;
    for from in 1..=window {
        sum += ring[from + duration - 1] - ring[from - 1];
        best = best.min(sum);
    }
    let mut order: Vec<usize> = (0..duration + window).collect();
    order.sort_by(|&a, &b| ring[a].total_cmp(&ring[b])); // of equals, the earliest
    let mut chosen = order[..duration].to_vec();
    chosen.sort_unstable();
    let paused: f64 = chosen.iter().map(|&slot| ring[slot]).sum();
    let pauses = chosen.windows(2).filter(|pair| pair[1] > pair[0] + 1).count();
    Found { start: 1.0 - best / now, slots: 1.0 - paused / now, pauses }
}

fn near(found: &Value, expected: f64, what: &str) {
    let found = found.as_f64().unwrap();
    assert!(
        (found - expected).abs() <= 1e-9 * expected.abs().max(1.0),
        "{what}: {found}, expected {expected}"
    );
}

#[test]
#[ignore = "needs ../shared/data"]
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the counts are small")]
fn a_plain_search_finds_the_savings_of_a_year() {
    let values = west_us_values();
    let found = harness::json(&format!("evaluate --intensity {}", west_us().display()));
    let days = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let firsts = days.iter().scan(0, |first, days| Some(std::mem::replace(first, *first + days)));
    let starts: Vec<usize> =
        firsts.flat_map(|first| [0, 6, 12, 18, 24].map(|day| (first + day) * DAY)).collect();
    let round = values.iter().chain(&values).copied().collect::<Vec<f64>>();
    for (job, duration) in [("bert_finetune", 72), ("densenet_201", 5), ("transformer_6b", 2304)] {
        let windows = [("6h", 72), ("12h", 144), ("18h", 216), ("24h", 288)]
            .map(|(name, slots)| (name.to_owned(), slots));
        let shares = [25, 50, 75, 100].map(|percent: usize| {
            (
                format!("{percent}%"),
                (duration as f64 * percent as f64 / 100.0 + 0.5).floor() as usize,
            )
        });
        for (name, window) in windows.into_iter().chain(shares) {
            let all: Vec<_> =
                starts.iter().map(|&start| search(&round[start..], duration, window)).collect();
            let mean = |value: &dyn Fn(&Found) -> f64| all.iter().map(value).sum::<f64>() / 60.0;
            let is_it = |row: &&Value| {
                row["job"] == job && row["window"] == name && row["region"] == "mean"
            };
            let row = found["rows"].as_array().unwrap().iter().find(is_it).unwrap();
            let what = format!("{job} +{name}");
            near(&row["flexible_start_saving_ratio"], mean(&|found| found.start), &what);
            near(&row["pause_and_resume_saving_ratio"], mean(&|found| found.slots), &what);
            let hours = (duration + window) as f64 / 12.0;
            near(&row["pauses_per_hour"], mean(&|found| found.pauses as f64) / hours, &what);
        }
    }
}

/// Jobs of whole minutes: over the leap day, between the steps of the series, of one slot, and without a window.
#[test]
#[ignore = "needs ../shared/data"]
fn a_plain_search_by_the_minute_finds_the_plans() {
    let (path, values) = (west_us(), west_us_values());
    let grams = |minute: usize| values[minute / 5] / 60.0; // of a kilowatt
    for (start, first, duration, window) in [
        ("2020-02-28T22:00:00Z", (58 * 24 + 22) * 60, 360, 1440),
        ("2020-02-29T23:58:00Z", 60 * 1440 - 2, 25, 1440),
        ("2020-06-01T00:00:00Z", 152 * 1440, 12, 13),
        ("2020-06-01T00:00:00Z", 152 * 1440, 5, 0),
        ("2020-08-14T17:03:00Z", (226 * 24 + 17) * 60 + 3, 7, 300),
        ("2020-12-30T00:00:00Z", 364 * 1440, 1439, 1441),
    ] {
        let line = format!(
            "plan --start {start} --intensity {} --duration {duration}min --window {window}min --power 1kW",
            path.display()
        );
        let found = harness::json(&line);
        let region = &found["regions"][0];
        let runs = |from: usize| (from..from + duration).map(grams).sum::<f64>();
        near(&region["baseline"]["emissions_grams"], runs(first), &line);
        let best =
            (0..=window / 5).map(|step| runs(first + step * 5)).fold(f64::INFINITY, f64::min);
        near(&region["flexible_start"]["emissions_grams"], best, &line);
        // The slots from the start on, of which the last is shorter; those of the least mean, of which the greatest is trimmed.
        let end = first + duration + window;
        let mut slots: Vec<(f64, usize)> = (first..end)
            .step_by(5)
            .map(|from| {
                let length = (end - from).min(5);
                ((from..from + length).map(grams).sum::<f64>() / length as f64, length)
            })
            .collect();
        slots.sort_by(|a, b| a.0.total_cmp(&b.0));
        let (mut left, mut paused) = (duration, 0.0);
        for (mean, length) in slots {
            let taken = length.min(left);
            paused += mean * taken as f64;
            left -= taken;
        }
        // Where a slot contains two values, the plan depends on the minutes that run, and the best minutes are a bound.
        let on_grid = first.is_multiple_of(5);
        let planned = region["pause_and_resume"]["emissions_grams"].as_f64().unwrap();
        if on_grid {
            near(&region["pause_and_resume"]["emissions_grams"], paused, &line);
        } else {
            let mut minutes: Vec<f64> = (first..end).map(grams).collect();
            minutes.sort_by(f64::total_cmp);
            let least: f64 = minutes[..duration].iter().sum();
            assert!(
                (least * (1.0 - 1e-12)..=best * (1.0 + 1e-12)).contains(&planned),
                "{line}: {planned}"
            );
        }
    }
    let beyond =
        plan(&format!("--intensity {} --duration 366d --window 0s --power 1kW", path.display()));
    assert_eq!(beyond.status, Some(2));
    assert!(
        beyond.err.contains("the series covers 2020-01-01T00:00:00Z to 2021-01-01T00:00:00Z"),
        "{}",
        beyond.err
    );
}

#[test]
#[ignore = "needs ../shared/data"]
fn savings_in_west_us_match_an_independent_count() {
    let found = harness::json(&format!("evaluate --intensity {} --year 2020", west_us().display()));
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

/// Each series lacks the last hour of 2022.
#[test]
#[ignore = "needs ../shared/data"]
fn sixteen_zones_of_hourly_averages_are_evaluated() {
    let files = std::fs::read_dir(shared_data("average")).unwrap();
    let files = files.map(|file| file.unwrap().path().display().to_string());
    let files: Vec<String> = files.filter(|path| path.ends_with("_2022.csv")).collect();
    let line = format!("evaluate --intensity {} --signal average", files.join(" "));
    let found = harness::json(&line);
    assert_eq!((&found["year"], files.len()), (&json!(2022), 16));
    for row in found["rows"].as_array().unwrap() {
        assert_eq!(row["starts"], json!(60), "{row}");
    }
    assert_eq!(found["series"][0]["end"], json!("2022-12-31T23:00:00Z"));
}

#[test]
#[ignore = "needs ../shared/data"]
fn a_week_of_real_forecasts_is_read() {
    let path =
        shared_data("forecast/SGIP_CAISO_PGE_2020-06_with_36step_forecast_kg_per_kwh_7days.csv");
    let job = "--duration 30min --power 1kW --window 2h --starts daily --policy percentile";
    let line = format!("simulate --forecasts {} {job}", path.display());
    let found = harness::json(&format!("{line} --intensity sgip-pge-2020"));
    assert_eq!(found["regions"][0]["starts"], json!(366));
    assert_eq!(harness::json(&line)["regions"][0]["starts"], json!(7));
}
