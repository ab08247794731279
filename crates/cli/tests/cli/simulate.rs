//! `gpu-carbon simulate`: the savings of policies that do not know the future.

use std::fmt::Write;
use std::path::PathBuf;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::harness::{self, check_golden, rejected, run, succeed};

/// The hour at which the four hours of low intensity begin, on each day of [`days`].
const LOW: usize = 12;

/// Returns equal days by the hour: 400 g/kWh, but 100 g/kWh for four hours.
fn hours(count: usize) -> impl Iterator<Item = u32> {
    (0..count).map(|hour| if (LOW..LOW + 4).contains(&(hour % 24)) { 100 } else { 400 })
}

fn simulated(line: &str) -> Value {
    harness::json(&format!("simulate {line}"))
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

/// Writes the same days in the format of SGIP's files, with forecasts that are right.
fn forecasts(folder: &TempDir, name: &str, days: std::ops::Range<usize>) -> PathBuf {
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

#[test]
fn the_bundled_series_matches_the_golden_pages() {
    let line = "simulate --intensity sgip-pge-2020 --duration 3h --power 1kW --window 6h --pause-energy 20Wh \
        --policy diurnal,percentile,double-threshold";
    for (format, file) in
        [("text", "simulate.txt"), ("json", "simulate.json"), ("csv", "simulate.csv")]
    {
        check_golden(&succeed(&format!("{line} --format {format}")), file);
    }
}

#[test]
fn equal_days_are_known_after_one() {
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
        // Without a past `diurnal` runs at once, and emits 300 g/kWh more than the oracle for 3 kWh; `replan` waits for
        // a lower intensity.
        let (saved, lost) =
            if policy["policy"] == json!("replan") { (4.0, 0.0) } else { (3.0, 900.0) };
        let near = |name: &str, expected: f64| {
            let found = policy[name].as_f64().unwrap();
            assert!((found - expected).abs() < 1e-9, "{name}: {policy}");
        };
        near("kept_ratio", saved / 4.0);
        near("regret_grams", lost / 4.0);
        near("regret_ratio", lost / (4.0 * 300.0));
        near("pauses", 0.0);
        assert_eq!(policy["starts_worse_than_at_once"], json!(0));
    }
}

/// A paused job draws power from its first run to its last, but not before; with 90 % of its power it had better not
/// pause.
#[test]
fn a_paused_job_draws_power() {
    let folder = tempfile::tempdir().unwrap();
    let days = days(&folder);
    let line = |watts: u32| {
        format!(
            "--intensity {} --duration 6h --power 1kW --window 18h --starts daily --policy diurnal --paused-power {watts}W",
            days.display()
        )
    };
    let (free, costly) = (simulated(&line(0)), simulated(&line(900)));
    assert_eq!(
        (&free["paused_power_watts"], &costly["paused_power_watts"]),
        (&json!(0.0), &json!(900.0))
    );
    let saves = |found: &Value| found["regions"][0]["oracle_saving_ratio"].as_f64().unwrap();
    // At midnight the oracle waits for the four cheap hours, and runs two more beside them, in one piece.
    let expected = 1.0 - (4.0 * 100.0 + 2.0 * 400.0) / (6.0 * 400.0);
    assert!((saves(&free) - expected).abs() < 1e-9 && (saves(&costly) - expected).abs() < 1e-9);
    let policy = |found: &Value| found["regions"][0]["policies"][0].clone();
    assert_eq!(policy(&free)["starts_worse_than_at_once"], json!(0));
    let (free, costly) = (policy(&free), policy(&costly));
    assert!(costly["regret_grams"].as_f64() > free["regret_grams"].as_f64(), "{free} {costly}");
    assert_eq!(free["greatest_loss_grams"], json!(0.0));
    assert!(costly["greatest_loss_grams"].as_f64() > Some(100.0), "{costly}");
}

/// The figures of POLICIES.md for a process that stays in memory while it is paused.
#[test]
fn replanning_nears_the_oracle_although_a_paused_job_draws_power() {
    let found = simulated(
        "--intensity sgip-sce-2020 --starts daily --policy replan --pause-energy 10.8Wh --paused-power 87.8W",
    );
    let region = &found["regions"][0];
    let policy = &region["policies"][0];
    let number = |name: &str| policy[name].as_f64().unwrap();
    assert_eq!(region["starts"], json!(365));
    assert!(number("kept_ratio") > 0.91, "{policy}"); // measured: 0.917
    assert!(number("pauses") < 1.0, "{policy}");
    assert!(number("starts_worse_than_at_once") <= 11.0, "{policy}");
    assert!(number("greatest_loss_grams") < 181.0, "{policy}");
}

#[test]
fn forecasts_improve_on_the_past() {
    let folder = tempfile::tempdir().unwrap();
    let first = forecasts(&folder, "GRID_2020-01a.csv", 0..2);
    let second = forecasts(&folder, "GRID_2020-01b.csv.gz", 1..4);
    let line = "--duration 1h --power 1kW --window 2h --starts hourly --policy percentile";
    let with = simulated(&format!("--forecasts {} {} {line}", first.display(), second.display()));
    assert_eq!(with["forecasts"], json!(true));
    let region = &with["regions"][0];
    assert_eq!((&region["name"], &region["starts"]), (&json!("GRID_2020-01"), &json!(94)));
    let kept_ratio =
        |found: &Value| found["regions"][0]["policies"][0]["kept_ratio"].as_f64().unwrap();
    assert!((kept_ratio(&with) - 1.0).abs() < 1e-9, "the forecasts are right: {with}");
    let days = days(&folder);
    let without = simulated(&format!("--intensity {} {line}", days.display()));
    assert_eq!(without["forecasts"], json!(false));
    // The file has forecasts for the first day only, which has no day before it.
    let line = format!("--intensity {} --forecasts {} {line}", days.display(), first.display());
    let both = simulated(&line);
    assert_eq!(both["regions"][0]["name"], json!("days"));
    assert!(kept_ratio(&both) > kept_ratio(&without), "{both}, {without}");
}

#[test]
fn invalid_arguments_are_rejected() {
    let bundled = |words: &str| format!("simulate --intensity sgip-pge-2020 {words}");
    rejected(
        &bundled("--year 2021"),
        "sgip-pge-2020: the series covers 2020-01-01T00:00:00Z to 2021-01-01T00:00:00Z, in which no paper start of 2021 \
         is followed by 30h: give other --starts, another --year, a shorter job or a shorter --window",
    );
    rejected(
        &bundled("--power 0W"),
        "the job uses no energy, so no policy can save any: give more by --energy or --power",
    );
    rejected(
        &bundled("--power 1kW --paused-power 1kW"),
        "--paused-power must be less than the power of the job, 1000 W, got 1000 W",
    );
    rejected(
        &bundled("--duration 2min"),
        "--duration is less than 2.5 minutes, which rounds to zero steps of five minutes: give a longer one",
    );
    rejected(
        &bundled("--forecasts profile.csv"),
        &format!(
            "profile.csv: line 1: the header must be `time,moer{}`, got `offset_seconds,power_watts`",
            (1..=36).map(|ahead| format!(",f{ahead}")).collect::<String>()
        ),
    );
    rejected(
        &bundled("--forecasts no-such.csv"),
        "no-such.csv: cannot be read: No such file or directory (os error 2)",
    );
    rejected(
        "simulate --intensity gap.csv --duration 5min --window 5min --starts hourly",
        "gap: the series has a gap from 2020-06-01T00:10:00Z to 2020-06-01T00:15:00Z (1 gap of 5min in all), and a policy \
         uses all of it as its past: fill it by --gaps hold:2h or --gaps same-hour, or give the part after it",
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
    rejected(
        &format!("simulate --forecasts {}", history.display()),
        "--intensity is missing, and the files of --forecasts hold no values of their own",
    );
    rejected(
        &format!("simulate --intensity regions --forecasts {}", history.display()),
        "--forecasts are of one region, and --intensity has 2: give one of them",
    );
    let outcome = run("simulate --power 1kW");
    assert_eq!(outcome.status, Some(2));
    assert!(outcome.err.contains("--intensity"), "{}", outcome.err);
}
