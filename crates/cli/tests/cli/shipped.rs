//! The shipped series, and the order of regions.

use serde_json::json;

use crate::{gpu_carbon, plan, planned};

#[test]
fn its_credit_stands_in_every_format() {
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
fn regions_stand_in_the_order_given_and_the_best_is_named() {
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
fn help_has_an_example_that_works() {
    let help = gpu_carbon(["plan", "--help"]);
    assert_eq!((help.status, help.err.as_str()), (Some(0), ""));
    let example = help.out.lines().find(|line| line.starts_with("  gpu-carbon plan")).unwrap();
    let outcome = gpu_carbon(example.split_whitespace().skip(1));
    assert_eq!((outcome.status, outcome.err.as_str()), (Some(0), ""), "{example}");
    let help = gpu_carbon(["--help"]);
    let example = help.out.lines().find_map(|line| line.strip_prefix("Example: gpu-carbon "));
    assert_eq!(gpu_carbon(example.unwrap().split_whitespace()).status, Some(0));
}
