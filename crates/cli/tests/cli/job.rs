//! `gpu-carbon job`, and reports by workload, on a ledger that the real writer wrote.

use std::fs;

use serde_json::Value;
use tempfile::TempDir;

use crate::harness::{Outcome, gpu_carbon};
use crate::report::ledgers::{gpus, ledger, write_jobs};

/// A folder with a ledger of jobs.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    write_jobs(&folder.path().join("jobs.db"));
    folder
}

/// Runs a command on the ledger of jobs in a folder.
fn run(folder: &TempDir, line: &str) -> Outcome {
    let path = folder.path().join("jobs.db");
    let words = line.split_whitespace().chain(["--ledger", path.to_str().unwrap()]);
    gpu_carbon(words)
}

fn json(folder: &TempDir, line: &str) -> Value {
    let outcome = run(folder, &format!("{line} --format json"));
    assert_eq!((outcome.status, outcome.err.as_str()), (Some(0), ""), "{line}");
    serde_json::from_str(&outcome.out).unwrap()
}

fn near(found: &Value, expected: f64) {
    let found = found.as_f64().unwrap();
    assert!((found - expected).abs() <= 1e-9 * expected.abs(), "{found} is not {expected}");
}

#[test]
fn a_bill_has_the_energy_the_idle_part_the_emissions_and_the_alternatives() {
    let folder = folder();
    let bill = json(&folder, "job slurm:123");
    let row = &bill["rows"][0];
    // 650 W for 2 h and 80 W for half an hour; 650 W for 2.5 h.
    near(&row["energy_kilowatt_hours"], 1.3 + 0.04 + 1.625);
    near(&row["idle_kilowatt_hours"], 0.04);
    near(&row["idle_below_watts"], 1.25 * 75.0);
    near(&row["average_emissions_grams"], 2.965 * 1.25 * 300.0);
    near(&row["gpu_hours"], 5.0);
    near(&row["embodied_emissions_grams"], 18.0);
    near(&row["sci_grams_per_unit"], 2.965 * 1.25 * 300.0 + 18.0);
    assert_eq!(row["start"], "2026-11-24T08:00:00Z");
    assert_eq!(row["end"], "2026-11-24T10:30:00Z");
    assert_eq!(row["gpus"], 2);
    // From 10:30 on, the intensity is a third.
    assert_eq!(row["best_start"], "2026-11-24T10:30:00Z");
    near(&row["best_start_emissions_grams"], 2.965 * 1.25 * 100.0);
    near(&row["paused_emissions_grams"], 2.965 * 1.25 * 100.0);
    near(&row["alternatives_window_seconds"], 7.5 * 3600.0);
    assert_eq!(bill["factors"][0]["source"], "gb");
    assert!(bill["boundary"].as_str().unwrap().contains("GPUs alone"));

    let bill = json(&folder, "job pod:serving/llm-0 --idle-power 200W --window 1h");
    let row = &bill["rows"][0];
    near(&row["energy_kilowatt_hours"], 0.7);
    near(&row["idle_kilowatt_hours"], 0.7);
    assert_eq!((&row["namespace"], &row["pod"]), (&"serving".into(), &"llm-0".into()));
    near(&row["best_start_emissions_grams"], 0.7 * 1.25 * 100.0);
}

#[test]
fn a_bill_is_for_a_functional_unit_and_by_another_intensity() {
    let folder = folder();
    let path = folder.path().join("jobs.db");
    let words = ["job", "slurm:123", "--per", "1e6 tokens", "--ledger", path.to_str().unwrap()];
    let text = gpu_carbon(words).out;
    assert!(text.contains("SCI          1.13 mg per one of 1000000 tokens"), "{text}");
    let flat = folder.path().join("flat.csv");
    let hours = (0..24).map(|hour| format!("2026-11-24T{hour:02}:00:00Z,100\n"));
    fs::write(&flat, format!("timestamp_utc,gco2_per_kwh\n{}", hours.collect::<String>())).unwrap();
    let line = format!("job slurm:123 --intensity {}", flat.display());
    let row = &json(&folder, &format!("{line} --window 2h"))["rows"][0];
    near(&row["best_start_emissions_grams"], 2.965 * 1.25 * 300.0);
    assert_eq!(row["best_start"], row["start"]);
    assert!(row["alternatives_intensity"].as_str().unwrap().contains("flat.csv"));
}

