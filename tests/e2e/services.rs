//! The exporter with intensity services that work, fail, and come back.

use std::process::Command;

use anyhow::{Result, ensure};
use gpu_carbon_tests::clock::Clock;
use gpu_carbon_tests::exporter::{Exporter, command, startup_error};
use gpu_carbon_tests::machine::Machine;
use gpu_carbon_tests::scrape::Scrape;
use gpu_carbon_tests::services::{Fault, PASSWORD, Services, TOKEN, USER};
use gpu_carbon_tests::wait_for;

pub(super) const GPU: &str =
    "[[gpu]]\nmodel = \"h100\"\npower = \"constant 360\"\ncounter_step_ms = 20\n";
const REQUESTS: &str = "gpu_carbon_exporter_feed_requests_total";
const INTENSITY: &str = "gpu_carbon_intensity_grams_per_kilowatt_hour";

/// A machine whose exporter requests the local server, with settings in YAML that begin with the source.
fn machine(services: &Services, source: &str) -> Machine {
    let machine = Machine::new(GPU).unwrap();
    give_credentials(&machine);
    let base = services.base_url();
    machine
        .configure(&format!(
            "intensity:\n  cache: cache\n  base_url: {base}\n  poll_period: 200ms\n  timeout: 500ms\n{source}\n\
             sampling: {{counter_period: 200ms}}\n"
        ))
        .unwrap();
    machine
}

/// An exporter and its machine, on a clock that it shares with the service. The settings of intensity begin with the
/// source.
pub(super) fn by_clock(
    clock: Clock,
    services: &Services,
    script: &str,
    source: &str,
) -> (Machine, Exporter) {
    services.set_clock(move || clock.now());
    let machine = Machine::new(script).unwrap();
    give_credentials(&machine);
    let base = services.base_url();
    machine
        .configure(&format!(
            "intensity:\n  cache: cache\n  base_url: {base}\n  timeout: 2s\n{source}\n\
             sampling: {{counter_period: 100ms}}\npower_usage_effectiveness: {PUE}\n"
        ))
        .unwrap();
    let mut command = command(&machine).unwrap();
    clock.apply_to(&mut command).unwrap();
    (machine, Exporter::run(command).unwrap())
}

/// The settings of [`by_clock`].
pub(super) const PUE: f64 = 1.2;

/// Files with the credentials that the local server accepts.
pub(super) fn give_credentials(machine: &Machine) {
    for (file, text) in [("user", USER), ("password", PASSWORD), ("token", TOKEN)] {
        std::fs::write(machine.path(file), text).unwrap();
    }
}

pub(super) const WATTTIME: &str =
    "  source: watttime\n  zone: CAISO_NORTH\n  user_file: user\n  password_file: password";
pub(super) const MAPS: &str = "  source: electricity_maps\n  zone: DE\n  token_file: token";
pub(super) const CHARTS: &str = "  source: energy_charts\n  zone: de";
pub(super) const GB: &str = "  source: gb\n  zone: OX1";
pub(super) const EIA: &str = "  source: eia\n  zone: PJM\n  key_file: token";
pub(super) const SGIP: &str =
    "  source: sgip\n  zone: SGIP_CAISO_PGE\n  user_file: user\n  password_file: password";
pub(super) const PJM: &str = "  source: pjm\n  zone: 1\n  key_file: token";
pub(super) const OPENELECTRICITY: &str =
    "  source: openelectricity\n  zone: NSW1\n  key_file: token";
pub(super) const IESO: &str = "  source: ieso";

fn intensity(exporter: &Exporter, is: f64) -> Result<Scrape> {
    let scrape = exporter.scrape()?;
    let shown = scrape.value(INTENSITY, &[])?;
    ensure!((shown - is).abs() < 1e-9, "{shown} g/kWh; {}", exporter.log());
    Ok(scrape)
}

fn requests(exporter: &Exporter, outcome: &str) -> Result<f64> {
    let label = format!("outcome=\"{outcome}\"");
    Ok(exporter.scrape()?.values(REQUESTS, &[&label]).sum())
}

