//! Files of intensity that people have, their signals, scopes, steps and gaps.

use std::io::Write as _;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use crate::harness::{Outcome, outcome, run};

/// Runs `plan` for a job of an hour on files of a folder, with more arguments.
fn plan(folder: &Path, files: &[&str], more: &str) -> Outcome {
    let paths: Vec<String> =
        files.iter().map(|file| folder.join(file).display().to_string()).collect();
    run(&format!(
        "plan --intensity {} --start 2024-01-01T00:00:00Z --duration 1h --power 1kW {more}",
        paths.join(" ")
    ))
}

fn planned(folder: &Path, files: &[&str], more: &str) -> Value {
    let outcome = plan(folder, files, &format!("{more} --format json"));
    assert_eq!((outcome.status, outcome.err.as_str()), (Some(0), ""));
    serde_json::from_str(&outcome.out).unwrap()
}

/// The error of a plan, without the folder's path.
fn refused(folder: &Path, files: &[&str], more: &str) -> String {
    let outcome = plan(folder, files, more);
    assert_eq!((outcome.status, outcome.out.as_str()), (Some(2), ""), "{}", outcome.err);
    assert_eq!(outcome.err.lines().count(), 1, "{}", outcome.err);
    outcome.err.replace(&format!("{}/", folder.display()), "")
}

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

const MAPS: &str = "Datetime (UTC),Country,Zone name,Zone id,Carbon intensity gCO₂eq/kWh (direct),Carbon intensity gCO₂eq/kWh (Life cycle),Data estimated\n\
    2024-01-01 00:00:00,Germany,Germany,DE,200,300,false\n2024-01-01 01:00:00,Germany,Germany,DE,100,150,true\n";

/// The rows of a series of ours, at minutes from the beginning of 2024.
fn rows(minutes: impl IntoIterator<Item = u32>) -> String {
    let row = |minute: u32| {
        let (day, hour, minute) = (minute / 1440 + 1, minute / 60 % 24, minute % 60);
        format!("2024-01-{day:02}T{hour:02}:{minute:02}:00Z,{}\n", 100 + hour)
    };
    let rows: String = minutes.into_iter().map(row).collect();
    format!("timestamp_utc,gco2_per_kwh\n{rows}")
}

#[test]
fn a_download_brings_its_signal_scope_and_credit() {
    let folder = folder(&[("DE_2024_hourly.csv", MAPS)]);
    let found = planned(folder.path(), &["DE_2024_hourly.csv"], "--window 1h");
    let region = &found["regions"][0];
    assert_eq!(region["name"], "DE_2024_hourly");
    assert_eq!(
        (&region["signal"], &region["scope"]),
        (&json!("average"), &json!("co2e_lifecycle"))
    );
    assert_eq!(region["flexible_start"]["emissions_grams"], 150.0);
    let text = plan(folder.path(), &["DE_2024_hourly.csv"], "--window 1h").out;
    assert!(text.contains("intensities average (CO2e over the life cycle)"), "{text}");
    assert!(text.contains("Data: Electricity Maps"), "{text}");
    let error = refused(folder.path(), &["DE_2024_hourly.csv"], "--window 1h --signal marginal");
    assert!(error.contains("is of average intensity, but --signal asks for marginal"), "{error}");
}

#[test]
fn compressed_and_encoded_files_are_the_same_series() {
    let folder = folder(&[("plain.csv", MAPS)]);
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(MAPS.as_bytes()).unwrap();
    std::fs::write(folder.path().join("DE.csv.gz"), gzip.finish().unwrap()).unwrap();
    let utf_16: Vec<u8> =
        format!("\u{feff}{MAPS}").encode_utf16().flat_map(u16::to_le_bytes).collect();
    std::fs::write(folder.path().join("wide.csv"), utf_16).unwrap();
    let semicolons = MAPS.replace(',', ";").replace(";200;300;", ";200,0;300,0;");
    std::fs::write(folder.path().join("semicolons.csv"), semicolons).unwrap();
    let grams =
        |file| planned(folder.path(), &[file], "--window 1h")["regions"][0]["baseline"].clone();
    for file in ["DE.csv.gz", "wide.csv", "semicolons.csv"] {
        assert_eq!(grams(file), grams("plain.csv"), "{file}");
    }
    assert_eq!(planned(folder.path(), &["DE.csv.gz"], "--window 1h")["best_region"], "DE");
}