#[test]
fn a_bill_is_a_table_for_a_paper() {
    let folder = folder();
    let latex = run(&folder, "job slurm:123 --format latex").out;
    assert!(latex.starts_with("\\begin{tabular}{ll}\n\\toprule\n"), "{latex}");
    assert!(latex.contains("energy & 2.96 kWh \\\\\n"), "{latex}");
    assert!(latex.contains("(1.3 \\%)"), "{latex}");
    let markdown = run(&folder, "job slurm:123 --format markdown").out;
    assert!(markdown.contains("| energy | 2.96 kWh |\n"), "{markdown}");
    let csv = run(&folder, "job slurm:123 --format csv").out;
    assert!(csv.starts_with("workload,kind,namespace,pod,start,end,gpus,"), "{csv}");
    assert_eq!(csv.lines().count(), 2);
}

#[test]
fn an_unknown_workload_and_a_ledger_without_any_are_named() {
    let folder = folder();
    let error = |line: &str| {
        let outcome = run(&folder, line);
        assert_eq!((outcome.status, outcome.out.as_str()), (Some(2), ""), "{line}");
        outcome.err
    };
    let found = error("job slurm:9");
    assert!(
        found
            .ends_with("has no workload slurm:9: it has slurm:123, slurm:124, pod:serving/llm-0\n"),
        "{found}"
    );
    let found = error("job slurm:123 --per tokens");
    assert!(found.contains("expected a number above 0 and a unit, as \"1e6 tokens\""), "{found}");
    let (_folder, path, _ledger) = ledger(gpus());
    let outcome = gpu_carbon(["job", "slurm:1", "--ledger", path.to_str().unwrap()]);
    assert!(outcome.err.contains("divided no energy: see `attribution`"), "{}", outcome.err);
}

#[test]
fn reports_by_workload_add_up_to_that_by_gpu() {
    let folder = folder();
    let by = |by: &str| json(&folder, &format!("report --by {by}"));
    let whole = by("gpu");
    let whole = &whole["total"];
    fs::write(
        folder.path().join("phases.yaml"),
        "training: ['slurm:*']\ninference: ['pod:serving/*']\n",
    )
    .unwrap();
    let phases = folder.path().join("phases.yaml");
    let by_phase = json(&folder, &format!("report --lifecycle {}", phases.display()));
    let names = |report: &Value, key: &str| -> Vec<String> {
        let rows = report["rows"].as_array().unwrap().iter();
        rows.map(|row| row[key].as_str().unwrap().to_owned()).collect()
    };
    for (report, key, expected) in [
        (
            by("workload"),
            "workload",
            vec!["slurm:123", "slurm:124", "pod:serving/llm-0", "unknown", "unallocated"],
        ),
        (by("namespace"), "namespace", vec!["no namespace", "serving", "unknown", "unallocated"]),
        (by("kind"), "kind", vec!["slurm job", "pod", "unknown", "unallocated"]),
        (by_phase, "phase", vec!["training", "inference", "unallocated", "unknown"]),
    ] {
        assert_eq!(names(&report, key), expected);
        for amount in [
            "energy_kilowatt_hours",
            "average_emissions_grams",
            "embodied_emissions_grams",
            "gpu_hours",
        ] {
            let rows = report["rows"].as_array().unwrap().iter();
            let sum: f64 = rows.map(|row| row[amount].as_f64().unwrap()).sum();
            near(&whole[amount], sum);
        }
    }
    // A bound within the job.
    let half =
        json(&folder, "report --by workload --from 2026-11-24T09:00:00Z --to 2026-11-24T09:30:00Z");
    near(&half["rows"][0]["energy_kilowatt_hours"], 0.65);
}

#[test]
fn a_ledger_that_divided_no_energy_has_all_of_it_unknown() {
    let (_folder, path, _ledger) = ledger(gpus());
    let outcome = gpu_carbon([
        "report",
        "--by",
        "workload",
        "--format",
        "csv",
        "--ledger",
        path.to_str().unwrap(),
    ]);
    let rows: Vec<&str> = outcome.out.lines().skip(1).collect();
    assert!(rows.len() == 1 && rows[0].starts_with("unknown,17.169"), "{}", outcome.out);
}

#[test]
fn phases_that_count_a_workload_twice_or_are_misspelt_are_named() {
    let folder = folder();
    let phases = folder.path().join("phases.yaml");
    for (text, expected) in [
        (
            "training: ['slurm:*']\ntuning: ['slurm:123']\n",
            "slurm:123 is of two phases, training and tuning",
        ),
        ("trainning: ['slurm:*']\n", "trainning"),
        ("training: slurm", "line 1"),
    ] {
        fs::write(&phases, text).unwrap();
        let outcome = run(&folder, &format!("report --lifecycle {}", phases.display()));
        assert_eq!(outcome.status, Some(2), "{text}");
        assert!(
            outcome.err.contains(expected) && outcome.err.lines().count() == 1,
            "{}",
            outcome.err
        );
    }
}
