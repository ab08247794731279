//! `gpu-carbon report`, on ledgers that the real writer wrote.

pub(crate) mod ledgers;
mod manufacture;
mod market;
mod output;
mod readers;
mod regimes;
mod regimes_of_hosts;

use std::fs;
use std::path::Path;

use gpu_carbon_core::{Quality, Scope, Signal};
use serde_json::Value;

use crate::harness::{Outcome, check_golden, gpu_carbon};
use ledgers::{CALM, Load, gpu, gpus, ledger};

fn report(path: &Path, line: &str) -> Outcome {
    let words = ["report", "--ledger", path.to_str().unwrap()];
    gpu_carbon(words.into_iter().chain(line.split_whitespace()))
}

fn reported(path: &Path, line: &str) -> Value {
    let outcome = report(path, &format!("{line} --format json"));
    assert_eq!((outcome.status, outcome.err.as_str()), (Some(0), ""), "{line}");
    serde_json::from_str(&outcome.out).unwrap()
}

fn number(record: &Value, name: &str) -> f64 {
    let number = record[name].as_f64();
    assert!(number.is_some(), "{name} is not a number in {record}");
    number.unwrap()
}

fn near(one: f64, other: f64) -> bool {
    (one - other).abs() <= 1e-9 * other.abs().max(1e-3)
}

#[test]
fn two_gpus_match_the_golden_pages() {
    let (folder, path, _ledger) = ledger(gpus());
    let lines = [
        ("", "report.txt"),
        ("--format json", "report.json"),
        ("--format csv", "report.csv"),
        ("--by day --time-zone Asia/Kolkata", "report-days.txt"),
        ("--by month --format csv", "report-months.csv"),
        ("--from 2026-11-24T07:57:30Z --to 2026-11-24T08:00:00Z --by day", "report-cut.txt"),
        (
            "--from 2026-11-24T10:50:00Z --format openmetrics --label instance=gpu-host:9877",
            "report-history.txt",
        ),
    ];
    for (line, file) in lines {
        let mut outcome = report(&path, line);
        assert_eq!((outcome.status, outcome.err.as_str()), (Some(0), ""), "{line}");
        outcome.out = outcome.out.replace(&format!("{}/", folder.path().display()), "");
        check_golden(&outcome.out, file);
    }
}

#[test]
fn two_scopes_are_not_added_up_in_silence() {
    let (from, to) = ("2026-11-24T08:00:00Z", "2026-11-24T10:00:00Z");
    let later = Load { from, to, scope: Some(Scope::Co2eLifecycle), ..CALM };
    for (later, note) in [
        (later, "The average emissions add up grams that count different gases"),
        (Load { from, to, ..CALM }, "The average emissions are CO2 of combustion."),
    ] {
        let scope = later.scope;
        let (_folder, path, _ledger) = ledger(vec![gpu(0, "Tesla P40", &[CALM, later])]);
        let text = report(&path, "").out;
        assert!(text.contains(note), "{text}");
        let is_named = text.contains("GB average, gb, measured, CO2e over the life cycle");
        assert_eq!(is_named, scope.is_some(), "{text}");
        let answer = reported(&path, "");
        let scopes = answer["total"]["scopes"].as_array().unwrap().len();
        assert_eq!(scopes, 1 + usize::from(scope.is_some()));
        let of_factors: Vec<&Value> =
            answer["factors"].as_array().unwrap().iter().map(|factor| &factor["scope"]).collect();
        // The rows without a scope are by a service whose scope is known.
        assert_eq!(of_factors[0], "co2_direct");
        assert_eq!(of_factors.len(), scopes);
    }
}

