//! `gpu-carbon simulate`: policies that do not know the future.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{Outcome, folder, gpu_carbon};

fn simulate(line: &str) -> Outcome {
    gpu_carbon(["simulate"].into_iter().chain(line.split_whitespace()))
}

fn simulated(line: &str) -> Value {
    let outcome = simulate(&format!("{line} --format json"));
    assert_eq!((outcome.status, outcome.err.as_str()), (Some(0), ""), "{line}");
    serde_json::from_str(&outcome.out).unwrap()
}

fn refused(line: &str, expected: &str) {
    let outcome = simulate(line);
    assert_eq!((outcome.status, outcome.out.as_str()), (Some(2), ""), "{line}: {}", outcome.err);
    assert_eq!(outcome.err, format!("gpu-carbon: {expected}\n"), "{line}");
}

/// The hour of day at which a day of [`days`] is cheap, four hours long.
const CHEAP: usize = 12;

/// Days from 2020-01-01 on that are all the same: 400 g/kWh, but 100 for four hours.
fn hours(count: usize) -> impl Iterator<Item = u32> {
    (0..count).map(|hour| if (CHEAP..CHEAP + 4).contains(&(hour % 24)) { 100 } else { 400 })
}

fn time(hour: usize, minute: usize) -> String {
    format!("2020-01-{:02}T{:02}:{minute:02}:00+00:00", 1 + hour / 24, hour % 24)
}

fn days(folder: &TempDir) -> PathBuf {
    let rows = hours(20 * 24).enumerate();
    let mut text = "timestamp_utc,gco2_per_kwh\n".to_owned();
    rows.for_each(|(hour, grams)| writeln!(text, "{},{grams}", time(hour, 0)).unwrap());
    let path = folder.path().join("days.csv");
    std::fs::write(&path, text).unwrap();
    path
}

/// The same days as SGIP's files hold them, with forecasts that come true.
fn foretold(folder: &TempDir, name: &str, days: std::ops::Range<usize>) -> PathBuf {
    let header: String = (1..=36).map(|ahead| format!(",f{ahead}")).collect();
    let mut text = format!("time,moer{header}\n");
    let slots: Vec<u32> = hours(30 * 24).flat_map(|grams| [grams; 12]).collect();
    for slot in days.start * 288..days.end * 288 {
        write!(text, "{}", time(slot / 12, slot % 12 * 5).replace('T', " ")).unwrap();
        for grams in &slots[slot..slot + 37] {
            write!(text, ",{}", f64::from(*grams) / 1000.0).unwrap();
        }
        text.push('\n');
    }
    let path = folder.path().join(name);
    if name.ends_with(".gz") {
        let file = std::fs::File::create(&path).unwrap();
        let mut gz = flate2::write::GzEncoder::new(file, flate2::Compression::fast());
        std::io::Write::write_all(&mut gz, text.as_bytes()).unwrap();
        gz.finish().unwrap();
    } else {
        std::fs::write(&path, text).unwrap();
    }
    path
}

fn check(found: &str, file: &str) {
    let path = folder().join("golden").join(file);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, found).unwrap();
    }
    let golden = std::fs::read_to_string(&path).unwrap();
    assert!(found == golden, "{} differs; it is now:\n{found}", path.display());
}

#[test]
fn the_shipped_series_to_the_letter() {
    let line = "--intensity sgip-pge-2020 --duration 3h --power 1kW --window 6h --pause-energy 20Wh \
        --policy diurnal,percentile,double-threshold";
    for (format, file) in
        [("text", "simulate.txt"), ("json", "simulate.json"), ("csv", "simulate.csv")]
    {
        let outcome = simulate(&format!("{line} --format {format}"));
        assert_eq!((outcome.status, outcome.err.as_str()), (Some(0), ""), "{format}");
        check(&outcome.out, file);
    }
}

#[test]
fn a_day_like_every_day_is_known_after_one() {
    let folder = tempfile::tempdir().unwrap();
    let line = format!(
        "--intensity {} --duration 2h --power 1kW --window 14h --pue 1.5",
        days(&folder).display()
    );
    let found = simulated(&format!("{line} --policy replan,diurnal"));
    let region = &found["regions"][0];
    assert_eq!((&region["name"], &region["starts"]), (&json!("days"), &json!(4)));
    assert_eq!(region["oracle_saving_ratio"], json!(0.75));
    for policy in region["policies"].as_array().unwrap() {
        // Without a past the plain one runs at once, and emits 300 g/kWh more than the least, of 3 kWh; the
        // other waits for what is cheaper.
        let (kept, lost) =
            if policy["policy"] == json!("replan") { (4.0, 0.0) } else { (3.0, 900.0) };
        let near = |name: &str, expected: f64| {
            let found = policy[name].as_f64().unwrap();
            assert!((found - expected).abs() < 1e-9, "{name}: {policy}");
        };
        near("kept_ratio", kept / 4.0);
        near("regret_grams", lost / 4.0);
        near("regret_ratio", lost / (4.0 * 300.0));
        near("pauses", 0.0);
        assert_eq!(policy["starts_worse_than_at_once"], json!(0));
    }
}

