//! The platform by a BMC: its session, its faults and its certificate.

use std::fs::{Permissions, set_permissions, write};
use std::os::unix::fs::PermissionsExt as _;

use anyhow::ensure;
use gpu_carbon_tests::exporter::{Exporter, command, startup_error};
use gpu_carbon_tests::fake_bmc::{FakeBmc, Fault, PASSWORD, USER};
use gpu_carbon_tests::fake_power::FakePower;
use gpu_carbon_tests::machine::Machine;
use gpu_carbon_tests::wait_for;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;

use super::{CONSTANT, ENERGY, GPU, RANGE, boundary, of, scrape_until};

const ERRORS: &str = "gpu_carbon_host_read_errors_total";
const POWER: &str = "gpu_carbon_host_power_watts";

/// A machine with a processor of 100 W, whose exporter asks a BMC, by the keys of `host.redfish` that are given.
struct Host {
    machine: Machine,
    power: FakePower,
}

impl Host {
    fn new() -> Host {
        let machine = Machine::new(GPU).unwrap();
        let power = FakePower::new(machine.path("sys")).unwrap();
        let cpu = power.add_zone(&["intel-rapl:0"], &["package-0"], RANGE, 50_000_000_000).unwrap();
        power.set_milliwatts(cpu, 100_000);
        write(machine.path("password"), PASSWORD).unwrap();
        set_permissions(machine.path("password"), Permissions::from_mode(0o600)).unwrap();
        Host { machine, power }
    }

    fn start(&self, url: &str, keys: &str) -> Exporter {
        let host = format!(
            "{CONSTANT}host:\n  meters: [rapl, redfish]\n  redfish: {{url: '{url}', username: {USER}, \
             password_file: password, poll_period: 1s, {keys}}}\n"
        );
        self.machine.configure(&host).unwrap();
        let mut command = command(&self.machine).unwrap();
        command.arg("--path.sysfs").arg(self.power.root());
        // No proxy leads to a BMC.
        command.env("HTTPS_PROXY", "http://127.0.0.1:1").env("HTTP_PROXY", "http://127.0.0.1:1");
        Exporter::run(command).unwrap()
    }
}

fn url(bmc: &FakeBmc) -> String {
    format!("http://{}", bmc.address)
}

fn shows_power(exporter: &Exporter, watts: f64) {
    scrape_until("the power of the BMC", exporter, |it| Ok(of(it, POWER, "platform")? == watts));
}

/// Nothing that the process emits contains the password or a token.
fn is_discreet(exporter: &Exporter) {
    let all = exporter.log() + &exporter.get("/metrics").unwrap().1;
    assert!(!all.contains(PASSWORD) && !all.contains("token-0"), "{all}");
}

#[test]
fn a_bmc_shows_the_platform_in_one_session_which_is_opened_again_and_closed_at_the_end() {
    let (host, bmc) = (Host::new(), FakeBmc::start(640.0, None).unwrap());
    let exporter = host.start(&url(&bmc), "");
    let scrape = scrape_until("some rest", &exporter, |it| Ok(of(it, ENERGY, "rest")? > 200.0));
    let method = ["component=\"platform\"", "method=\"integrated\""];
    assert!(scrape.value(ENERGY, &method).unwrap() > 200.0);
    let info = ["source=\"redfish\"", "zone=\"chassis\"", &format!("path=\"{}\"", url(&bmc))];
    assert_eq!(scrape.value("gpu_carbon_host_meter_info", &info).unwrap(), 1.0);
    let expected = "gpus=\"measured\",cpu=\"measured\",memory=\"in_rest\",rest=\"measured\"";
    assert_eq!(boundary(&exporter).unwrap(), expected);
    {
        let mut state = bmc.state();
        assert_eq!((state.opened, state.sessions.len()), (1, 1));
        // The BMC forgets its sessions, as it does after half an hour.
        state.sessions.clear();
        state.watts = 700.0;
    }
    shows_power(&exporter, 700.0);
    assert_eq!(bmc.state().opened, 2);
    let scrape = exporter.scrape().unwrap();
    assert_eq!(scrape.values(ERRORS, &["source=\"redfish\""]).count(), 0, "{}", exporter.log());
    is_discreet(&exporter);
    exporter.terminate().unwrap();
    wait_for("the end of the session", || {
        let state = bmc.state();
        ensure!(state.closed == 1 && state.sessions.is_empty(), "{state:?}");
        Ok(())
    })
    .unwrap();
}

#[test]
fn a_bmc_that_does_not_answer_delays_neither_the_other_meters_nor_the_end() {
    let (host, bmc) = (Host::new(), FakeBmc::start(640.0, None).unwrap());
    bmc.state().fault = Some(Fault::Silence);
    let exporter = host.start(&url(&bmc), "timeout: 60s");
    let joules = |least: f64| {
        scrape_until("energy of the CPU", &exporter, |it| Ok(of(it, ENERGY, "cpu")? > least));
    };
    joules(100.0);
    joules(400.0);
    assert!(boundary(&exporter).unwrap().contains("rest=\"left_out\""));
    exporter.terminate().unwrap();
}

