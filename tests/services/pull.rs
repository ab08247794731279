//! `gpu-carbon pull` with the local server.

use std::path::Path;
use std::process::{Command, Stdio};

use gpu_carbon_core::{Scope, Signal, Span, Timestamp};
use gpu_carbon_feeds::csv;
use gpu_carbon_feeds::metadata::Metadata;
use gpu_carbon_feeds::unit::Unit;
use gpu_carbon_tests::exporter::build;
use gpu_carbon_tests::services::{Fault, Services};

use super::{Clients, now};

/// Runs it for forty whole days that ended three days ago.
fn pull(services: &Services, service: &str, output: &Path) -> Result<String, String> {
    pull_of(services, service, &["--zone", zone(service)], output)
}

fn zone(service: &str) -> &str {
    match service {
        "gb" => "GB",
        "energy-charts" => "de",
        "pjm" => "1",
        "ieso" => "ON",
        _ => "CAISO_NORTH",
    }
}

/// The same, with flags that name the region.
fn pull_of(
    services: &Services,
    service: &str,
    place: &[&str],
    output: &Path,
) -> Result<String, String> {
    let clients = Clients::of(services);
    let [user, password, token] = ["user", "password", "token"]
        .map(|file| clients.folder.path().join(file).display().to_string());
    let (start, end) = period();
    let [start, end] = [start, end].map(gpu_carbon_feeds::rfc3339::format);
    let (base, output) = (services.base_url(), output.display().to_string());
    let mut words = vec!["gpu-carbon", "pull", service, "--base-url", &base];
    words.extend(place);
    words.extend(["--start", &start, "--end", &end, "--output", &output]);
    match service {
        "watttime" | "sgip" => {
            words.extend(["--user-file", &user, "--password-file", &password]);
        }
        "electricity-maps" => words.extend(["--token-file", &token]),
        "eia" | "pjm" | "openelectricity" => words.extend(["--key-file", &token]),
        _ => {}
    }
    let answer = gpu_carbon_cli::run(words.into_iter().map(Into::into));
    answer.map_err(|error| format!("{error:#}"))
}

fn period() -> (Timestamp, Timestamp) {
    let day = Span::from_days(1);
    let end = (now() - day - day - day).floor_to(day);
    (end - Span::from_days(40), end)
}

/// A value for each half hour, below the most of every fuel.
fn value(at: i64) -> f64 {
    100.0 + (at / 1800 % 777) as f64 / 8.0
}

#[test]
fn a_period_longer_than_any_request_becomes_one_series() {
    let services = Services::start().unwrap();
    services.set_step(1800);
    services.set_intensity(value);
    let folder = tempfile::tempdir().unwrap();
    for (service, requests) in [
        ("gb", 3),
        ("energy-charts", 2),
        ("electricity-maps", 4),
        ("watttime", 2),
        ("sgip", 2),
        ("pjm", 2),
    ] {
        let output = folder.path().join(format!("{service}.csv"));
        let before = services.requests().len() - services.count("/login");
        let message = pull(&services, service, &output).unwrap();
        assert_eq!(services.requests().len() - services.count("/login") - before, requests);
        assert!(message.contains("1920 values") && message.contains("; 0 gaps"), "{message}");
        let text = std::fs::read_to_string(&output).unwrap();
        let series = csv::parse(&text).unwrap();
        assert_eq!(series.points().len(), 40 * 48, "{service}");
        let (signal, scope) = match service {
            "gb" => (Signal::Average, Scope::Co2Direct),
            "watttime" | "sgip" | "pjm" => (Signal::Marginal, Scope::Co2Direct),
            _ => (Signal::Average, Scope::Co2eLifecycle),
        };
        let metadata = Metadata::read(&text).unwrap();
        assert_eq!((metadata.signal, metadata.scope), (Some(signal), Some(scope)), "{service}");
        assert_eq!(metadata.unit, Some(Unit::GramsPerKilowattHour));
        let known = [&metadata.source, &metadata.zone, &metadata.licence];
        assert!(known.iter().all(|it| it.is_some()), "{metadata:?}");
        assert_eq!((series.extent().start(), series.extent().end()), period());
        for &(at, intensity) in series.points() {
            let grams = value(at.as_unix_micros() / 1_000_000);
            assert!((intensity.as_grams_per_kilowatt_hour() - grams).abs() < 1e-9);
        }
    }
    assert_eq!(services.count("emissionFactorType=lifecycle"), 4);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 6, "nothing else is left");
}

#[test]
fn hours_of_generation_become_one_series() {
    let services = Services::start().unwrap();
    services.set_step(1800);
    services.set_intensity(value);
    let folder = tempfile::tempdir().unwrap();
    for service in ["eia", "openelectricity", "ieso"] {
        let output = folder.path().join(format!("{service}.csv"));
        let message = pull(&services, service, &output).unwrap();
        assert!(message.contains("960 values") && message.contains("; 0 gaps"), "{message}");
        assert!(message.contains("imports are not included"), "{message}");
        let series = csv::parse(&std::fs::read_to_string(&output).unwrap()).unwrap();
        assert_eq!((series.extent().start(), series.extent().end()), period());
        for &(at, intensity) in series.points() {
            let grams = value(at.as_unix_micros() / 1_000_000);
            assert!((intensity.as_grams_per_kilowatt_hour() - grams).abs() < 1e-9, "{service}");
        }
    }
}

