//! Sources of intensity: bundled series, files and folders.

use serde_json::json;

use crate::harness::{gpu_carbon, plan, planned};

#[test]
fn every_format_has_the_attribution_of_a_bundled_series() {
    let line = "--intensity sgip-pge-2020 --job bert_finetune";
    for format in ["text", "json", "csv"] {
        let outcome = plan(&format!("{line} --format {format}"));
        assert!(outcome.out.contains("SGIP GHG Signal"), "{format}: {}", outcome.out);
        assert!(outcome.out.contains("CC BY 4.0"), "{format}");
    }
    let other = plan("--intensity uneven.csv --duration 5min --window 5min --power 1W");
    assert!(!other.out.contains("SGIP"));
}

#[test]
fn regions_are_in_the_order_given_and_the_best_is_named() {
    let found = planned(
        "--intensity regions/south.csv sgip-pge-2020 --intensity regions/north.csv --duration 1h --window 1h \
         --power 1kW",
    );
    let names: Vec<_> =
        found["regions"].as_array().unwrap().iter().map(|region| &region["name"]).collect();
    assert_eq!(names, [&json!("south"), &json!("sgip-pge-2020"), &json!("north")]);
    let emissions = |region: &serde_json::Value| {
        region["pause_and_resume"]["emissions_grams"].as_f64().unwrap()
    };
    let best = found["regions"]
        .as_array()
        .unwrap()
        .iter()
        .min_by(|a, b| emissions(a).total_cmp(&emissions(b)))
        .unwrap();
    assert_eq!(best["name"], found["best_region"]);
}

#[test]
fn a_folder_contributes_its_csv_files_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let rows = "timestamp_utc,gco2_per_kwh\n2020-06-01T00:00:00Z,300\n";
    for name in ["b, south.csv", "a \"x\".CSV", "c\u{1b}[31m.csv", ".hidden.csv", "notes.txt"] {
        std::fs::write(folder.path().join(name), rows).unwrap();
    }
    std::fs::create_dir(folder.path().join("d.csv")).unwrap();
    let line =
        format!("--intensity {} --duration 5min --window 0s --power 1kW", folder.path().display());
    let found = planned(&line);
    let names: Vec<_> =
        found["regions"].as_array().unwrap().iter().map(|region| &region["name"]).collect();
    assert_eq!(names, [&json!("a \"x\""), &json!("b, south"), &json!("c\u{1b}[31m")]);
    let csv = plan(&format!("{line} --format csv")).out;
    let starts: Vec<_> =
        csv.lines().skip(1).map(|row| row.split(",300,").next().unwrap()).collect();
    assert_eq!(starts, ["\"a \"\"x\"\"\"", "\"b, south\"", "c\u{1b}[31m"]);
    assert!(!plan(&line).out.contains('\u{1b}'), "a file name cannot control the terminal");
}

#[test]
fn the_examples_in_the_help_work() {
    for command in ["plan", "evaluate"] {
        let help = gpu_carbon([command, "--help"]);
        assert_eq!((help.status, help.err.as_str()), (Some(0), ""));
        let is_example = |line: &&str| line.starts_with(&format!("  gpu-carbon {command}"));
        let example = help.out.lines().find(is_example).unwrap();
        let outcome = gpu_carbon(example.split_whitespace().skip(1));
        assert_eq!((outcome.status, outcome.err.as_str()), (Some(0), ""), "{example}");
    }
    let help = gpu_carbon(["--help"]);
    let example = help.out.lines().find_map(|line| line.strip_prefix("Example: gpu-carbon "));
    assert_eq!(gpu_carbon(example.unwrap().split_whitespace()).status, Some(0));
}
