//! `gpu-carbon plan --region` with the local server in place of the services.

use std::process::{Command, Output};
use std::time::Instant;

use gpu_carbon_core::{Span, Timestamp};
use gpu_carbon_feeds::regions::{self, Provider};
use gpu_carbon_feeds::{Account, Service, rfc3339};
use gpu_carbon_tests::exporter::build;
use gpu_carbon_tests::services::{Fault, PASSWORD, Services, TOKEN, USER};
use serde_json::Value;

use super::now;

const HOUR: i64 = 3600;

/// Runs the program, with credentials of WattTime where they are asked for.
fn run(services: &Services, line: &str, with_account: bool) -> Output {
    let mut command = Command::new(build("gpu-carbon-cli", "gpu-carbon").unwrap());
    command.args(["plan", "--base-url", &services.base_url()]).args(line.split_whitespace());
    for name in ["WATTTIME_USER", "WATTTIME_PASSWORD", "ELECTRICITY_MAPS_TOKEN"] {
        command.env_remove(name);
    }
    if with_account {
        command.env("WATTTIME_USER", USER).env("WATTTIME_PASSWORD", PASSWORD);
    }
    command.output().unwrap()
}

fn json(services: &Services, line: &str) -> Value {
    let output = run(services, &format!("{line} --format json"), false);
    assert!(output.status.success(), "{line}: {output:?}");
    serde_json::from_slice(&output.stdout).unwrap()
}

fn time(value: &Value) -> Timestamp {
    rfc3339::parse(value.as_str().unwrap()).unwrap()
}

/// The service forecasts one clean stretch; the plan begins with it, and its grams are those of the forecast.
#[test]
fn the_live_forecast_of_a_service_without_an_account_plans_now() {
    let services = Services::start().unwrap();
    services.set_step(1800);
    let clean = (now().as_unix_micros() / 1_000_000).div_euclid(HOUR) * HOUR + 10 * HOUR;
    services.set_intensity(
        move |at| if (clean..clean + 2 * HOUR).contains(&at) { 50.0 } else { 200.0 },
    );
    let answer = json(&services, "--region azure:uksouth --power 1kW --duration 2h --window 20h");
    let region = &answer["regions"][0];
    assert_eq!((&region["answer"], &region["data"]), (&"live".into(), &"gb".into()));
    assert_eq!((&region["signal"], &region["scope"]), (&"average".into(), &"co2_direct".into()));
    assert_eq!(region["baseline"]["emissions_grams"], 400.0);
    assert_eq!(region["flexible_start"]["emissions_grams"], 100.0);
    assert_eq!(time(&region["flexible_start"]["start"]), Timestamp::from_unix_seconds(clean));
    assert!(time(&region["newest_value"]) <= now());
    assert_eq!(services.requests().len(), 1, "the present and the forecast are one answer");
    let text = run(&services, "--region azure:uksouth --power 1kW --duration 2h", false);
    let text = String::from_utf8(text.stdout).unwrap();
    assert!(
        text.contains(
            "by carbonintensity.org.uk (average, CO2 of combustion); its newest value is"
        ),
        "{text}"
    );
}

#[test]
fn a_window_is_fitted_to_the_forecast_and_the_answer_says_so() {
    let services = Services::start().unwrap();
    services.set_step(1800);
    let line = "--region azure:uksouth --power 1kW --duration 24h";
    let region = json(&services, &format!("{line} --window 40h"))["regions"][0].clone();
    let window = region["window_seconds"].as_i64().unwrap();
    assert!(window < 24 * HOUR && window > 20 * HOUR, "{window}");
    let note = region["notes"][0].as_str().unwrap();
    assert!(note.contains("the window is") && note.contains("instead of 40h"), "{note}");
    let to_end = json(&services, &format!("{line} --window end"))["regions"][0].clone();
    assert!(to_end["window_seconds"].as_i64().unwrap().abs_diff(window) <= 300);
    assert_eq!(to_end["notes"], Value::Array(Vec::new()));
    // A job that ends after the forecast is planned by the recorded year.
    let long =
        json(&services, "--region azure:uksouth --power 1kW --duration 60h")["regions"][0].clone();
    assert_eq!(long["answer"], "recorded_year");
    assert!(long["notes"].to_string().contains("its values end at"), "{}", long["notes"]);
}