#[test]
fn coordinates_name_a_region_of_watttime_and_of_no_other() {
    let services = Services::start().unwrap();
    services.set_step(1800);
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("here.csv");
    let here = ["--latitude", "37.77", "--longitude", "-122.42"];
    let message = pull_of(&services, "watttime", &here, &output).unwrap();
    assert!(message.contains("1920 values of CAISO_NORTH"), "{message}");
    assert_eq!(services.count("/v3/region-from-loc?latitude=37.77&longitude=-122.42"), 1);
    assert_eq!(services.count("region=CAISO_NORTH"), 2);
    let asked = services.requests().len();
    for (service, place, why) in [
        ("gb", here.as_slice(), "are for watttime only"),
        ("watttime", &here[..2], "--longitude"),
        ("watttime", &["--latitude", "91", "--longitude", "0"], "from -90 to 90"),
        ("watttime", &["--latitude", "1", "--longitude", "2", "--zone", "X"], "--zone"),
        ("watttime", &[], "or give --latitude and --longitude"),
    ] {
        let error = pull_of(&services, service, place, &output).unwrap_err();
        assert!(error.contains(why), "{error}");
    }
    assert_eq!(services.requests().len(), asked);
}

#[test]
fn a_refused_run_continues_where_it_stopped() {
    let services = Services::start().unwrap();
    services.set_step(1800);
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("gb.csv");
    // From the third request on, the service refuses.
    services.fail_from(2, Fault::status(403));
    let error = pull(&services, "gb", &output).unwrap_err();
    let part = folder.path().join("gb.csv.part");
    let end = format!("and all before is in {}: run the command again to continue", part.display());
    assert!(error.contains("status 403") && error.ends_with(&end), "{error}");
    let cause = error.find("status 403").unwrap();
    assert!(
        cause < error.find("the download ended at 2").unwrap(),
        "the cause comes first: {error}"
    );
    assert!(!output.exists() && part.exists(), "no half of a file");
    services.fail(None);
    let asked = services.requests().len();
    pull(&services, "gb", &output).unwrap();
    assert_eq!(services.requests().len(), asked + 1);
    let series = csv::parse(&std::fs::read_to_string(&output).unwrap()).unwrap();
    assert_eq!(series.points().len(), 40 * 48);
}

#[test]
fn a_temporary_fault_is_retried_and_a_permanent_one_is_not() {
    let services = Services::start().unwrap();
    services.set_step(1800);
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("x.csv");
    services.fail_until(
        1,
        Fault::Status { status: 503, retry_after: Some("1".to_owned()), body: String::new() },
    );
    pull(&services, "gb", &output).unwrap();
    assert_eq!(services.requests().len(), 4, "one failed, three periods");
    services.fail(Some(Fault::Html));
    let error = pull(&services, "energy-charts", &output).unwrap_err();
    assert!(error.contains("web page"), "{error}");
    assert_eq!(services.requests().len(), 5);
}

#[test]
fn a_terminal_is_shown_a_bar_and_a_file_one_line() {
    let services = Services::start().unwrap();
    services.set_step(1800);
    let program = build("gpu-carbon-cli", "gpu-carbon").unwrap().display().to_string();
    let [start, end] = <[_; 2]>::from(period()).map(gpu_carbon_feeds::rfc3339::format);
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("gb.csv").display().to_string();
    let line = format!(
        "{program} pull gb --base-url {} --start {start} --end {end} --output {output}",
        services.base_url()
    );
    let run = |command: &mut Command| {
        let output = command.stdin(Stdio::null()).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap())
    };
    let [answer, progress] = run(Command::new("sh").args(["-c", &line]));
    assert!(answer.contains("1920 values"), "{answer}");
    assert_eq!(progress, "periods to pull: 3\n");
    // A terminal shows both streams in one.
    let [seen, _] = run(Command::new("script").args(["-qec", &line, "/dev/null"]));
    let (bar, rest) = seen.rsplit_once("\u{1b}[2K").unwrap();
    assert!(bar.contains("0 of 3 periods pulled") && !bar.contains("to pull:"), "{seen:?}");
    assert_eq!(rest.replace('\r', ""), answer, "the bar is gone");
}