#[test]
fn each_fault_of_a_bmc_is_counted_and_logged_by_its_kind_and_over_when_it_is() {
    for (fault, kind, message) in [
        (Fault::Garbage, "implausible", "the answer is no JSON object"),
        (Fault::Oversized, "too_large", "larger than 1048576 bytes"),
        (Fault::Implausible, "implausible", "PowerWatts is 5000000, which cannot be true"),
        (Fault::Status(500), "server_error", "status 500"),
        (Fault::Status(404), "client_error", "status 404"),
        (Fault::NoToken, "client_error", "without an X-Auth-Token"),
        (Fault::Redirect, "redirect", "it is host.redfish.url"),
    ] {
        let (host, bmc) = (Host::new(), FakeBmc::start(640.0, None).unwrap());
        bmc.state().fault = Some(fault);
        let exporter = host.start(&url(&bmc), "");
        let labels = ["source=\"redfish\"", &format!("error=\"{kind}\"")];
        scrape_until(kind, &exporter, |it| Ok(it.value(ERRORS, &labels)? >= 1.0));
        let log = exporter.log();
        assert!(log.contains(message), "{fault:?}: {log}");
        assert!(of(&exporter.scrape().unwrap(), POWER, "platform").is_err(), "absent, not 0");
        is_discreet(&exporter);
        bmc.state().fault = None;
        shows_power(&exporter, 640.0);
    }
}

#[test]
fn a_wrong_password_is_tried_once_in_minutes_so_that_the_account_is_not_locked() {
    let (host, bmc) = (Host::new(), FakeBmc::start(640.0, None).unwrap());
    write(host.machine.path("password"), "another-password").unwrap();
    let exporter = host.start(&url(&bmc), "");
    let labels = ["error=\"unauthorized\""];
    scrape_until("a refusal", &exporter, |it| Ok(it.value(ERRORS, &labels)? == 1.0));
    let before = of(&exporter.scrape().unwrap(), ENERGY, "cpu").unwrap();
    scrape_until("5 s", &exporter, |it| Ok(of(it, ENERGY, "cpu")? > before + 500.0));
    assert_eq!(bmc.state().refused, 1);
    let log = exporter.log();
    assert!(log.contains("refuses the credentials") && !log.contains("another-password"), "{log}");
}

#[test]
fn a_counter_of_kilowatt_hours_is_counted_by_its_steps() {
    let (host, bmc) = (Host::new(), FakeBmc::start(640.0, None).unwrap());
    bmc.state().kilowatt_hours = 812.41;
    let exporter = host.start(&url(&bmc), "method: counter");
    let labels = ["component=\"platform\"", "method=\"counter\""];
    let shows = |joules: f64| {
        scrape_until("its energy", &exporter, |it| {
            Ok((it.value(ENERGY, &labels)? - joules).abs() < 1e-3)
        });
    };
    let pass = || {
        let before = of(&exporter.scrape().unwrap(), ENERGY, "cpu").unwrap_or_default();
        scrape_until("3 s", &exporter, |it| Ok(of(it, ENERGY, "cpu")? > before + 300.0));
    };
    let is_absent =
        || assert!(exporter.scrape().unwrap().value(ENERGY, &labels).is_err(), "it is not known");
    pass();
    // A part of the first step was used before the exporter ran.
    bmc.state().kilowatt_hours = 812.42;
    pass();
    is_absent();
    bmc.state().kilowatt_hours = 812.44;
    shows(72_000.0);
}

#[test]
fn a_password_that_cannot_be_read_or_that_others_can_ends_the_start() {
    let host = Host::new();
    let error = |keys: &str| {
        let host_section = format!(
            "{CONSTANT}host: {{redfish: {{url: 'https://127.0.0.1:1', username: {USER}, {keys}}}}}\n"
        );
        host.machine.configure(&host_section).unwrap();
        let (status, error) = startup_error(command(&host.machine).unwrap()).unwrap();
        assert_eq!(status, Some(2), "{error}");
        error
    };
    let missing = error("password_file: nowhere");
    assert!(missing.contains("host.redfish: ") && missing.contains("nowhere"), "{missing}");
    assert!(error("password_env: NO_SUCH_VARIABLE").contains("NO_SUCH_VARIABLE is not set"));
    set_permissions(host.machine.path("password"), Permissions::from_mode(0o644)).unwrap();
    let open = error("password_file: password");
    assert!(open.contains("mode 0644") && open.contains("other users cannot read"), "{open}");
}

/// The certificate of a BMC for 127.0.0.1 by an authority, and the authority in PEM.
fn certified() -> (ServerConfig, String) {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().unwrap();
    let authority = params.self_signed(&key).unwrap().pem();
    let issuer = Issuer::new(params, key);
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
    let certificate = params.signed_by(&key, &issuer).unwrap();
    let provider = rustls::crypto::ring::default_provider().into();
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![certificate.der().clone()],
            PrivateKeyDer::Pkcs8(key.serialize_der().into()),
        )
        .unwrap();
    (config, authority)
}

#[test]
fn the_certificate_is_verified_unless_the_operator_says_no() {
    let (config, authority) = certified();
    let bmc = FakeBmc::start(640.0, Some(config)).unwrap();
    let url = format!("https://{}", bmc.address);
    let host = Host::new();
    write(host.machine.path("authority.pem"), authority).unwrap();
    write(host.machine.path("another.pem"), certified().1).unwrap();
    for keys in ["", "ca_file: another.pem"] {
        let exporter = host.start(&url, keys);
        let labels = ["error=\"certificate\""];
        scrape_until("a refusal", &exporter, |it| Ok(it.value(ERRORS, &labels)? >= 1.0));
        assert!(exporter.log().contains("host.redfish.ca_file"), "{}", exporter.log());
        let state = bmc.state();
        assert_eq!(state.opened + state.refused, 0, "no password is sent there");
    }
    shows_power(&host.start(&url, "ca_file: authority.pem"), 640.0);
    let blind = host.start(&url, "insecure_skip_verify: true");
    shows_power(&blind, 640.0);
    let log = blind.log();
    assert!(log.contains("the certificate of the BMC is not verified"), "{log}");
}