/// The page on which the energy of a GPU is converted by a service, with so many best starts: its name, signal and quality are
/// published.
fn converted(source: &str, [name, signal, quality]: [&str; 3], best_starts: usize) -> Scrape {
    let services = Services::start().unwrap();
    let machine = machine(&services, source);
    let exporter = Exporter::start(&machine).unwrap();
    let scrape = wait_for("the intensity", || {
        let scrape = intensity(&exporter, 300.0)?;
        ensure!(scrape.gpu(0, "emissions_grams_total")? > 0.0, "no grams");
        ensure!(scrape.gpu(0, "pending_energy_joules")? == 0.0, "some waits");
        let best = "gpu_carbon_forecast_saving_ratio";
        ensure!(scrape.values(best, &[]).count() == best_starts, "other best starts");
        Ok(scrape)
    })
    .unwrap_or_else(|error| panic!("{name}: {error}"));
    let labels = [format!("source=\"{name}\""), format!("signal=\"{signal}\"")];
    let labels: Vec<&str> = labels.iter().map(String::as_str).collect();
    assert_eq!(scrape.values(INTENSITY, &labels).count(), 1, "{name}");
    let label = format!("quality=\"{quality}\"");
    assert_eq!(scrape.value("gpu_carbon_intensity_quality", &[&label]).unwrap(), 1.0, "{name}");
    scrape
}

#[test]
fn every_service_converts_energy_and_publishes_a_forecast() {
    for (source, names) in [
        (WATTTIME, ["watttime", "marginal", "estimated"]),
        (MAPS, ["electricity_maps", "average", "estimated"]),
        (CHARTS, ["energy_charts", "average", "measured"]),
        (GB, ["gb", "average", "forecast"]),
        (SGIP, ["sgip", "marginal", "measured"]),
    ] {
        let scrape = converted(source, names, 3);
        for horizon in ["1h", "3h", "6h", "12h", "24h"] {
            let ahead = "gpu_carbon_intensity_forecast_grams_per_kilowatt_hour";
            let label = format!("horizon=\"{horizon}\"");
            let forecast = scrape.value(ahead, &[&label]).unwrap();
            assert!((forecast - 300.0).abs() < 1e-9, "{forecast}");
        }
    }
}

#[test]
fn services_without_a_forecast_convert_energy() {
    for (source, names) in [
        (EIA, ["eia", "average", "measured"]),
        (IESO, ["ieso", "average", "measured"]),
        (PJM, ["pjm", "marginal", "measured"]),
        (OPENELECTRICITY, ["openelectricity", "average", "estimated"]),
    ] {
        converted(source, names, 0);
    }
}

#[test]
fn a_warning_of_a_service_is_logged_once_and_no_good_value_is_claimed_before_one() {
    let services = Services::start().unwrap();
    services.fail(Some(Fault::status(503)));
    let machine = machine(&services, CHARTS);
    let exporter = Exporter::start(&machine).unwrap();
    let failed = |times: f64| {
        wait_for("failures", || {
            ensure!(requests(&exporter, "server_error")? >= times, "fewer");
            Ok(())
        })
        .unwrap();
    };
    failed(2.0);
    assert!(exporter.log().contains("there is no intensity of this service yet"));
    assert!(!exporter.log().contains("the last good intensity"), "{}", exporter.log());
    services.set_deprecated(true);
    services.fail(None);
    wait_for("the intensity", || {
        intensity(&exporter, 300.0)?;
        ensure!(requests(&exporter, "success")? >= 4.0, "fewer");
        Ok(())
    })
    .unwrap();
    assert_eq!(exporter.log().matches("marks this path as deprecated").count(), 1);
    // Another error than the first: the same one is logged again after a minute.
    services.fail(Some(Fault::status(404)));
    wait_for("a failure after a good value", || {
        ensure!(
            exporter.log().contains("the last good intensity stays in use"),
            "{}",
            exporter.log()
        );
        Ok(())
    })
    .unwrap();
}