#[test]
fn forecasts_tell_what_the_past_does_not() {
    let folder = tempfile::tempdir().unwrap();
    let first = foretold(&folder, "GRID_2020-01a.csv", 0..2);
    let second = foretold(&folder, "GRID_2020-01b.csv.gz", 1..4);
    let line = "--duration 1h --power 1kW --window 2h --starts hourly --policy percentile";
    let with = simulated(&format!("--forecasts {} {} {line}", first.display(), second.display()));
    assert_eq!(with["forecasts"], json!(true));
    let region = &with["regions"][0];
    assert_eq!((&region["name"], &region["starts"]), (&json!("GRID_2020-01"), &json!(94)));
    let kept = |found: &Value| found["regions"][0]["policies"][0]["kept_ratio"].as_f64().unwrap();
    assert!((kept(&with) - 1.0).abs() < 1e-9, "what is foretold comes true: {with}");
    let days = days(&folder);
    let without = simulated(&format!("--intensity {} {line}", days.display()));
    assert_eq!(without["forecasts"], json!(false));
    // The file has forecasts for the first day alone, on which there is no yesterday.
    let line = format!("--intensity {} --forecasts {} {line}", days.display(), first.display());
    let both = simulated(&line);
    assert_eq!(both["regions"][0]["name"], json!("days"));
    assert!(kept(&both) > kept(&without), "{both}, {without}");
}

#[test]
fn what_cannot_be_used_is_refused() {
    let shipped = |words: &str| format!("--intensity sgip-pge-2020 {words}");
    refused(
        &shipped("--year 2021"),
        "sgip-pge-2020: the series covers 2020-01-01T00:00:00Z to 2021-01-01T00:00:00Z, in which no paper start of 2021 \
         has 30h before it: give other --starts, another --year, a shorter job or a shorter --window",
    );
    refused(
        &shipped("--power 0W"),
        "the job draws nothing, so that no policy can save: give more by --energy or --power",
    );
    refused(
        &shipped("--duration 2min"),
        "--duration is less than 2.5 minutes, and rounds to no whole five minutes: give a longer one",
    );
    refused(
        &shipped("--forecasts profile.csv"),
        &format!(
            "profile.csv: line 1: the header must be `time,moer{}`, got `offset_seconds,power_watts`",
            (1..=36).map(|ahead| format!(",f{ahead}")).collect::<String>()
        ),
    );
    refused(
        &shipped("--forecasts no-such.csv"),
        "no-such.csv: cannot be read: No such file or directory (os error 2)",
    );
    refused(
        "--intensity gap.csv --duration 5min --window 5min --starts hourly",
        "gap: the series has a gap from 2020-06-01T00:10:00Z to 2020-06-01T00:15:00Z, and a policy looks back at all of \
         it: fill the gap, or give what is after it",
    );
    let history = |folder: &TempDir| {
        let path = folder.path().join("history.json");
        let text = r#"{"data": [{"generated_at": "2020-01-01T00:00:00+00:00", "forecast": [
            {"point_time": "2020-01-01T00:05:00+00:00", "value": 870}]}], "meta": {"region": "GRID",
            "signal_type": "co2_moer", "units": "lbs_co2_per_mwh"}}"#;
        std::fs::write(&path, text).unwrap();
        path
    };
    let folder = tempfile::tempdir().unwrap();
    let history = history(&folder);
    refused(
        &format!("--forecasts {}", history.display()),
        "--intensity is missing, and the files of --forecasts hold no values of their own",
    );
    refused(
        &format!("--intensity regions --forecasts {}", history.display()),
        "--forecasts are of one region, and --intensity has 2: give one of them",
    );
    let outcome = simulate("--power 1kW");
    assert_eq!(outcome.status, Some(2));
    assert!(outcome.err.contains("--intensity"), "{}", outcome.err);
}

/// Real forecasts of a week, where they stand beside the checkout.
#[test]
#[ignore = "needs ../shared/data"]
fn needs_shared_data_a_week_of_real_forecasts_is_read() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(
        "../../../shared/data/forecast/SGIP_CAISO_PGE_2020-06_with_36step_forecast_kg_per_kwh_7days.csv",
    );
    let line = "--duration 30min --power 1kW --window 2h --starts daily --policy percentile";
    let found =
        simulated(&format!("--intensity sgip-pge-2020 --forecasts {} {line}", path.display()));
    assert_eq!(found["regions"][0]["starts"], json!(366));
    let alone = simulated(&format!("--forecasts {} {line}", path.display()));
    assert_eq!(alone["regions"][0]["starts"], json!(7));
}
