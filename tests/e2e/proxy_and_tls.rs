//! Connections to a service over TLS, and through a proxy.

use std::process::Command;

use anyhow::{Result, ensure};
use gpu_carbon_tests::exporter::{self, Exporter};
use gpu_carbon_tests::machine::Machine;
use gpu_carbon_tests::services::{Proxy, Services};
use gpu_carbon_tests::wait_for;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, date_time_ymd};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;

use super::services::{CHARTS, GPU};

/// A certificate of one host, signed by its own authority, in PEM, and the server that presents it.
struct Certified {
    authority: String,
    services: Services,
}

impl Certified {
    fn of(host: &str, change: impl Fn(&mut CertificateParams)) -> Certified {
        Certified::by("An Authority", host, change)
    }

    fn by(authority: &str, host: &str, change: impl Fn(&mut CertificateParams)) -> Certified {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.distinguished_name.push(DnType::CommonName, authority);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let authority = params.self_signed(&key).unwrap().pem();
        let issuer = Issuer::new(params, key);
        let mut params = CertificateParams::new(vec![host.to_owned()]).unwrap();
        change(&mut params);
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &issuer).unwrap();
        let key = PrivateKeyDer::Pkcs8(key.serialize_der().into());
        let config =
            ServerConfig::builder_with_provider(rustls::crypto::ring::default_provider().into())
                .with_safe_default_protocol_versions()
                .unwrap()
                .with_no_client_auth()
                .with_single_cert(vec![certificate.der().clone()], key)
                .unwrap();
        Certified { authority, services: Services::start_tls(config).unwrap() }
    }
}

/// A machine whose exporter requests a service at an address, and the command for it. The environment names no proxies
/// or authorities.
fn machine(base_url: &str) -> (Machine, Command) {
    let machine = Machine::new(GPU).unwrap();
    machine
        .configure(&format!(
            "intensity:\n  cache: cache\n  base_url: {base_url}\n  poll_period: 200ms\n{CHARTS}\n"
        ))
        .unwrap();
    let mut command = exporter::command(&machine).unwrap();
    for name in ["SSL_CERT_FILE", "SSL_CERT_DIR"] {
        command.env_remove(name);
    }
    (machine, command)
}

/// Waits for a value of the service.
fn succeeds(exporter: &Exporter) {
    let shown = || -> Result<()> {
        let labels = ["source=\"energy_charts\""];
        let shown =
            exporter.scrape()?.value("gpu_carbon_intensity_grams_per_kilowatt_hour", &labels);
        ensure!(shown.is_ok_and(|grams| (grams - 300.0).abs() < 1e-9), "{}", exporter.log());
        Ok(())
    };
    wait_for("a value of the service", shown).unwrap();
}

/// Waits for a failure with an outcome, whose line in the log has a text.
fn fails(exporter: &Exporter, outcome: &str, message: &str) {
    let counted = || -> Result<()> {
        let label = format!("outcome=\"{outcome}\"");
        let scrape = exporter.scrape()?;
        let times: f64 = scrape.values("gpu_carbon_exporter_feed_requests_total", &[&label]).sum();
        ensure!(times > 0.0, "{}", exporter.log());
        Ok(())
    };
    wait_for(outcome, counted).unwrap();
    let log = exporter.log();
    assert!(log.contains(message) && log.contains(&format!("reason={outcome}")), "{log}");
}

