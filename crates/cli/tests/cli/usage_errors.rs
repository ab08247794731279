//! Errors in arguments and files: one line, exit status 2, and no plan.

use std::fs::File;
use std::process::{Command, Stdio};

use crate::harness::{self, PLAN, folder, gpu_carbon, plan};

const JOB: &str = "--duration 10min --window 5min --power 1kW";

fn rejected(line: &str, expected: &str) {
    harness::rejected(&format!("{PLAN} {line}"), expected);
}

#[test]
fn invalid_flags_are_rejected() {
    let with = |words: &str| format!("--intensity uneven.csv {JOB} {words}");
    for (line, expected) in [
        (
            "--intensity uneven.csv --duration 10 --power 1kW".to_owned(),
            "invalid value '10' for '--duration <TIME>': expected a length of time with its unit, such as 36h, 12min or \
             1h30m",
        ),
        (
            "--intensity uneven.csv --duration 0s --power 1kW".to_owned(),
            "invalid value '0s' for '--duration <TIME>': expected a length of time greater than 0, such as 12min",
        ),
        (
            "--intensity uneven.csv --duration 10min --energy -1kWh".to_owned(),
            "invalid value '-1kWh' for '--energy <ENERGY>': expected a number of zero or more with \
             its unit, Wh, kWh or MWh, such as 37.3kWh",
        ),
        (
            "--intensity uneven.csv --duration 10min --power 1kWh".to_owned(),
            "invalid value '1kWh' for '--power <POWER>': expected a number of zero or more with its \
             unit, W, kW or MW, such as 1.2kW",
        ),
        (
            with("--pue 0.9"),
            "invalid value '0.9' for '--pue <RATIO>': expected a number from 1 (no overhead) to 10, or region",
        ),
        (
            with("--format xml"),
            "invalid value 'xml' for '--format <FORMAT>' [possible values: text, json, csv]",
        ),
        (
            with("--energy 1kWh"),
            "the argument '--power <POWER>' cannot be used with '--energy <ENERGY>'",
        ),
        (
            with("--starts x"),
            "unexpected argument '--starts' found; tip: a similar argument exists: '--start' tip: to pass '--starts' as a value, use '-- --starts'",
        ),
        (
            "--intensity uneven.csv --duration 10min".to_owned(),
            "the job's energy is missing: give one of --energy, --power and --profile, or a job of the paper by --job",
        ),
        (
            "--intensity uneven.csv --power 1kW".to_owned(),
            "the following required arguments were not provided: --duration <TIME>",
        ),
        (
            "--intensity sgip-pge-2020 --job bert_lm --signal average".to_owned(),
            "sgip-pge-2020 is of marginal intensity, but --signal asks for average: the two are never mixed",
        ),
        (
            format!("--intensity regions {JOB} --home west"),
            "--home west: no region has this name: give one of the regions of --intensity or --average",
        ),
        (
            "--intensity regions --window 5min --profile flat.csv".to_owned(),
            "--duration is missing: only a job of the paper and a profile measured by Prometheus have their own",
        ),
        (
            "--intensity uneven.csv regions uneven.csv --duration 10min --power 1kW".to_owned(),
            "two series are named uneven, after their files, and the answer could not distinguish them: rename one, or remove it",
        ),
    ] {
        rejected(&line, expected);
    }
    assert!(plan("--job gpt").err.contains("expected a job of the paper: bert_finetune, bert_lm,"));
    assert_eq!(gpu_carbon([]).status, Some(2));
}

#[test]
fn invalid_files_are_rejected() {
    let with = |intensity: &str| format!("--intensity {intensity} {JOB}");
    rejected(
        &with("no-such"),
        "no-such: no file, folder or bundled series has this name; the bundled series are sgip-pge-2020, sgip-sce-2020, entsoe-at-2020, entsoe-be-2020, entsoe-ch-2019, entsoe-de-2020, entsoe-es-2020, entsoe-fi-2020, entsoe-fr-2020, entsoe-gb-2020, entsoe-ie-2020, entsoe-it-2020, entsoe-nl-2020, entsoe-no-2019, entsoe-pl-2020, entsoe-se-2019",
    );
    rejected(
        &with("broken.csv"),
        "broken.csv: line 3, column 2 (gco2_per_kwh): must be a number, got `12g`",
    );
    rejected(
        "--intensity uneven.csv --duration 10min --window 5min --profile broken.csv",
        "broken.csv: line 1: the header must be `offset_seconds,power_watts`, got `timestamp_utc,gco2_per_kwh`",
    );
    rejected(
        "--intensity uneven.csv --duration 10min --window 5min --profile no-such.csv",
        "no-such.csv: cannot be read: No such file or directory (os error 2)",
    );
    rejected(
        "--intensity uneven.csv --duration 10min --window 5min --profile profile.csv",
        "the job: a power profile must end with the job, got an offset of 600 s in a job of 600 s: give a longer --duration, or \
 remove the later rows of --profile",
    );
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("negative.csv");
    std::fs::write(&path, "timestamp_utc,gco2_per_kwh\n2020-06-01T00:00:00Z,-5\n").unwrap();
    let reason = "line 2, column 2 (gco2_per_kwh): must be a finite number of grams per kilowatt-hour, zero or more, got `-5`";
    rejected(&with(path.to_str().unwrap()), &format!("{}: {reason}", path.display()));
    let path = folder.path().join("latin-1.csv");
    std::fs::write(&path, b"timestamp_utc,gco2_per_kwh\n# caf\xe9\n").unwrap();
    rejected(
        &with(path.to_str().unwrap()),
        &format!("{}: the file is not UTF-8 text: save it as UTF-8", path.display()),
    );
    let path = folder.path().join("gap.json");
    let measured = std::fs::read_to_string(harness::folder().join("data/measured.json")).unwrap();
    std::fs::write(&path, measured.replace("[1590969900, \"350\"], ", "")).unwrap();
    rejected(
        &format!("--intensity uneven.csv --profile {}", path.display()),
        &format!(
            "{}: the series {{gpu=\"1\",instance=\"gpu-host:9877\",job=\"gpu-carbon\"}} has no sample at \
            2020-06-01T00:05:00Z: ask for a time without a gap, or bridge it in the query, as by last_over_time",
            path.display()
        ),
    );
    let empty = tempfile::tempdir().unwrap();
    let path = empty.path().to_str().unwrap();
    rejected(
        &with(path),
        &format!("{path}: no file in this folder ends in .csv: give another folder, or a file"),
    );
}

