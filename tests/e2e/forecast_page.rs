//! The forecast that the exporter publishes for programs, and `gpu-carbon plan --from`, which plans on it.

use std::process::Command;

use anyhow::ensure;
use gpu_carbon_tests::exporter::{Exporter, build};
use gpu_carbon_tests::machine::{Machine, now};
use gpu_carbon_tests::wait_for;
use serde_json::Value;

const GPU: &str = "[[gpu]]\nmodel = \"h100\"\npower = \"constant 360\"\ncounter_step_ms = 20\n";

#[test]
#[allow(clippy::cast_possible_truncation, reason = "seconds of our time")]
fn a_plan_is_made_on_the_forecast_of_an_exporter() {
    let machine = Machine::new(GPU).unwrap();
    let slot = now() as i64 / 300 * 300;
    // One clean hour, three hours from now.
    let clean = slot + 36 * 300..slot + 48 * 300;
    let values: Vec<(i64, f64)> = (-2..100)
        .map(|count| slot + count * 300)
        .map(|at| (at, if clean.contains(&at) { 50.0 } else { 400.0 }))
        .collect();
    machine.set_intensities(&values).unwrap();
    machine
        .configure(
            "grid_zone: MY-ZONE\nintensity: {source: file, path: intensity.csv, signal: average}\n",
        )
        .unwrap();
    let exporter = Exporter::start(&machine).unwrap();
    let url = exporter.url("");
    let url = url.trim_end_matches('/');
    let program = build("gpu-carbon-cli", "gpu-carbon").unwrap();
    let plan = || {
        let output = Command::new(&program)
            .args(["plan", "--from", url, "--power", "1kW", "--duration", "1h"])
            .args(["--window", "end", "--format", "json"])
            .output()?;
        ensure!(output.status.success(), "{output:?}");
        Ok(serde_json::from_slice::<Value>(&output.stdout)?)
    };
    let answer = wait_for("a plan", plan).unwrap();
    let region = &answer["regions"][0];
    assert_eq!((&region["name"], &region["signal"]), (&"MY-ZONE".into(), &"average".into()));
    assert_eq!(region["flexible_start"]["emissions_grams"], 50.0);
    assert_eq!(region["baseline"]["emissions_grams"], 400.0);
    let start = region["flexible_start"]["start"].as_str().unwrap();
    let start = gpu_carbon_feeds::rfc3339::parse(start).unwrap();
    assert_eq!(start.as_unix_micros(), clean.start * 1_000_000);
    // An address at which no exporter is.
    let output = Command::new(&program)
        .args(["plan", "--from", "http://127.0.0.1:1", "--power", "1kW", "--duration", "1h"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(error.contains("--from http://127.0.0.1:1: no connection"), "{error}");
}