/// Two half-years of EIA become one series of each operator, of which one can be named.
#[test]
fn eia_files_have_a_region_for_each_operator() {
    let header = "Balancing Authority,UTC Time at End of Hour,Net Generation (MW) from Coal,Net Generation (MW) from Hydropower and Pumped Storage";
    let first = format!("{header}\nCISO,1/1/2024 1:00:00 AM,0,10\nPJM,1/1/2024 1:00:00 AM,10,0\n");
    let second = format!("{header}\nCISO,1/1/2024 2:00:00 AM,10,0\nPJM,1/1/2024 2:00:00 AM,10,0\n");
    let folder = folder(&[("1.csv", &first), ("2.csv", &second)]);
    let found = planned(folder.path(), &["1.csv", "2.csv"], "--window 1h");
    let names: Vec<_> = found["regions"].as_array().unwrap().iter().map(|it| &it["name"]).collect();
    assert_eq!(names, ["CISO", "PJM"]);
    assert_eq!(found["regions"][0]["baseline"]["emissions_grams"], 24.0);
    assert_eq!(found["regions"][1]["flexible_start"]["emissions_grams"], 820.0);
    let found = planned(folder.path(), &["1.csv#PJM", "2.csv#PJM"], "--window 1h");
    assert_eq!(found["regions"].as_array().unwrap().len(), 1);
    let error = refused(folder.path(), &["1.csv#ERCO"], "--window 0h");
    assert!(error.contains("no series is of the zone ERCO: the file has CISO, PJM"), "{error}");
}

#[test]
fn values_that_may_be_in_another_unit_are_questioned() {
    let text = "timestamp_utc,gco2_per_kwh\n2024-01-01T00:00:00Z,0.4\n2024-01-01T01:00:00Z,0.4\n";
    let confirmed = format!("# unit: kg/kWh\n{text}");
    let folder = folder(&[("kilograms.csv", text), ("confirmed.csv", &confirmed)]);
    let refused = |file| refused(folder.path(), &[file], "--window 0h");
    let error = refused("kilograms.csv");
    assert!(
        error.contains("the mean of the values is 0.400") && error.contains("400 g/kWh"),
        "{error}"
    );
    std::fs::write(folder.path().join("many.csv"), text.replace(",0.4", ",2400")).unwrap();
    assert!(refused("many.csv").contains("lb/MWh, which would be 1089 g/kWh"));
    for command in ["evaluate --year 2024", "simulate"] {
        let path = folder.path().join("many.csv");
        let outcome = run(&format!("{command} --intensity {}", path.display()));
        assert_eq!(outcome.status, Some(2), "{command}");
        assert!(outcome.err.contains("at most 2000 g/kWh"), "{command}: {}", outcome.err);
    }
    let found = planned(folder.path(), &["confirmed.csv"], "--window 0h");
    assert_eq!(found["regions"][0]["baseline"]["emissions_grams"], 400.0);
}

#[test]
fn two_signals_are_ranked_apart_and_two_scopes_have_a_warning() {
    let series = |comment: &str| format!("{comment}\n{}", rows((0..5).map(|hour| 60 * hour)));
    let folder = folder(&[
        ("marginal.csv", &series("# signal: marginal\n# scope: co2_direct")),
        ("average.csv", &series("# signal: average\n# scope: co2e_lifecycle")),
        ("direct.csv", &series("# signal: average\n# scope: co2_direct")),
        ("silent.csv", &series("#")),
    ]);
    let found = planned(folder.path(), &["marginal.csv", "average.csv"], "--window 2h");
    assert_eq!(found["ranking"].as_array().unwrap().len(), 2);
    let found = planned(folder.path(), &["average.csv", "direct.csv"], "--window 2h");
    let warnings = found["warnings"].to_string();
    assert!(
        warnings.contains("direct counts CO2 of combustion, and average CO2e over the life cycle"),
        "{warnings}"
    );
    let silent = plan(folder.path(), &["silent.csv"], "--window 2h").out;
    assert!(
        silent.contains("silent does not say which signal it is, and is taken as marginal"),
        "{silent}"
    );
    assert!(!silent.contains("CO2e"), "{silent}");
    let told = plan(folder.path(), &["silent.csv"], "--window 2h --signal average").out;
    assert!(told.contains("intensities average.") && !told.contains("does not say"), "{told}");
    let both =
        ["marginal.csv", "average.csv"].map(|it| folder.path().join(it).display().to_string());
    for command in ["evaluate --year 2024", "simulate"] {
        let outcome = run(&format!("{command} --intensity {}", both.join(" ")));
        assert_eq!(outcome.status, Some(2), "{command}");
        assert!(outcome.err.contains("no mean is made of the two"), "{}", outcome.err);
    }
}