#[test]
fn a_private_authority_is_trusted_by_file_or_folder_and_no_other() {
    let Certified { authority, services } = Certified::of("127.0.0.1", |_| {});
    let other = Certified::by("Another", "127.0.0.1", |_| {});
    let start = |variable: &str, path: &str, authority: &str| {
        let (machine, mut command) = machine(&services.base_url());
        std::fs::create_dir(machine.path("authorities")).unwrap();
        std::fs::write(machine.path("authorities/a.pem"), authority).unwrap();
        command.env(variable, machine.path(path));
        let exporter = Exporter::run(command).unwrap();
        (machine, exporter)
    };
    succeeds(&start("SSL_CERT_FILE", "authorities/a.pem", &authority).1);
    succeeds(&start("SSL_CERT_DIR", "authorities", &authority).1);
    fails(
        &start("SSL_CERT_FILE", "authorities/a.pem", &other.authority).1,
        "certificate",
        "is by an authority that is not known here: where a proxy opens TLS, add its authority to those of the \
         system, or name a file of them by SSL_CERT_FILE",
    );
    fails(
        &start("SSL_CERT_FILE", "nowhere", &authority).1,
        "certificate",
        "No CA certificates were loaded from the system: install them (ca-certificates), or name a file of them \
         by SSL_CERT_FILE",
    );
}

#[test]
fn a_certificate_of_another_host_or_time_is_refused_with_advice() {
    let refused = |host: &str, change: fn(&mut CertificateParams), message: &str| {
        let Certified { authority, services } = Certified::of(host, change);
        let (machine, mut command) = machine(&services.base_url());
        std::fs::write(machine.path("authority"), authority).unwrap();
        command.env("SSL_CERT_FILE", machine.path("authority"));
        fails(&Exporter::run(command).unwrap(), "certificate", message);
        assert_eq!(services.requests(), [], "no request is sent to that host");
    };
    refused("other.example", |_| {}, "is for another host: ");
    refused("other.example", |_| {}, "other.example");
    refused(
        "127.0.0.1",
        |params| params.not_after = date_time_ymd(2025, 3, 1),
        "expired at 2025-03-01T00:00:00Z, or the clock here is wrong",
    );
    refused(
        "127.0.0.1",
        |params| params.not_before = date_time_ymd(2100, 3, 1),
        "is valid from 2100-03-01T00:00:00Z on, or the clock here is wrong",
    );
}

/// A host that only the proxy can reach.
const FAR: &str = "api.service.invalid";

#[test]
fn each_of_the_usual_variables_names_a_proxy() {
    let services = Services::start().unwrap();
    let start = |variables: &[(&str, String)]| {
        let proxy = Proxy::start(services.address(), None).unwrap();
        let (machine, mut command) = machine(&format!("http://{FAR}"));
        command.envs(variables.iter().map(|(name, value)| (name, value)));
        let at = format!("http://{}", proxy.address());
        (machine, command, proxy, at)
    };
    for variable in
        ["ALL_PROXY", "all_proxy", "HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"]
    {
        let (_machine, mut command, proxy, at) = start(&[]);
        command.env(variable, at);
        succeeds(&Exporter::run(command).unwrap());
        let asked = proxy.requested();
        assert!(
            !asked.is_empty() && asked.iter().all(|it| *it == format!("{FAR}:80")),
            "{asked:?}"
        );
    }
    let dead = || "http://127.0.0.1:1".to_owned();
    let (_machine, mut command, _proxy, at) =
        start(&[("HTTPS_PROXY", dead()), ("HTTP_PROXY", dead())]);
    command.env("ALL_PROXY", at);
    succeeds(&Exporter::run(command).unwrap());
    let (_machine, mut command, _proxy, at) = start(&[("HTTP_PROXY", dead())]);
    command.env("HTTPS_PROXY", at);
    succeeds(&Exporter::run(command).unwrap());
}

#[test]
fn a_socks_proxy_is_refused_and_not_ignored() {
    let services = Services::start().unwrap();
    let (_machine, mut command) = machine(&services.base_url());
    command.env("ALL_PROXY", "socks5://127.0.0.1:1");
    fails(&Exporter::run(command).unwrap(), "connection", "names a proxy of SOCKS5");
    assert_eq!(services.requests(), []);
}

