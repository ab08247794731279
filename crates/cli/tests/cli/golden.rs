//! Whole plans, to the letter. `UPDATE_GOLDEN=1 cargo test` writes them anew, to be read before they are kept.

use serde_json::json;

use crate::{folder, plan, planned};

/// Five values, of which the cheap ones stand apart.
const UNEVEN: &str = "--intensity uneven.csv --duration 12min --window 13min --power 1kW";

/// Two regions in a folder.
const REGIONS: &str =
    "--intensity regions --duration 40min --window 200% --energy 1.5kWh --pue 1.2 --signal average";

/// A power that changes.
const PROFILE: &str =
    "--intensity regions/north.csv --duration 20min --window 100min --profile profile.csv";

fn check(line: &str, file: &str) {
    let outcome = plan(line);
    assert_eq!((outcome.status, outcome.err.as_str()), (Some(0), ""), "{line}");
    check_text(&outcome.out, file);
}

pub(crate) fn check_text(found: &str, file: &str) {
    let path = folder().join("golden").join(file);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, found).unwrap();
    }
    let golden = std::fs::read_to_string(&path).unwrap();
    assert!(found == golden, "{} differs; it is now:\n{found}", path.display());
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

/// In the reader's zone, where it is still the day before.
#[test]
fn the_hours_of_a_reader() {
    let line = "--intensity sgip-pge-2020 --job bert_finetune --time-zone America/Los_Angeles";
    check(line, "zone.txt");
    let utc = line.replace(" --time-zone America/Los_Angeles", "");
    for format in ["json", "csv"] {
        let both = [line, &utc].map(|line| plan(&format!("{line} --format {format}")).out);
        assert_eq!(both[0], both[1], "{format}");
    }
}

/// 250 and 350 W over 15 minutes, then 500 and 100 W: 600 W throughout, by the series together.
#[test]
fn measured_watts_are_planned_as_they_were_drawn() {
    let found = planned("--intensity uneven.csv --profile measured.json --window 10min");
    assert_eq!(found["job"], json!({"duration_seconds": 900, "energy_kilowatt_hours": 0.15}));
    let same = planned("--intensity uneven.csv --duration 15min --power 600W --window 10min");
    assert_eq!(found["regions"], same["regions"]);
    let longer =
        planned("--intensity uneven.csv --profile measured.json --duration 20min --window 0s");
    assert_eq!(longer["job"], json!({"duration_seconds": 1200, "energy_kilowatt_hours": 0.2}));
}

#[test]
fn the_shipped_series() {
    check("--intensity sgip-pge-2020 --job bert_finetune", "shipped.txt");
}

/// By hand: 1 kW for 12 minutes. Now, 5 at 300, 5 at 900 and 2 at 100: 6200 / 60 g. From 00:10, 5 at 100, 5
/// at 900 and 2 at 100: 5200 / 60. With pauses, 5 and 5 at 100, and of the dirtiest only 2 at 300: 1600 / 60.
#[test]
fn the_dirtiest_interval_is_trimmed() {
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
        let moment = |time| format!("2020-06-01T00:{time}:00Z");
        json!({"start": moment(from), "end": moment(to)})
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
fn what_is_given_beside_a_job_of_the_paper_overrides_it() {
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
