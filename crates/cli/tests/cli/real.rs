//! The paper's own grid and year, where it stands beside the checkout, against a plain search in plain floating
//! point that shares no code with the project. The series is not the project's to ship.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::{gpu_carbon, plan};

/// 2020-01-01T00:00:00Z, and the slots of a day.
const FIRST: i64 = 1_577_836_800;
const DAY: usize = 288;

/// The file and its values, one for each five minutes of 2020; it has no gap.
fn west_us() -> (PathBuf, Vec<f64>) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../../shared/data/marginal/WT_CAISO_NORTH_2020.csv");
    let text = std::fs::read_to_string(&path).unwrap();
    let mut values = vec![f64::NAN; 366 * DAY];
    for row in text.lines().skip(1) {
        let (at, value) = row.split_once(',').unwrap();
        let at = chrono::DateTime::parse_from_rfc3339(at).unwrap().timestamp();
        values[usize::try_from((at - FIRST) / 300).unwrap()] = value.parse().unwrap();
    }
    assert!(values.iter().all(|value| value.is_finite()));
    (path, values)
}

/// What the cheapest start and the cheapest slots save of a baseline, and how often the latter pauses.
fn saved(ring: &[f64], duration: usize, window: usize) -> (f64, f64, usize) {
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
    (1.0 - best / now, 1.0 - paused / now, pauses)
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
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // small counts
fn needs_shared_data_a_year_of_savings_is_what_a_plain_search_finds() {
    let (path, values) = west_us();
    let words = ["evaluate", "--intensity", path.to_str().unwrap(), "--format", "json"];
    let found: Value = serde_json::from_str(&gpu_carbon(words).out).unwrap();
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
                starts.iter().map(|&start| saved(&round[start..], duration, window)).collect();
            let mean = |value: &dyn Fn(&(f64, f64, usize)) -> f64| {
                all.iter().map(value).sum::<f64>() / 60.0
            };
            let is_it = |row: &&Value| {
                row["job"] == job && row["window"] == name && row["region"] == "mean"
            };
            let row = found["rows"].as_array().unwrap().iter().find(is_it).unwrap();
            let what = format!("{job} +{name}");
            near(&row["flexible_start_saving_ratio"], mean(&|it| it.0), &what);
            near(&row["pause_and_resume_saving_ratio"], mean(&|it| it.1), &what);
            let hours = (duration + window) as f64 / 12.0;
            near(&row["pauses_per_hour"], mean(&|it| it.2 as f64) / hours, &what);
        }
    }
}

/// Jobs of whole minutes, over the leap day, off the grid of the series, of one slot, in no window.
#[test]
#[ignore = "needs ../shared/data"]
fn needs_shared_data_plans_are_what_a_plain_search_by_the_minute_finds() {
    let (path, values) = west_us();
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
            "plan --start {start} --intensity {} --duration {duration}min --window {window}min --power 1kW --format json",
            path.display()
        );
        let outcome = gpu_carbon(line.split(' '));
        assert_eq!((outcome.status, outcome.err.as_str()), (Some(0), ""), "{line}");
        let found: Value = serde_json::from_str(&outcome.out).unwrap();
        let region = &found["regions"][0];
        let runs = |from: usize| (from..from + duration).map(grams).sum::<f64>();
        near(&region["baseline"]["emissions_grams"], runs(first), &line);
        let best =
            (0..=window / 5).map(|step| runs(first + step * 5)).fold(f64::INFINITY, f64::min);
        near(&region["flexible_start"]["emissions_grams"], best, &line);
        // The slots from the start on, the last cut short; the cheapest by their mean, the dirtiest trimmed.
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
        // Where a slot holds two values, which of its minutes run matters, and no plan beats the cheapest ones.
        let on_grid = first.is_multiple_of(5);
        let told = region["pause_and_resume"]["emissions_grams"].as_f64().unwrap();
        if on_grid {
            near(&region["pause_and_resume"]["emissions_grams"], paused, &line);
        } else {
            let mut minutes: Vec<f64> = (first..end).map(grams).collect();
            minutes.sort_by(f64::total_cmp);
            let least: f64 = minutes[..duration].iter().sum();
            assert!(
                (least * (1.0 - 1e-12)..=best * (1.0 + 1e-12)).contains(&told),
                "{line}: {told}"
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