/// Whatever is wrong with the answer, the recorded year answers, and the reason is in the notes.
#[test]
fn a_service_that_fails_is_replaced_by_the_recorded_year() {
    // Its compilation is no part of the time that is measured below.
    build("gpu-carbon-cli", "gpu-carbon").unwrap();
    let services = Services::start().unwrap();
    services.set_step(900);
    for (fault, reason) in [
        (Fault::status(503), "status 503"),
        (Fault::Html, "web page"),
        (Fault::Truncated, "cut off"),
        (Fault::Null, "null"),
        (Fault::Silent, "timeout"),
    ] {
        services.fail(Some(fault.clone()));
        let begin = Instant::now();
        let answer = json(&services, "--region aws:eu-central-1 --power 1kW --duration 2h");
        assert!(begin.elapsed().as_secs() < 15, "{fault:?}");
        let region = &answer["regions"][0];
        assert_eq!(region["answer"], "recorded_year", "{fault:?}");
        let notes = region["notes"].to_string();
        assert!(notes.contains("Energy-Charts: ") && notes.contains(reason), "{fault:?}: {notes}");
    }
}

/// Each zone that has a service without an account is asked once, whatever the number of its regions. Ontario's has no
/// forecast.
#[test]
fn all_regions_are_ranked_by_services_asked_side_by_side() {
    let services = Services::start().unwrap();
    services.set_step(900);
    services.set_intensity(|at| 100.0 + (at / 900 % 97) as f64);
    let providers = Provider::ALL.map(|it| format!("--provider {}", it.name())).join(" ");
    let line = format!("{providers} --power 1kW --duration 2h");
    let answer = json(&services, &line);
    assert_eq!(answer["regions"].as_array().unwrap().len(), regions::all().count());
    let live = |region: &&Value| region["answer"] == "live";
    let forecasts = answer["regions"].as_array().unwrap().iter().filter(live).count();
    let without_account = |zone: &&regions::GridZone| {
        let is_asked =
            |service: Service| service.account() == Account::None && service.has_forecast();
        zone.services.iter().any(|source| is_asked(source.service))
    };
    let zones: Vec<_> = regions::zones().filter(without_account).collect();
    let expected =
        regions::all().filter(|it| zones.iter().any(|zone| zone.code == it.zone)).count();
    assert_eq!(forecasts, expected);
    let asked = services.requests().len();
    assert!(asked >= zones.len() && asked <= 2 * zones.len(), "{asked} of {}", zones.len());
    json(&services, &format!("{line} --offline"));
    assert_eq!(services.requests().len(), asked, "--offline asks no service");
}

#[test]
fn an_account_in_the_environment_is_used_and_never_shown() {
    let services = Services::start().unwrap();
    let line = "--region aws:us-west-1 --power 1kW --duration 2h --format json";
    let without = run(&services, line, false);
    let without: Value = serde_json::from_slice(&without.stdout).unwrap();
    assert_eq!(without["regions"][0]["answer"], "recorded_year");
    let notes = without["regions"][0]["notes"].to_string();
    assert!(
        notes.contains("WattTime needs a free account") && notes.contains("WATTTIME_USER"),
        "{notes}"
    );
    assert_eq!(services.requests().len(), 0);
    let output = run(&services, line, true);
    let text = String::from_utf8([output.stdout.clone(), output.stderr].concat()).unwrap();
    assert!(!text.contains(PASSWORD) && !text.contains(TOKEN), "{text}");
    let region = serde_json::from_slice::<Value>(&output.stdout).unwrap()["regions"][0].clone();
    assert_eq!((&region["answer"], &region["signal"]), (&"live".into(), &"marginal".into()));
    let grams = region["baseline"]["emissions_grams"].as_f64().unwrap();
    assert!((grams - 600.0).abs() < 1e-6, "{grams}");
    // The password is refused: the recorded year answers, and the error does not repeat it.
    services.fail(Some(Fault::status(401)));
    let output = run(&services, line, true);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("recorded_year") && !text.contains(PASSWORD), "{text}");
}

