//! The API that the exporter has for programs; and `gpu-carbon plan` and `when`, which ask it by `--from`.

use std::process::{Command, Output};
use std::time::Instant;

use anyhow::{Result, ensure};
use gpu_carbon_feeds::rfc3339;
use gpu_carbon_tests::exporter::{self, Exporter, build};
use gpu_carbon_tests::machine::{Machine, now};
use gpu_carbon_tests::wait_for;
use serde_json::Value;

const GPU: &str = "[[gpu]]\nmodel = \"h100\"\npower = \"constant 360\"\ncounter_step_ms = 20\n";

/// A machine in whose zone one hour is clean, three hours from now; and the start of that hour, in seconds since the epoch.
#[allow(clippy::cast_possible_truncation, reason = "seconds of our time")]
fn machine() -> (Machine, i64) {
    let machine = Machine::new(GPU).unwrap();
    let slot = now() as i64 / 300 * 300;
    let clean = slot + 36 * 300..slot + 48 * 300;
    let values: Vec<(i64, f64)> = (-2..100)
        .map(|count| slot + count * 300)
        .map(|at| (at, if clean.contains(&at) { 50.0 } else { 400.0 }))
        .collect();
    machine.set_intensities(&values).unwrap();
    machine
        .configure(
            "grid_zone: MY-ZONE\nintensity: {source: file, path: intensity.csv, signal: average, scope: co2_direct}\n",
        )
        .unwrap();
    (machine, clean.start)
}

/// Runs the command line on the grid of an exporter.
fn gpu_carbon(url: &str, arguments: &[&str]) -> Output {
    let program = build("gpu-carbon-cli", "gpu-carbon").unwrap();
    let (command, rest) = arguments.split_first().unwrap();
    Command::new(program).args([command, "--from", url]).args(rest).output().unwrap()
}

fn address(exporter: &Exporter) -> String {
    exporter.url("").trim_end_matches('/').to_owned()
}

/// The document of a path, if its status is 200.
fn document(exporter: &Exporter, path: &str) -> Result<Value> {
    let (status, body) = exporter.get(path)?;
    ensure!(status == 200, "{path}: {status} {body}");
    Ok(serde_json::from_str(&body)?)
}

/// The seconds since the epoch of a time in a document.
fn seconds(time: &Value) -> f64 {
    rfc3339::parse(time.as_str().unwrap()).unwrap().as_unix_seconds()
}

#[test]
fn a_plan_is_made_on_the_forecast_of_an_exporter() {
    let (machine, clean) = machine();
    let exporter = Exporter::start(&machine).unwrap();
    let url = address(&exporter);
    let job = ["--power", "1kW", "--duration", "1h", "--window", "end", "--format", "json"];
    let plan = || {
        let output = gpu_carbon(&url, &[&["plan"], &job[..]].concat());
        ensure!(output.status.success(), "{output:?}");
        Ok(serde_json::from_slice::<Value>(&output.stdout)?)
    };
    let answer = wait_for("a plan", plan).unwrap();
    let region = &answer["regions"][0];
    assert_eq!((&region["name"], &region["signal"]), (&"MY-ZONE".into(), &"average".into()));
    assert_eq!(region["scope"], "co2_direct");
    assert_eq!(region["flexible_start"]["emissions_grams"], 50.0);
    assert_eq!(region["baseline"]["emissions_grams"], 400.0);
    assert_eq!(seconds(&region["flexible_start"]["start"]), clean as f64);
    // An address at which no exporter is.
    let output = gpu_carbon("http://127.0.0.1:1", &[&["plan"], &job[..]].concat());
    assert_eq!(output.status.code(), Some(1));
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(error.contains("--from http://127.0.0.1:1: no connection"), "{error}");
}