/// Every grouping has the same total, and its energy is that of the ledger.
#[test]
fn the_parts_add_up_to_the_total() {
    let (_folder, path, _ledger) = ledger(gpus());
    let all = reported(&path, "");
    let total = &all["total"];
    let joules: f64 =
        gpus().iter().flat_map(|gpu| &gpu.postings).map(|one| one.energy_joules).sum();
    assert!(near(number(total, "energy_kilowatt_hours"), joules / 3.6e6), "{total}");
    let additive = [
        "energy_kilowatt_hours",
        "counted_kilowatt_hours",
        "integrated_kilowatt_hours",
        "recovered_kilowatt_hours",
        "pending_kilowatt_hours",
        "average_emissions_grams",
        "embodied_emissions_grams",
        "gpu_hours",
    ];
    let sum = |report: &Value, name: &str| -> f64 {
        report["rows"].as_array().unwrap().iter().map(|row| row[name].as_f64().unwrap_or(0.0)).sum()
    };
    for line in ["--by gpu", "--by day", "--by month", "--by day --time-zone Asia/Kathmandu"] {
        let found = reported(&path, line);
        for name in additive {
            assert!(near(sum(&found, name), number(total, name)), "{line}: {name}");
            assert!(near(number(&found["total"], name), number(total, name)), "{line}: {name}");
        }
    }
    // One bound divides an hour of October, and the other five minutes.
    for cut in ["2026-10-10T07:20:00Z", "2026-11-23T10:01:40Z"] {
        let (before, after) =
            (reported(&path, &format!("--to {cut}")), reported(&path, &format!("--from {cut}")));
        for name in additive {
            let both = number(&before["total"], name) + number(&after["total"], name);
            assert!(near(both, number(total, name)), "{cut}: {name}");
        }
        assert!(number(&after["total"], "shared_out_kilowatt_hours") > 0.0);
    }
    let factors = all["factors"].as_array().unwrap();
    let energy: f64 = factors.iter().map(|one| number(one, "energy_kilowatt_hours")).sum();
    assert!(near(energy, number(total, "energy_kilowatt_hours")));
}

#[test]
fn marginal_and_average_emissions_have_their_own_columns() {
    let marginal = Load {
        from: "2026-11-24T08:00:00Z",
        to: "2026-11-24T09:00:00Z",
        watts: 3600.0,
        signal: Signal::Marginal,
        intensity: Some((500.0, Quality::Estimated)),
        ..CALM
    };
    let average = Load { from: "2026-11-24T07:00:00Z", watts: 3600.0, ..CALM };
    let (_folder, path, _ledger) = ledger(vec![gpu(0, "NVIDIA A100", &[average, marginal])]);
    let total = &reported(&path, "")["total"];
    assert!(near(number(total, "marginal_emissions_grams"), 3.6 * 1.25 * 500.0), "{total}");
    assert!(near(number(total, "average_emissions_grams"), 3.6 * 1.25 * 200.0), "{total}");
    assert!(near(number(total, "marginal_intensity_grams_per_kilowatt_hour"), 500.0));
    assert!(near(number(total, "average_intensity_grams_per_kilowatt_hour"), 200.0));
    let text = report(&path, "").out;
    assert!(text.contains("marginal") && text.contains("are not added up"), "{text}");
}

/// A GPU whose manufacture is unknown has no embodied emissions, rather than emissions of 0.
#[test]
fn unknown_embodied_emissions_are_not_zero() {
    let mut unknown = gpu(1, "Tesla P40", &[CALM]);
    unknown.presence.iter_mut().for_each(|presence| presence.embodied_grams = None);
    unknown.totals.embodied_grams = 0.0;
    let (_folder, path, _ledger) = ledger(vec![gpu(0, "NVIDIA H100 80GB HBM3", &[CALM]), unknown]);
    let found = reported(&path, "");
    let rows = found["rows"].as_array().unwrap();
    let amounts = |name: &str| {
        let [known, unknown] = [0, 1].map(|row: usize| rows[row][name].clone());
        (known, unknown, number(&found["total"], name))
    };
    let (known, unknown, total) = amounts("embodied_emissions_grams");
    assert!(near(known.as_f64().unwrap(), total) && total > 0.0 && unknown.is_null(), "{found}");
    let (known, unknown, total) = amounts("embodied_known_ratio");
    assert_eq!((known.as_f64(), unknown.as_f64(), total), (Some(1.0), Some(0.0), 0.5));

    let csv = report(&path, "--format csv").out;
    let cells: Vec<Vec<&str>> = csv.lines().map(|line| line.split(',').collect()).collect();
    let column = cells[0].iter().position(|&name| name == "embodied_emissions_grams").unwrap();
    assert!(!cells[1][column].is_empty() && cells[2][column].is_empty(), "{csv}");

    let text = report(&path, "").out;
    let line = text.lines().find(|line| line.contains("Tesla P40")).unwrap();
    assert!(line.contains("  unknown  "), "{line}");
    assert!(text.contains("Embodied emissions are known for 50.0 % of the GPU-hours"), "{text}");

    let history = report(&path, "--format openmetrics").out;
    let series = |index| format!("gpu_carbon_gpu_embodied_emissions_grams_total{{gpu=\"{index}\"");
    assert!(history.contains(&series(0)) && !history.contains(&series(1)));
}