#[test]
fn a_window_that_the_series_does_not_cover_is_rejected() {
    rejected(
        "--intensity uneven.csv --duration 10min --power 1kW --window 15min1s",
        "uneven: the series covers 2020-06-01T00:00:00Z to 2020-06-01T00:25:00Z, and this job with its window needs \
         2020-06-01T00:00:00Z to 2020-06-01T00:25:01Z: give a longer series, another --start or a shorter --window",
    );
    assert_eq!(
        plan("--intensity uneven.csv --duration 10min --power 1kW --window 15min").status,
        Some(0)
    );
    rejected(
        "--intensity gap.csv --duration 10min --power 1kW --window 10min",
        "gap: the series has a gap from 2020-06-01T00:10:00Z to 2020-06-01T00:15:00Z, and this job with its window \
         needs 2020-06-01T00:00:00Z to 2020-06-01T00:20:00Z (1 gap of 5min in all in that time): fill it by --gaps hold:2h or --gaps \
         same-hour, or give another --start or a shorter --window",
    );
    let both = plan("--intensity regions uneven.csv --duration 1h --power 1kW --window 1h");
    assert_eq!((both.status, both.out.as_str()), (Some(2), ""), "no plan of a part of the regions");
    for beyond in ["200000y", "100000%"] {
        let line =
            format!("--intensity uneven.csv --duration 200000y --power 1kW --window {beyond}");
        assert_eq!(plan(&line).status, Some(2), "{beyond}");
    }
}

#[test]
fn an_answer_that_cannot_be_written_is_not_a_usage_error() {
    let words = ["plan", "--intensity", "sgip-pge-2020", "--start", "2020-06-01T00:00:00Z"];
    let mut command = Command::new(env!("CARGO_BIN_EXE_gpu-carbon"));
    command.args(words).args(["--job", "bert_lm"]).current_dir(folder());
    let full = File::options().write(true).open("/dev/full").unwrap();
    let output = command.stdout(full).stderr(Stdio::piped()).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(error.starts_with("gpu-carbon: cannot write the answer: "), "{error}");
}

/// Each file that a flag names is read up to a limit, and decoded as intensities are.
#[test]
fn an_endless_file_a_web_page_and_utf_16_are_refused_by_every_flag() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, content: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        path.display().to_string()
    };
    let utf_16 = file("utf-16.csv", b"n\0a\0m\0e\0,\0h\0");
    let page = file("page.html", b"<html><body>403 Forbidden");
    let job = "--start 2020-06-01T00:00:00Z --duration 1h --window 0h";
    for command in [
        format!("plan --power 1kW {job} --intensity"),
        format!("plan --intensity sgip-pge-2020 {job} --profile"),
        format!("plan --intensity sgip-pge-2020 --power 1kW {job} --price"),
        "evaluate --intensity sgip-pge-2020 --jobs".to_owned(),
        "simulate --forecasts".to_owned(),
    ] {
        for (path, expected) in [
            (
                "/dev/zero",
                "/dev/zero: the file has more than 268 MB of text, and is too large to be read: give a part of it",
            ),
            (&utf_16, "not text, or UTF-16 without a byte order mark: save it as UTF-8"),
            (&page, "<html><body>403 Forbidden"),
            ("/", "/: "),
        ] {
            let outcome = harness::run(&format!("{command} {path}"));
            assert_eq!((outcome.status, outcome.out.as_str()), (Some(2), ""), "{command} {path}");
            let is_line = outcome.err.lines().count() == 1 && outcome.err.contains(expected);
            assert!(is_line, "{command} {path}: {}", outcome.err);
        }
    }
}