#[test]
fn programs_ask_for_the_intensity_and_the_best_start() {
    let (machine, clean) = machine();
    let exporter = Exporter::start(&machine).unwrap();
    let present = wait_for("an intensity", || document(&exporter, "/api/v1/intensity")).unwrap();
    let factors = [("grid_zone", "MY-ZONE"), ("signal", "average"), ("scope", "co2_direct")];
    for (name, value) in factors.into_iter().chain([("source", "file"), ("quality", "measured")]) {
        assert_eq!(present[name], value, "{name}");
    }
    assert_eq!(present["grams_per_kilowatt_hour"], 400.0);
    let age = present["age_seconds"].as_f64().unwrap();
    let measured = seconds(&present["time"]) - seconds(&present["latest_value_start"]);
    assert!((age - measured).abs() < 0.002 && (0.0..=301.0).contains(&age), "{present}");

    let path = "/api/v1/best-start?duration=30m&window=6h";
    let best = document(&exporter, path).unwrap();
    let start = seconds(&best["start"]);
    // Starts are compared every five minutes from now on.
    assert!((0.0..300.0).contains(&(start - clean as f64)), "{best}");
    assert!(
        (start - seconds(&best["time"]) - best["seconds_from_now"].as_f64().unwrap()).abs() < 0.002
    );
    assert_eq!(best["mean_grams_per_kilowatt_hour"], 50.0);
    assert_eq!(best["saving_ratio"], 0.875);
    // The command line, which starts at the next five minutes, agrees.
    let when = gpu_carbon(&address(&exporter), &["when", "--duration", "30m", "--window", "6h"]);
    let time = String::from_utf8(when.stdout).unwrap();
    let of_cli = rfc3339::parse(time.trim()).unwrap().as_unix_seconds();
    assert!((of_cli - start).abs() <= 300.0, "{time} {best}");

    let (status, body) = exporter.get("/api/v1/best-start?duration=6").unwrap();
    assert_eq!(status, 400);
    assert!(body.contains("`6`: a length of time from 1m to 7d, such as 6h"), "{body}");
    assert_eq!(exporter.get("/api/v1/best-start?duration=7d&window=7d").unwrap().0, 503);
    assert_eq!(exporter.get("/api/v1/intensities").unwrap().0, 404);
    for (head, status) in [
        ("POST /api/v1/intensity HTTP/1.1\r\nHost: x", 405),
        ("HEAD /api/v1/intensity HTTP/1.1\r\nHost: x", 200),
        ("GET /api/v1/intensity HTTP/1.1", 400),
        ("GET /api/v1/intensity HTTP/1.1\r\nHost: a b", 400),
    ] {
        let request = format!("{head}\r\nConnection: close\r\n\r\n");
        let answer = exporter.send(request.as_bytes()).unwrap();
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{head}: {answer}");
        let is_json = answer.contains("content-type: application/json");
        assert_eq!(is_json, status != 400, "{answer}");
        assert_eq!(answer.contains("allow: GET, HEAD"), status == 405, "{answer}");
    }
    let landing = exporter.get("/").unwrap().1;
    assert!(landing.contains("<a href=\"/api/v1/intensity\">"), "{landing}");
}

#[test]
fn the_api_needs_the_password_that_metrics_need() {
    let (machine, _) = machine();
    let web = format!("basic_auth_users: {{ada: {}}}\n", bcrypt::hash("sesame", 4).unwrap());
    std::fs::write(machine.path("web.yaml"), web).unwrap();
    let mut command = exporter::command(&machine).unwrap();
    command.arg("--web.config.file").arg(machine.path("web.yaml"));
    let exporter = Exporter::run(command).unwrap();
    for path in ["intensity", "forecast", "best-start?duration=1h", "x"] {
        assert_eq!(exporter.get(&format!("/api/v1/{path}")).unwrap().0, 401, "{path}");
    }
}

#[test]
fn an_exporter_without_a_forecast_still_says_if_the_grid_is_clean() {
    let machine = Machine::new(GPU).unwrap();
    machine.configure("intensity: {source: constant, grams_per_kilowatt_hour: 120}\n").unwrap();
    let exporter = Exporter::start(&machine).unwrap();
    let present = wait_for("an intensity", || document(&exporter, "/api/v1/intensity")).unwrap();
    assert_eq!((&present["age_seconds"], &present["scope"]), (&Value::Null, &Value::Null));
    assert_eq!(exporter.get("/api/v1/forecast").unwrap().0, 503);
    assert_eq!(exporter.get("/api/v1/best-start?duration=1h").unwrap().0, 503);
    let url = address(&exporter);
    for (threshold, status) in [("121", 0), ("120", 1)] {
        let output = gpu_carbon(&url, &["when", "--below", threshold]);
        assert_eq!(output.status.code(), Some(status), "{output:?}");
    }
    let output = gpu_carbon(&url, &["when", "--duration", "1h"]);
    assert_eq!(output.status.code(), Some(75), "{output:?}");
    for (threshold, status, ran) in [("121", 0, "ran\n"), ("120", 1, "")] {
        let line =
            ["wait", "--below", threshold, "--window", "1s", "--or-not", "--", "echo", "ran"];
        let output = gpu_carbon(&url, &line);
        assert_eq!(output.status.code(), Some(status), "{output:?}");
        assert_eq!(String::from_utf8_lossy(&output.stdout), ran, "{output:?}");
    }
    // The time that a script waits for an answer; not a test, since machines differ.
    let mut times: Vec<_> = (0..9)
        .map(|_| {
            let start = Instant::now();
            gpu_carbon(&url, &["when", "--below", "121", "--quiet"]);
            start.elapsed()
        })
        .collect();
    times.sort();
    println!("when --below, from an exporter: {:?} (median of 9)", times[4]);
}
