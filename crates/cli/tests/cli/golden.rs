//! Whole plans, against golden pages.

use serde_json::json;

use crate::harness::{PLAN, check_golden, plan, planned, succeed};

/// Five values, of which the low ones are apart.
const UNEVEN: &str = "--intensity uneven.csv --duration 12min --window 13min --power 1kW";

/// Two regions in a folder.
const REGIONS: &str =
    "--intensity regions --duration 40min --window 200% --energy 1.5kWh --pue 1.2 --signal average";

/// A power that changes.
const PROFILE: &str =
    "--intensity regions/north.csv --duration 20min --window 100min --profile profile.csv";

fn check(line: &str, file: &str) {
    check_golden(&succeed(&format!("{PLAN} {line}")), file);
}

#[test]
fn one_region() {
    check(UNEVEN, "uneven.txt");
    check(&format!("{UNEVEN} --format json"), "uneven.json");
    check(&format!("{UNEVEN} --format csv"), "uneven.csv");
}

#[test]
fn two_regions() {
    check(REGIONS, "regions.txt");
    check(&format!("{REGIONS} --format json"), "regions.json");
    check(&format!("{REGIONS} --format csv"), "regions.csv");
}

#[test]
fn a_power_that_changes() {
    check(PROFILE, "profile.txt");
    check(&format!("{PROFILE} --format json"), "profile.json");
    check(&format!("{PROFILE} --format csv"), "profile.csv");
}

/// In a time zone where it is still the day before.
#[test]
fn hours_are_those_of_the_time_zone() {
    let line = "--intensity sgip-pge-2020 --job bert_finetune --time-zone America/Los_Angeles";
    check(line, "zone.txt");
    let utc = line.replace(" --time-zone America/Los_Angeles", "");
    for format in ["json", "csv"] {
        let both = [line, &utc].map(|line| plan(&format!("{line} --format {format}")).out);
        assert_eq!(both[0], both[1], "{format}");
    }
}

/// Two series, of 250 and 350 W over 15 minutes and then of 500 and 100 W, add up to 600 W throughout.
#[test]
fn the_series_of_a_measured_profile_are_added_up() {
    let found = planned("--intensity uneven.csv --profile measured.json --window 10min");
    assert_eq!(found["job"], json!({"duration_seconds": 900, "energy_kilowatt_hours": 0.15}));
    let same = planned("--intensity uneven.csv --duration 15min --power 600W --window 10min");
    assert_eq!(found["regions"], same["regions"]);
    let longer =
        planned("--intensity uneven.csv --profile measured.json --duration 20min --window 0s");
    assert_eq!(longer["job"], json!({"duration_seconds": 1200, "energy_kilowatt_hours": 0.2}));
}

#[test]
fn the_bundled_series() {
    check("--intensity sgip-pge-2020 --job bert_finetune", "bundled.txt");
}

/// The result by hand: 1 kW for 12 minutes. Now, 5 at 300, 5 at 900 and 2 at 100: 6200 / 60 g. From 00:10, 5 at 100, 5
/// at 900 and 2 at 100: 5200 / 60. With pauses, 5 and 5 at 100, and of the greatest only 2 at 300: 1600 / 60.
#[test]
fn the_interval_of_greatest_intensity_is_trimmed() {
    let found = planned(UNEVEN);
    let region = &found["regions"][0];
    let near = |found: &serde_json::Value, expected: f64| {
        let found = found.as_f64().unwrap();
        assert!((found / expected - 1.0).abs() < 1e-12, "{found}, expected {expected}");
    };
    near(&region["baseline"]["emissions_grams"], 6200.0 / 60.0);
    near(&region["flexible_start"]["emissions_grams"], 5200.0 / 60.0);
    near(&region["flexible_start"]["saving_ratio"], 1.0 - 52.0 / 62.0);
    let paused = &region["pause_and_resume"];
    near(&paused["emissions_grams"], 1600.0 / 60.0);
    near(&paused["saving_ratio"], 1.0 - 16.0 / 62.0);
    near(&paused["pauses_per_hour"], 2.0 / (25.0 / 60.0));
    near(&paused["threshold_grams_per_kilowatt_hour"], 300.0);
    assert_eq!(paused["pauses"], json!(2));
    let run = |from: &str, to: &str| {
        let at = |minute| format!("2020-06-01T00:{minute}:00Z");
        json!({"start": at(from), "end": at(to)})
    };
    assert_eq!(paused["intervals"], json!([run("00", "02"), run("10", "15"), run("20", "25")]));
}

#[test]
fn a_profile_that_is_flat_is_planned_with_pauses() {
    let flat = planned("--intensity uneven.csv --duration 12min --window 13min --profile flat.csv");
    let power = planned(UNEVEN);
    assert_eq!(flat["regions"], power["regions"]);
}

#[test]
fn flags_override_a_job_of_the_paper() {
    let found = planned("--intensity sgip-pge-2020 --job bert_lm");
    assert_eq!(found["job"], json!({"duration_seconds": 129_600, "energy_kilowatt_hours": 37.3}));
    let found = planned("--intensity sgip-pge-2020 --job bert_lm --duration 1h --power 2kW");
    assert_eq!(found["job"], json!({"duration_seconds": 3600, "energy_kilowatt_hours": 2.0}));
}

#[test]
fn a_grid_without_emissions_has_no_saving_ratio() {
    let found = planned("--intensity clean.csv --duration 5min --window 5min --power 1kW");
    let region = &found["regions"][0];
    assert_eq!(region["baseline"]["emissions_grams"], json!(0.0));
    assert_eq!(region["flexible_start"]["saving_ratio"], json!(null));
    assert_eq!(region["pause_and_resume"]["saving_ratio"], json!(null));
    let text = plan("--intensity clean.csv --duration 5min --window 5min --power 1kW").out;
    assert!(text.contains("0 g  nothing to save"), "{text}");
}