#[test]
fn a_new_value_is_shown_after_one_poll() {
    let services = Services::start().unwrap();
    let machine = machine(&services, CHARTS);
    let exporter = Exporter::start(&machine).unwrap();
    wait_for("the first value", || intensity(&exporter, 300.0)).unwrap();
    services.set_intensity(|_| 450.0);
    wait_for("the next value", || intensity(&exporter, 450.0)).unwrap();
}

#[test]
fn a_denial_is_logged_once() {
    let services = Services::start().unwrap();
    services.fail(Some(Fault::status(401)));
    let machine = machine(&services, CHARTS);
    let exporter = Exporter::start(&machine).unwrap();
    wait_for("three denials", || {
        ensure!(requests(&exporter, "unauthorized")? >= 6.0, "fewer");
        Ok(())
    })
    .unwrap();
    let message = exporter.log().matches("status 401").count();
    assert!(
        (1..=2).contains(&message),
        "once for the present, once for history: {}",
        exporter.log()
    );
}

#[test]
fn the_preferred_service_is_used_and_the_other_is_the_fallback() {
    let (first, second) = (Services::start().unwrap(), Services::start().unwrap());
    second.set_intensity(|_| 500.0);
    let (a, b) = (first.base_url(), second.base_url());
    let machine = machine(&first, "");
    machine
        .configure(&format!(
            "intensity:\n  cache: cache\n  sources:\n\
             \x20   - {{source: gb, base_url: '{a}', poll_period: 200ms}}\n\
             \x20   - {{source: energy_charts, zone: de, base_url: '{b}', poll_period: 200ms}}\n"
        ))
        .unwrap();
    first.fail(Some(Fault::Closed));
    let exporter = Exporter::start(&machine).unwrap();
    wait_for("the second", || intensity(&exporter, 500.0)).unwrap();
    first.fail(None);
    let scrape = wait_for("the first", || intensity(&exporter, 300.0)).unwrap();
    assert_eq!(scrape.values(INTENSITY, &["source=\"gb\""]).count(), 1);
}

#[test]
fn a_restart_requests_nothing_that_is_cached() {
    let services = Services::start().unwrap();
    let machine = machine(&services, CHARTS);
    // In steps of the service.
    let yaml = std::fs::read_to_string(machine.path("exporter.yaml")).unwrap();
    machine.configure(&yaml.replace("  poll_period: 200ms\n", "")).unwrap();
    let asked = |exporter: &Exporter| {
        wait_for("a week of history", || {
            intensity(exporter, 300.0)?;
            ensure!(services.requests().len() >= 2, "{:?}", services.requests());
            Ok(services.requests().len())
        })
    };
    // A step of five minutes may end in between, once.
    let first = asked(&Exporter::start(&machine).unwrap()).unwrap();
    let exporter = Exporter::start(&machine).unwrap();
    let again = asked(&exporter).unwrap();
    assert!(again - first <= 1, "{:?}", services.requests());
    drop(exporter);
    let cached = machine.path("cache").join("energy_charts-de.csv");
    std::fs::write(&cached, "damaged").unwrap();
    let exporter = Exporter::start(&machine).unwrap();
    wait_for("every request again", || {
        ensure!(services.requests().len() >= again + 2, "{:?}", services.requests());
        Ok(())
    })
    .unwrap();
    assert!(exporter.log().contains("the cache is damaged"), "{}", exporter.log());
    assert!(cached.with_extension("damaged").exists());
}

