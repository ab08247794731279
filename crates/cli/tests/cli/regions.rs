//! Several regions: the saving of moving, marginal and average intensities, and the same request as JSON.

use gpu_carbon_core::{Series, Signal, what_if};
use gpu_carbon_schema::{PlanDocument, Request};
use serde_json::{Value, json};

use crate::harness::{folder, plan, planned};

const JOB: &str = "--duration 40min --window 80min --energy 1.5kWh";

fn series(path: &str) -> Series {
    let text = std::fs::read_to_string(folder().join("data").join(path)).unwrap();
    gpu_carbon_feeds::csv::parse(&text).unwrap()
}

/// Each saving is compared with the plans of the regions themselves.
#[test]
fn moving_waiting_and_pausing_are_reported_separately() {
    let found = planned(&format!("--intensity regions {JOB}"));
    let region = |name: &str| -> Value {
        let regions = found["regions"].as_array().unwrap();
        regions.iter().find(|region| region["name"] == name).unwrap().clone()
    };
    let (north, south) = (region("north"), region("south"));
    let now = north["baseline"]["emissions_grams"].as_f64().unwrap();
    assert_eq!(found["home_region"], json!("north"));
    for (shift, place, plan) in [
        ("moving", "north", &north["baseline"]),
        ("waiting", "north", &north["flexible_start"]),
        ("pausing", "north", &north["pause_and_resume"]),
        ("all", "south", &south["pause_and_resume"]),
    ] {
        let shift = &found["shifts"][shift];
        assert_eq!(
            (&shift["region"], &shift["emissions_grams"]),
            (&json!(place), &plan["emissions_grams"])
        );
        let saving = 1.0 - plan["emissions_grams"].as_f64().unwrap() / now;
        assert!((shift["saving_ratio"].as_f64().unwrap() - saving).abs() < 1e-12, "{shift}");
    }
    let from_south = planned(&format!("--intensity regions {JOB} --home south"));
    assert_eq!(from_south["home_region"], json!("south"));
    assert_eq!(from_south["shifts"]["moving"]["region"], json!("north"));
    assert!(from_south["shifts"]["moving"]["saving_ratio"].as_f64().unwrap() > 0.0);
}

#[test]
fn marginal_and_average_intensities_are_ranked_separately() {
    let line = format!("--intensity regions --average regions/south.csv uneven.csv {JOB}");
    let line = line.replace("40min", "5min").replace("80min", "20min");
    let found = planned(&line);
    assert_eq!(
        found["ranking"],
        json!([
            {"signal": "marginal", "regions": ["north", "south"]},
            {"signal": "average", "regions": ["uneven", "south"]}
        ])
    );
    let signals: Vec<&Value> =
        found["regions"].as_array().unwrap().iter().map(|region| &region["signal"]).collect();
    assert_eq!(signals, ["marginal", "marginal", "average", "average"]);
    assert_eq!((&found["best_region"], &found["signal"]), (&json!("north"), &json!("marginal")));
    let warnings = found["warnings"].as_array().unwrap();
    assert_eq!(warnings.len(), 3, "{warnings:?}");
    let text = plan(&line).out;
    assert!(
        text.contains("\nsouth (marginal)\n") && text.contains("\nsouth (average)\n"),
        "{text}"
    );
    assert_eq!(text.matches("\nWarning: ").count(), 3, "{text}");
    let csv = plan(&format!("{line} --format csv")).out;
    let ours = csv.lines().filter(|row| row.contains(",marginal,")).count();
    assert_eq!((ours, csv.lines().count()), (2, 5));
    // There is no saving over home where the signals differ.
    assert!(
        csv.lines().filter(|row| row.contains(",average,")).all(|row| row.ends_with(",,,")),
        "{csv}"
    );
    let alone = planned(&format!("--average regions {JOB}"));
    assert_eq!((&alone["signal"], &alone["warnings"]), (&json!("average"), &json!([])));
}

#[test]
fn a_request_in_json_has_the_answer_of_the_flags() {
    let flags = "--intensity regions --average regions/north.csv --home south --duration 40min --window 30min \
        --power 2kW --pue 1.1 --pause-energy 0.01kWh --pause-time 5min --max-pauses 2 \
        --milestone 5min@2020-06-01T00:30:00Z";
    let asked = r#"{"job": {"duration_seconds": 2400, "power_watts": 2000}, "start": "2020-06-01T00:00:00Z",
        "window_seconds": 1800, "power_usage_effectiveness": 1.1, "home_region": "south", "pause_costs": {
        "energy_kilowatt_hours": 0.01, "time_seconds": 300, "most_pauses": 2, "milestones": [
        {"work_seconds": 300, "by": "2020-06-01T00:30:00Z"}]}}"#;
    let (north, south) = (series("regions/north.csv"), series("regions/south.csv"));
    let region = |name, source, signal, series| {
        let scope = None;
        what_if::Region { name, source, signal, scope, series }
    };
    let regions = [
        region("north", "regions/north.csv", Signal::Marginal, &north),
        region("south", "regions/south.csv", Signal::Marginal, &south),
        region("north", "regions/north.csv", Signal::Average, &north),
    ];
    let request = Request::from_json(asked).unwrap().validate().unwrap();
    let answer = what_if::Answer::to(&request, &regions).unwrap();
    let text = PlanDocument::of(&answer).to_json().unwrap();
    assert_eq!(plan(&format!("{flags} --format json")).out, text);
}

#[test]
fn ten_regions_are_aligned() {
    let folder = tempfile::tempdir().unwrap();
    for region in 0..10 {
        let row = format!("timestamp_utc,gco2_per_kwh\n2020-06-01T00:00:00Z,{}\n", 100 + region);
        std::fs::write(folder.path().join(format!("r{region}.csv")), row).unwrap();
    }
    let line =
        format!("--intensity {} --duration 5min --window 0h --power 1kW", folder.path().display());
    let text = plan(&line).out;
    let places: Vec<&str> = text.lines().filter(|line| line.contains(". r")).collect();
    assert_eq!(places.len(), 10, "{text}");
    let column = |line: &str| line.find(". r");
    assert!(places.iter().all(|line| column(line) == column(places[9])), "{text}");
}
