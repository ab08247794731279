//! `gpu-carbon when`: the best start in the forms that schedulers take, and a threshold by the exit status.

use gpu_carbon_feeds::rfc3339;
use serde_json::Value;

use crate::harness::{json, rejected, run};

const PLACE: &str = "--intensity sgip-pge-2020";
const AT: &str = "2020-06-01T00:00:00Z";

/// The answer on standard output, with standard error and the exit status.
fn answer(line: &str) -> (String, String, i32) {
    let outcome = run(&format!("when {line}"));
    (outcome.out.trim_end().to_owned(), outcome.err, outcome.status.unwrap())
}

/// Seconds since 1970.
fn seconds(time: &str) -> i64 {
    rfc3339::parse(time).unwrap().as_unix_micros() / 1_000_000
}

#[test]
fn a_start_is_that_of_the_plan_in_every_form() {
    for (duration, window) in [("2h", "24h"), ("37min", "6h"), ("12h", "100%"), ("6h", "0h")] {
        let plan = json(&format!(
            "plan {PLACE} --start {AT} --duration {duration} --power 3kW --window {window}"
        ));
        let best = &plan["regions"][0]["flexible_start"];
        let start = best["start"].as_str().unwrap();
        let line = format!("{PLACE} --at {AT} --duration {duration} --window {window}");
        let (time, remark, status) = answer(&line);
        assert_eq!((time.as_str(), status), (start, 0));
        assert!(remark.starts_with("gpu-carbon: start at 2020-06-0"), "{remark}");
        assert!(remark.contains("UTC, by sgip-pge-2020: "), "{remark}");
        let wait = seconds(start) - seconds(AT);
        let sbatch = if wait == 0 { "now".to_owned() } else { format!("now+{wait}seconds") };
        for (form, expected) in [
            ("time", start.to_owned()),
            ("epoch", seconds(start).to_string()),
            ("seconds", wait.to_string()),
            ("sbatch", sbatch),
            ("at", format!("now + {} minutes", wait / 60)),
        ] {
            assert_eq!(answer(&format!("{line} --format {form}")).0, expected);
        }
        let (text, remark, _) = answer(&format!("{line} --format json"));
        let found: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(remark, "", "JSON holds it itself");
        assert_eq!((&found["start"], &found["seconds_from_now"]), (&best["start"], &wait.into()));
        assert_eq!((&found["is_now"], &found["is_typical"]), (&(wait == 0).into(), &false.into()));
        assert_eq!(answer(&format!("{line} --quiet")), (String::new(), String::new(), 0));
    }
}

#[test]
fn the_latest_start_and_the_latest_end_bound_the_window() {
    let line = format!("{PLACE} --at {AT} --duration 2h");
    let by_window = answer(&format!("{line} --window 3h"));
    for same in ["--start-by 2020-06-01T03:00", "--finish-by 2020-06-01T07:00+02:00"] {
        let same = same.replace("07:00+02:00", "07:00:00+02:00");
        assert_eq!(answer(&format!("{line} {same}")), by_window, "{same}");
    }
    rejected(
        &format!("when {line} --finish-by 2020-06-01T01:00"),
        "--finish-by: a job that starts at once ends at 2020-06-01 02:00, which is later than 2020-06-01 01:00: give a later time",
    );
    rejected(
        &format!("when {line} --start-by 2020-05-31"),
        "--start-by: the earliest start is at 2020-06-01 00:00, which is later than 2020-05-31 00:00: give a later time",
    );
    let local = answer(&format!("{line} --window 3h --time-zone Asia/Tokyo")).0;
    assert!(local.ends_with("+09:00") && seconds(&local) == seconds(&by_window.0), "{local}");
}

#[test]
fn a_threshold_is_answered_by_the_exit_status() {
    let value = 412.5;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("now.csv");
    let rows = format!("timestamp_utc,gco2_per_kwh\n2020-06-01T00:00:00Z,{value}\n");
    std::fs::write(&path, rows + "2020-06-01T01:00:00Z,20\n").unwrap();
    let line = format!("--intensity {} --at 2020-06-01T00:59", path.display());
    assert_eq!(
        answer(&format!("{line} --below 500")),
        ("yes: below 500.0 g/kWh: 412.5 g/kWh (marginal, now)".to_owned(), String::new(), 0)
    );
    // The limit itself is not below.
    assert_eq!(
        answer(&format!("{line} --below 412.5g/kWh")),
        ("no: not below 412.5 g/kWh: 412.5 g/kWh (marginal, now)".to_owned(), String::new(), 1)
    );
    assert_eq!(answer(&format!("{line} --below 300 -q")), (String::new(), String::new(), 1));
    let (text, _, status) = answer(&format!("{line} --below 300 --format json"));
    let found: Value = serde_json::from_str(&text).unwrap();
    assert_eq!((&found["is_below"], status), (&false.into(), 1));
    assert_eq!(found["grams_per_kilowatt_hour"], value);
    let (text, why, status) =
        answer(&format!("--intensity {} --at 2020-06-01T02:00 --below 300", path.display()));
    assert_eq!((text.as_str(), status), ("", 75));
    assert_eq!(
        why,
        "gpu-carbon: nobody knows the intensity: now: no value for 2020-06-01T02:00:00Z: the values are from \
         2020-06-01T00:00:00Z to 2020-06-01T02:00:00Z\n"
    );
    rejected(
        &format!("when {line} --below 300 --format epoch"),
        "--format epoch: the answer to --below is no time: leave it out, or give json",
    );
}

#[test]
fn a_recorded_year_is_typical_and_tells_no_present() {
    let region = "--region aws:us-west-1 --offline --at 2026-06-01T00:00:00Z";
    let plan = json(
        "plan --region aws:us-west-1 --offline --start 2026-06-01T00:00:00Z --duration 6h --power 1kW",
    );
    let (text, ..) = answer(&format!("{region} --duration 6h --format json"));
    let found: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(found["start"], plan["regions"][0]["usual_start"]["start"]);
    assert_eq!(found["is_typical"], true);
    assert_eq!(found["basis"], "as in 2020, sgip-pge-2020 (marginal, CO2 of combustion)");
    let (text, why, status) = answer(&format!("{region} --below 300"));
    assert_eq!((text.as_str(), status), ("", 75));
    assert!(why.starts_with("gpu-carbon: nobody knows the intensity: grid zone "), "{why}");
    // No hourly data at all.
    let (_, why, status) = answer("--region aws:ap-southeast-3 --offline --duration 6h");
    assert!(status == 75 && why.contains("nobody knows"), "{status}: {why}");
    // An exporter that does not answer.
    let (_, why, status) = answer("--from http://127.0.0.1:9 --below 300");
    assert!(status == 75 && why.contains("http://127.0.0.1:9"), "{status}: {why}");
}

#[test]
fn a_question_without_an_answer_is_refused() {
    for (line, expected) in [
        ("--intensity sgip-pge-2020", "--duration"),
        ("--duration 6h", "--region"),
        ("--intensity sgip-pge-2020 --duration 6h --below 300", "cannot be used with"),
        ("--intensity sgip-pge-2020 --below -1", "expected g/kWh from 0 to 1000000"),
        ("--intensity sgip-pge-2020 --below 300 --window 3h", "cannot be used with"),
        ("--intensity regions --duration 6h", "and one is needed"),
        ("--from nowhere --duration 6h", "--from nowhere"),
    ] {
        let (text, why, status) = answer(line);
        assert_eq!((text.as_str(), status), ("", 2), "{line}: {why}");
        assert!(why.contains(expected) && why.lines().count() == 1, "{line}: {why}");
    }
}