#[test]
fn no_secret_is_in_anything_that_the_process_emits() {
    let services = Services::start().unwrap();
    // A service cannot echo a secret that it never received.
    for (source, secret) in [
        (WATTTIME, PASSWORD),
        (MAPS, ""),
        (EIA, ""),
        (SGIP, PASSWORD),
        (PJM, ""),
        (OPENELECTRICITY, ""),
    ] {
        for format in ["logfmt", "json"] {
            let machine = machine(&services, source);
            let mut command = command(&machine).unwrap();
            command.args(["--log.level=debug", "--log.format", format]);
            if format == "json" {
                command.args(["--web.listen-address=127.0.0.1:0", "--config.check"]);
                let Ok(output) = command.output() else { panic!("no output") };
                has_no_secret(&String::from_utf8_lossy(&output.stdout));
                has_no_secret(&String::from_utf8_lossy(&output.stderr));
                continue;
            }
            let exporter = Exporter::run(command).unwrap();
            let echo = format!(r#"{{"error":"{{sent}} {secret} is not let in"}}"#);
            for fault in [
                None,
                Some(Fault::Status { status: 401, retry_after: None, body: echo.clone() }),
                Some(Fault::Status { status: 500, retry_after: None, body: echo.clone() }),
                Some(Fault::Status { status: 200, retry_after: None, body: echo.clone() }),
                Some(Fault::Status { status: 200, retry_after: None, body: format!("<{echo}") }),
                Some(Fault::Login(Box::new(Fault::status(403)))),
            ] {
                services.revoke_tokens();
                services.fail(fault);
                let before = services.requests().len();
                wait_for("requests", || {
                    ensure!(services.requests().len() > before + 1, "none");
                    Ok(())
                })
                .unwrap();
            }
            for path in ["/", "/metrics", "/-/ready", "/-/healthy"] {
                has_no_secret(&exporter.get(path).unwrap().1);
            }
            has_no_secret(&exporter.log());
            for file in std::fs::read_dir(machine.path("cache")).unwrap() {
                has_no_secret(&std::fs::read_to_string(file.unwrap().path()).unwrap());
            }
            let environment = format!("/proc/{}/cmdline", exporter.pid());
            has_no_secret(&std::fs::read_to_string(environment).unwrap());
            services.fail(None);
        }
    }
}

#[track_caller]
fn has_no_secret(text: &str) {
    // Also the base64 of the name and the password in basic authentication.
    for secret in [PASSWORD, TOKEN, "YWRhOmNvcnJlY3Q"] {
        assert!(!text.contains(secret), "{secret} is in: {text}");
    }
}

#[test]
fn a_credential_that_is_missing_is_refused_by_name() {
    let services = Services::start().unwrap();
    let refused = |source: &str, expected: &str| {
        let machine = machine(&services, source);
        let mut command: Command = command(&machine).unwrap();
        command.env_remove("ELECTRICITY_MAPS_TOKEN").env_remove("WATTTIME_PASSWORD");
        command.env("WATTTIME_USER", "ada").arg("--config.check");
        let (status, error) = startup_error(command).unwrap();
        assert_eq!((status, error.lines().count()), (Some(2), 1), "{error}");
        assert!(error.contains(expected), "{error}");
    };
    refused("  source: electricity_maps\n  zone: DE", "variable ELECTRICITY_MAPS_TOKEN is not set");
    refused(
        "  source: electricity_maps\n  zone: DE\n  token_file: nowhere",
        "nowhere: No such file",
    );
    refused(
        "  source: watttime\n  zone: CAISO_NORTH",
        "variable WATTTIME_PASSWORD is not set; the account needs both WATTTIME_USER and WATTTIME_PASSWORD",
    );
}

#[test]
fn energy_is_pending_until_the_service_is_back() {
    let services = Services::start().unwrap();
    services.fail(Some(Fault::status(503)));
    let machine = machine(&services, WATTTIME);
    let exporter = Exporter::start(&machine).unwrap();
    wait_for("pending energy", || {
        let scrape = exporter.scrape()?;
        let waits = scrape.gpu(0, "pending_energy_joules")?;
        ensure!(waits > 200.0 && waits == scrape.gpu(0, "energy_joules_total")?, "{waits} J");
        ensure!(scrape.values(INTENSITY, &[]).count() == 0, "there is no value");
        Ok(())
    })
    .unwrap();
    services.fail(None);
    let scrape = wait_for("the intensity", || {
        let scrape = intensity(&exporter, 300.0)?;
        ensure!(scrape.gpu(0, "pending_energy_joules")? == 0.0, "some waits");
        Ok(scrape)
    })
    .unwrap();
    let grams = scrape.gpu(0, "emissions_grams_total").unwrap();
    let due = scrape.gpu(0, "energy_joules_total").unwrap() / 3.6e6 * 300.0;
    assert!((grams / due - 1.0).abs() < 1e-9, "{grams} g of {due} g");
}