/// Changes from hours to quarters of an hour, and from half-hours to them; with a value missing on either side.
#[test]
fn a_change_of_step_is_no_gap_and_a_missing_value_is_one() {
    let change = |before: u32, without: u32| {
        let first = (0..720 / before).map(move |step| before * step);
        let minutes = first.chain((720..1440).step_by(15)).filter(move |minute| *minute != without);
        rows(minutes)
    };
    let folder = folder(&[
        ("hours.csv", &change(60, u32::MAX)),
        ("halves.csv", &change(30, u32::MAX)),
        ("early.csv", &change(60, 300)),
        ("late.csv", &change(60, 900)),
    ]);
    for whole in ["hours.csv", "halves.csv"] {
        planned(folder.path(), &[whole], "--window 23h");
    }
    let early = refused(folder.path(), &["early.csv"], "--window 22h");
    assert!(
        early.contains("2024-01-01T05:00:00Z to 2024-01-01T06:00:00Z")
            && early.contains("1 gap of 1h in all"),
        "{early}"
    );
    let late = refused(folder.path(), &["late.csv"], "--window 22h");
    assert!(
        late.contains("2024-01-01T15:00:00Z to 2024-01-01T15:15:00Z")
            && late.contains("1 gap of 15min"),
        "{late}"
    );
    assert!(late.contains("--gaps hold:2h or --gaps same-hour"), "{late}");
    let filled = planned(folder.path(), &["late.csv"], "--window 22h --gaps hold:15min");
    let source = filled["regions"][0]["source"].as_str().unwrap();
    assert!(
        source.ends_with("late.csv (1 gap of 15min in all filled by --gaps hold:15min)"),
        "{source}"
    );
    let held = refused(folder.path(), &["early.csv"], "--window 22h --gaps hold:30min");
    assert!(
        held.contains("--gaps hold:30min leaves gaps of up to 1h: fill it by --gaps hold:2h or --gaps same-hour"),
        "{held}"
    );
    let lonely = refused(folder.path(), &["early.csv"], "--window 22h --gaps same-hour");
    assert!(
        lonely.contains(
            "found no value at the same time of a day within 7 days: fill it by --gaps hold:2h,"
        ),
        "{lonely}"
    );
    let error = refused(folder.path(), &["early.csv"], "--window 22h --gaps drop");
    assert!(error.contains("must be refuse, hold:TIME as hold:2h, or same-hour"), "{error}");
}

#[test]
fn the_same_hour_of_another_day_fills_a_gap() {
    let hours = (0..72).filter(|hour| !(30..33).contains(hour));
    let folder = folder(&[("days.csv", &rows(hours.map(|hour| 60 * hour)))]);
    let path = folder.path().join("days.csv");
    let line = format!(
        "simulate --intensity {} --duration 1h --window 2h --starts hourly",
        path.display()
    );
    let outcome = run(&line);
    assert_eq!(outcome.status, Some(2));
    assert!(outcome.err.contains("1 gap of 3h in all"), "{}", outcome.err);
    let outcome = run(&format!("{line} --gaps same-hour"));
    assert_eq!(outcome.status, Some(0), "{}", outcome.err);
    assert!(
        outcome.out.contains("days: 1 gap of 3h in all filled by --gaps same-hour."),
        "{}",
        outcome.out
    );
}

/// A command of the shell, in which `$PLAN` is a plan of an hour without its files.
fn shell(folder: &Path, script: &str) -> Outcome {
    let plan = "--start 2024-01-01T00:00:00Z --duration 1h --power 1kW --window 9h --format csv";
    let mut command = Command::new("bash");
    command.args(["-c", script]).current_dir(folder).env("PLAN", plan);
    outcome(command.env("GPU_CARBON", env!("CARGO_BIN_EXE_gpu-carbon")))
}

#[test]
fn pipes_and_standard_input_are_read_and_a_pipe_without_a_writer_is_an_error() {
    let folder = folder(&[("day.csv", &rows((0..24).map(|hour| 60 * hour)))]);
    let of = |script: &str| {
        let outcome = shell(folder.path(), script);
        assert_eq!((outcome.status, outcome.err.as_str()), (Some(0), ""), "{script}");
        outcome
            .out
            .split_once(',')
            .unwrap()
            .1
            .replace("day.csv", "standard input")
            .replace("day", "stdin")
    };
    let file = of("$GPU_CARBON plan --intensity day.csv $PLAN");
    assert_eq!(of("$GPU_CARBON plan --intensity - $PLAN < day.csv"), file);
    assert_eq!(of("(cat; sleep 0.2) < day.csv | $GPU_CARBON plan --intensity - $PLAN"), file);
    of("$GPU_CARBON plan --intensity <(sleep 0.2; cat day.csv) $PLAN");
    let alone = shell(folder.path(), "mkfifo p.csv && $GPU_CARBON plan --intensity p.csv $PLAN");
    assert_eq!(
        (alone.status, alone.err.as_str()),
        (Some(2), "gpu-carbon: p.csv: cannot be read: no program writes to this pipe within 5 s\n")
    );
}