#[test]
fn values_that_a_service_never_had_are_a_reported_gap() {
    let services = Services::start().unwrap();
    services.set_step(1800);
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("gb.csv");
    // The first of three periods has nulls alone.
    services.fail_until(1, Fault::Null);
    let message = pull(&services, "gb", &output).unwrap();
    let (start, end) = period();
    let [from, until] = [start + Span::from_days(14), end].map(gpu_carbon_feeds::rfc3339::format);
    let expected = format!(
        "1248 values, 0 of them estimated or forecast; 0 gaps; only from {from} to {until}"
    );
    assert!(message.contains(&expected), "{message}");
    // No value at all is no series, and replaces no file.
    services.fail(Some(Fault::Null));
    let error = pull(&services, "gb", &output).unwrap_err();
    assert!(error.contains("has no value of GB for that period"), "{error}");
    assert_eq!(
        csv::parse(&std::fs::read_to_string(&output).unwrap()).unwrap().points().len(),
        1248
    );
    let error = pull(&services, "watttime", &output).unwrap_err();
    assert!(error.contains("is null"), "one is too many where none is left out: {error}");
    let notes = folder.path().join("notes.txt");
    std::fs::write(&notes, "precious").unwrap();
    assert!(pull(&services, "gb", &notes).unwrap_err().contains("holds something else"));
    assert_eq!(std::fs::read_to_string(&notes).unwrap(), "precious");
    assert_eq!(
        std::fs::read_dir(folder.path()).unwrap().count(),
        2,
        "the series and the notes: nothing of WattTime was downloaded"
    );
}

/// The examples in the command line's README: the first downloads a year, the others a month.
#[test]
fn the_examples_of_the_readme_work() {
    let readme = include_str!("../../crates/cli/README.md");
    let services = Services::start().unwrap();
    services.set_step(1800);
    let clients = Clients::of(&services);
    let program = build("gpu-carbon-cli", "gpu-carbon").unwrap();
    let lines = readme.lines().filter(|line| line.starts_with("gpu-carbon pull "));
    let mut outputs = Vec::new();
    for line in lines {
        let mut command = Command::new(&program);
        command.args(line.split_whitespace().skip(1)).args(["--base-url", &services.base_url()]);
        let output = command.current_dir(clients.folder.path()).output().unwrap();
        assert!(output.status.success(), "{line}: {output:?}");
        let output = String::from_utf8(output.stdout).unwrap();
        let is_hourly = ["eia", "openelectricity", "ieso"]
            .iter()
            .any(|it| line.contains(&format!("pull {it} ")));
        let values = match is_hourly {
            _ if outputs.is_empty() => 366 * 48,
            true => 31 * 24,
            false => 31 * 48,
        };
        assert!(output.contains(&format!(": {values} values")), "{line}: {output}");
        outputs.push((line, output));
    }
    assert_eq!(outputs.len(), 10);
    let (line, output) = &outputs[0];
    let example = format!("{line}\n```\n\n```\n{output}```\n");
    assert!(readme.contains(&example), "the README lacks:\n{example}");
}

#[test]
fn bad_points_end_a_download_unless_they_are_skipped() {
    let services = Services::start().unwrap();
    services.set_step(1800);
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("x.csv");
    // Each of them spoils the last value of an answer, which lies after the period where a service sends more than was asked for.
    for (service, fault, lost) in [
        ("gb", Fault::Negative, 1),
        ("gb", Fault::NotANumber, 1),
        ("watttime", Fault::NotANumber, 1),
        ("electricity-maps", Fault::Backwards, 0),
        ("energy-charts", Fault::Duplicate, 0),
        ("sgip", Fault::Negative, 0),
        ("pjm", Fault::NotANumber, 0),
        ("eia", Fault::NotANumber, 0),
        ("ieso", Fault::NotANumber, 0),
        ("openelectricity", Fault::NotANumber, 1),
    ] {
        let zone = zone(service);
        services.fail(Some(fault.clone()));
        let error = pull_of(&services, service, &["--zone", zone], &output).unwrap_err();
        assert!(error.ends_with(", and nothing was downloaded"), "{service} {fault:?}: {error}");
        let left = std::fs::read_dir(folder.path()).unwrap().count();
        assert_eq!(left, usize::from(output.exists()), "{service}: an empty file is left");
        let flags = ["--zone", zone, "--skip-bad"];
        let message = pull_of(&services, service, &flags, &output).unwrap();
        assert!(message.contains("bad points were left out"), "{service} {fault:?}: {message}");
        let series = csv::parse(&std::fs::read_to_string(&output).unwrap()).unwrap();
        let hourly = ["eia", "ieso", "openelectricity"].contains(&service);
        let whole = if hourly { 40 * 24 } else { 40 * 48 };
        let found = series.points().len();
        // One value of each answer is bad, and there are four answers at most.
        assert!(found + lost * 4 >= whole && found + lost <= whole, "{service} {fault:?}: {found}");
        services.fail(None);
        std::fs::remove_file(&output).unwrap();
    }
    // A period without a good point is a gap.
    services.fail(Some(Fault::Null));
    let flags = ["--zone", "CAISO_NORTH", "--skip-bad"];
    let error = pull_of(&services, "watttime", &flags, &output).unwrap_err();
    assert!(error.contains("has no value of CAISO_NORTH"), "{error}");
    // The login is a request, too.
    services.fail_until(services.requests().len() + 2, Fault::Null);
    let message = pull_of(&services, "watttime", &flags, &output).unwrap();
    assert!(message.contains("1 answers had bad points alone"), "{message}");
}