/// A key in a file, in the environment, in none and in both: the service gets it, and no output has it.
#[test]
fn a_key_in_a_file_is_used_and_never_shown() {
    let services = Services::start().unwrap();
    services.set_step(3600);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("key");
    std::fs::write(&file, format!("{TOKEN}\n")).unwrap();
    let run = |set: &str| {
        let program = build("gpu-carbon-cli", "gpu-carbon").unwrap();
        let mut shell = Command::new("sh");
        shell.arg("-c").arg(format!(
            "{set} exec {} plan --base-url {} --region aws:us-east-1 --signal average --power 1kW --duration 2h --format json",
            program.display(),
            services.base_url()
        ));
        shell.env_remove("EIA_API_KEY").env_remove("EIA_API_KEY_FILE");
        let Output { status, stdout, stderr } = shell.output().unwrap();
        let text = String::from_utf8([stdout.clone(), stderr].concat()).unwrap();
        assert!(status.success() && !text.contains(TOKEN), "{set}: {text}");
        serde_json::from_slice::<Value>(&stdout).unwrap()["regions"][0].clone()
    };
    let named = format!("EIA_API_KEY_FILE={}", file.display());
    for (set, answer, note) in [
        (format!("EIA_API_KEY={TOKEN}"), "last_days", None),
        (named.clone(), "last_days", None),
        (
            String::new(),
            "yearly_level",
            Some(
                "EIA needs a free account: EIA_API_KEY is not set: set it, or EIA_API_KEY_FILE to the file that holds it",
            ),
        ),
        (
            format!("EIA_API_KEY={TOKEN} {named}"),
            "yearly_level",
            Some("EIA_API_KEY and EIA_API_KEY_FILE are both set: unset one of them"),
        ),
        // The key itself instead of a file.
        (
            format!("EIA_API_KEY_FILE={TOKEN}"),
            "yearly_level",
            Some("EIA_API_KEY_FILE: the file that it names cannot be read"),
        ),
        (
            "EIA_API_KEY_FILE=/dev/zero".to_owned(),
            "yearly_level",
            Some("EIA_API_KEY_FILE: the file that it names is too long for a credential"),
        ),
    ] {
        let region = run(&set);
        let notes = region["notes"].to_string();
        assert_eq!(region["answer"], answer, "{set}: {notes}");
        assert!(note.is_none_or(|note| notes.contains(note)), "{set}: {notes}");
    }
}

#[test]
fn a_start_in_the_past_is_planned_by_the_history() {
    let services = Services::start().unwrap();
    services.set_step(900);
    services.set_intensity(|at| if at / HOUR % 24 == 3 { 10.0 } else { 300.0 });
    let day = Span::from_days(1);
    let start = (now() - day - day - day).floor_to(day);
    let line = format!(
        "--region aws:eu-central-1 --power 1kW --duration 1h --window 24h --start {}",
        rfc3339::format(start)
    );
    let region = json(&services, &line)["regions"][0].clone();
    assert_eq!(region["answer"], "live", "{region}");
    assert_eq!(region["flexible_start"]["emissions_grams"], 10.0);
    let found = time(&region["flexible_start"]["start"]);
    assert_eq!(found, start + Span::from_seconds(3 * 3600));
    // A start that no forecast reaches is not asked for.
    let asked = services.requests().len();
    let late = rfc3339::format(now() + Span::from_days(20));
    let line = format!("--region aws:eu-central-1 --power 1kW --duration 1h --start {late}");
    let region = json(&services, &line)["regions"][0].clone();
    assert_eq!(region["answer"], "recorded_year");
    assert!(region["notes"].to_string().contains("no forecast of Energy-Charts reaches"));
    assert_eq!(services.requests().len(), asked);
}

/// Ontario's service needs no account and has no forecast: the same hour of its last 29 days answers.
#[test]
fn the_last_days_of_a_service_without_a_forecast_answer() {
    let services = Services::start().unwrap();
    services.set_step(3600);
    // The clean hour of each day is ahead, whenever the test runs.
    let clean = (now().as_unix_micros() / 1_000_000 / HOUR + 8) % 24;
    services.set_intensity(move |at| if at / HOUR % 24 == clean { 50.0 } else { 200.0 });
    let line = "--region azure:canadacentral --power 1kW --duration 1h --window 23h";
    let region = json(&services, line)["regions"][0].clone();
    assert_eq!(
        (&region["answer"], &region["data"]),
        (&"last_days".into(), &"ieso".into()),
        "{region}"
    );
    assert_eq!(region["starts"], 29, "{region}");
    let last = time(&region["last_start"]);
    assert!(last < now() && last + Span::from_days(4) > now(), "{region}");
    let grams = |plan: &str| region[plan]["emissions_grams"].as_f64().unwrap();
    assert!(grams("flexible_start") < grams("baseline").max(60.0) && grams("flexible_start") > 0.0);
    let start = time(&region["usual_start"]["start"]).as_unix_micros() / 1_000_000;
    assert_eq!(start / HOUR % 24, clean, "the clean hour of every day");
    let text = run(&services, line, false);
    let text = String::from_utf8(text.stdout).unwrap();
    assert!(
        text.contains("as in the last days, by") && text.contains("starts at this hour, to 20"),
        "{text}"
    );
}