#[test]
fn a_malformed_proxy_is_named_and_not_ignored() {
    let services = Services::start().unwrap();
    for (variable, value) in
        [("https_proxy", "http://ada:s3cret@pro xy:3128"), ("ALL_PROXY", "ftp://127.0.0.1:1")]
    {
        let (_machine, mut command) = machine(&services.base_url());
        command.env(variable, value);
        let exporter = Exporter::run(command).unwrap();
        fails(&exporter, "connection", &format!("{variable} names no proxy: give one as"));
        assert!(!exporter.log().contains("s3cret"), "{}", exporter.log());
    }
    assert_eq!(services.requests(), []);
    let (_machine, mut command) = machine(&services.base_url());
    command.env("HTTP_PROXY", "");
    succeeds(&Exporter::run(command).unwrap());
}

#[test]
fn a_proxy_variable_that_is_not_in_use_is_not_checked() {
    let services = Services::start().unwrap();
    // The first variable that is set is the one in use.
    for unused in ["http://pro xy:3128", "socks5://127.0.0.1:1"] {
        let proxy = Proxy::start(services.address(), None).unwrap();
        let (_machine, mut command) = machine(&services.base_url());
        command.env("HTTPS_PROXY", format!("http://{}", proxy.address()));
        command.env("http_proxy", unused);
        succeeds(&Exporter::run(command).unwrap());
        assert!(!proxy.requested().is_empty());
    }
    // No proxy is in use for a host that is listed.
    for malformed in ["http://pro xy:3128", "socks5://127.0.0.1:1"] {
        let (_machine, mut command) = machine(&services.base_url());
        command.env("ALL_PROXY", malformed).env("NO_PROXY", ".example.com, 127.0.0.1");
        succeeds(&Exporter::run(command).unwrap());
    }
}

#[test]
fn no_proxy_excludes_hosts() {
    let services = Services::start().unwrap();
    for variable in ["NO_PROXY", "no_proxy"] {
        let proxy = Proxy::start(services.address(), None).unwrap();
        let (_machine, mut command) = machine(&services.base_url());
        command.env("HTTPS_PROXY", format!("http://{}", proxy.address()));
        command.env(variable, "localhost,.example.com,127.0.0.1");
        succeeds(&Exporter::run(command).unwrap());
        assert!(proxy.requested().is_empty(), "{:?}", proxy.requested());
    }
}

#[test]
fn a_proxy_with_a_password_passes_tls_through() {
    const PASSWORD: &str = "ooh-wee/chitty:bang";
    let Certified { authority, services } = Certified::of(FAR, |_| {});
    let login = "Basic YWRhOm9vaC13ZWUvY2hpdHR5OmJhbmc=";
    let proxy = Proxy::start(services.address(), Some(login)).unwrap();
    let start = |user: &str| {
        let (machine, mut command) = machine(&format!("https://{FAR}"));
        std::fs::write(machine.path("authority"), &authority).unwrap();
        command.env("SSL_CERT_FILE", machine.path("authority"));
        command.env("HTTPS_PROXY", format!("http://{user}@{}", proxy.address()));
        let exporter = Exporter::run(command).unwrap();
        (machine, exporter)
    };
    let (_machine, exporter) = start("ada:ooh-wee%2Fchitty%3Abang");
    succeeds(&exporter);
    assert!(
        proxy.requested().iter().all(|it| *it == format!("{FAR}:443")),
        "{:?}",
        proxy.requested()
    );
    let (_machine, exporter) = start("bob:ooh-wee%2Fchitty%3Abang");
    fails(&exporter, "connection", "407");
    fails(&exporter, "connection", &format!("({FAR}, by the proxy {})", proxy.address()));
    for text in [exporter.log(), exporter.get("/metrics").unwrap().1] {
        let secret =
            [PASSWORD, "ooh-wee%2F", "Ym9iOm9vaC13ZWUv"].iter().find(|it| text.contains(**it));
        assert_eq!(secret, None, "{text}");
    }
}