#[test]
fn an_empty_ledger_has_an_empty_report() {
    let (_folder, path, _ledger) = ledger(vec![]);
    assert_eq!(report(&path, "").out, format!("{} has no rows yet.\n", path.display()));
    let found = reported(&path, "");
    assert_eq!((&found["from"], &found["rows"]), (&Value::Null, &serde_json::json!([])));
    assert_eq!(report(&path, "--format openmetrics").out, "# EOF\n");
    let (_folder, path, _ledger) = ledger(gpus());
    let expected = "has no rows in that time; it covers 2026-10-10 06:00 to 2026-11-24 11:02:30.\n";
    assert_eq!(report(&path, "--to 2026-10-10").out, format!("{} {expected}", path.display()));
    assert_eq!(report(&path, "--to 2026-10-10 --format csv").out.lines().count(), 1);
    let to_the_second = report(&path, "--to 2026-10-10T07:00:01.75Z").out;
    assert!(to_the_second.contains("2026-10-10 06:00 to 07:00:01. Times"), "{to_the_second}");
}

#[test]
fn invalid_arguments_are_rejected() {
    let (folder, path, _ledger) = ledger(gpus());
    let rejected = |path: &Path, line: &str, expected: &str| {
        let outcome = report(path, line);
        assert_eq!(
            (outcome.status, outcome.out.as_str()),
            (Some(2), ""),
            "{line}: {}",
            outcome.err
        );
        assert_eq!(outcome.err, format!("gpu-carbon: {expected}\n"), "{line}");
    };
    for (line, expected) in [
        (
            "--from 2026-11",
            "invalid value '2026-11' for '--from <TIME>': expected a time with its offset, as 2020-06-01T00:00:00Z, or a \
             date, as 2020-06-01",
        ),
        (
            "--format openmetrics --label job=a --label instance=b --label job=c",
            "--label gives `job` twice, but a series has one value of it: leave one out",
        ),
        ("--from 2026-11-02 --to 2026-11-02", "--to is not after --from: give a later one"),
        (
            "--by week",
            "invalid value 'week' for '--by <BY>' [possible values: gpu, day, month, workload, namespace, kind]",
        ),
        (
            "--by gpu --format openmetrics",
            "--by has no effect in --format openmetrics, which has each GPU at each time: leave it out",
        ),
        (
            "--label instance=a",
            "--label has an effect in --format openmetrics only: leave it out, or give that format",
        ),
        (
            "--label gpu=0 --format openmetrics",
            "invalid value 'gpu=0' for '--label <NAME=VALUE>': expected a label that is not in use: not gpu, uuid, signal, scope, and \
             none that begins with __",
        ),
    ] {
        rejected(&path, line, expected);
    }
    let other = folder.path().join("intensity.csv");
    fs::write(&other, "timestamp_utc,gco2_per_kwh\n").unwrap();
    let why = "not a ledger: it does not begin as an SQLite database does";
    rejected(&other, "", &format!("{}: {why}", other.display()));
    let none = folder.path().join("none.db");
    rejected(
        &none,
        "",
        &format!(
            "{}: there is no such file: name the ledger that the exporter's configuration names at ledger.path",
            none.display()
        ),
    );
    assert!(!none.exists());
}
