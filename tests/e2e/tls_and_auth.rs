//! TLS and authentication with a real Prometheus as the client.

use std::fs::write;
use std::io::{Read, Write};
use std::process::Command;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Result, ensure};
use gpu_carbon_tests::exporter::{self, Exporter};
use gpu_carbon_tests::machine::Machine;
use gpu_carbon_tests::prometheus::Prometheus;
use gpu_carbon_tests::wait_for;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};

const GPU: &str = "[[gpu]]\nmodel = \"h100\"\npower = \"constant 360\"\n";

/// The highest cost of bcrypt that a test can wait for.
const COST: u32 = 10;

/// Makes an authority `NAME-ca.crt`, and a certificate `NAME.crt` signed by it for this host, with its key.
fn certify(machine: &Machine, name: &str) {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().unwrap();
    write(machine.path(&format!("{name}-ca.crt")), params.self_signed(&key).unwrap().pem())
        .unwrap();
    let issuer = Issuer::new(params, key);
    let params = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
    let key = KeyPair::generate().unwrap();
    let certificate = params.signed_by(&key, &issuer).unwrap();
    write(machine.path(&format!("{name}.crt")), certificate.pem()).unwrap();
    write(machine.path(&format!("{name}.key")), key.serialize_pem()).unwrap();
}

/// The exporter's command with a web configuration.
fn with_web_configuration(machine: &Machine, web: &str) -> Command {
    write(machine.path("web.yml"), web).unwrap();
    let mut command = exporter::command(machine).unwrap();
    command.arg("--web.config.file").arg(machine.path("web.yml"));
    command
}

/// A Prometheus that scrapes the exporter in several jobs, each with a name and settings in YAML.
fn prometheus(machine: &Machine, exporter: &Exporter, jobs: &[(&str, &str)]) -> Prometheus {
    let folder = machine.path("");
    let job = |(name, how): &(&str, &str)| {
        let how = how.replace("FOLDER/", &folder.display().to_string());
        let target = exporter.address;
        format!("- {{job_name: {name}, static_configs: [{{targets: ['{target}']}}], {how}}}\n")
    };
    let jobs: String = jobs.iter().map(job).collect();
    Prometheus::start(&format!("scrape_configs:\n{jobs}")).unwrap()
}

/// Waits until a job's scrapes succeed, or fail.
fn wait_until_up(prometheus: &Prometheus, job: &str, expected: bool) {
    let scraped = || -> Result<()> {
        let up = prometheus.value(&format!("up{{job=\"{job}\"}}"), None)?;
        ensure!(up == f64::from(u8::from(expected)), "up is {up}");
        Ok(())
    };
    wait_for(&format!("{job} to be up: {expected}"), scraped).unwrap();
}

#[test]
fn prometheus_scrapes_over_tls_with_a_password_and_both_may_change() {
    let machine = Machine::new(GPU).unwrap();
    certify(&machine, "first");
    certify(&machine, "second");
    let web = |name: &str, password: &str| {
        format!(
            "tls_server_config: {{cert_file: {name}.crt, key_file: {name}.key}}\n\
             basic_auth_users: {{ada: {}}}\n",
            bcrypt::hash(password, COST).unwrap()
        )
    };
    let exporter =
        Exporter::run(with_web_configuration(&machine, &web("first", "open-sesame"))).unwrap();
    let jobs = [
        (
            "good",
            "scheme: https, tls_config: {ca_file: FOLDER/first-ca.crt}, basic_auth: {username: ada, password: open-sesame}",
        ),
        (
            "wrong-password",
            "scheme: https, tls_config: {ca_file: FOLDER/first-ca.crt}, basic_auth: {username: ada, password: sesame}",
        ),
        (
            "wrong-user",
            "scheme: https, tls_config: {ca_file: FOLDER/first-ca.crt}, basic_auth: {username: eve, password: open-sesame}",
        ),
        ("anonymous", "scheme: https, tls_config: {ca_file: FOLDER/first-ca.crt}"),
        (
            "wrong-authority",
            "scheme: https, tls_config: {ca_file: FOLDER/second-ca.crt}, basic_auth: {username: ada, password: open-sesame}",
        ),
        ("plain", "scheme: http, basic_auth: {username: ada, password: open-sesame}"),
        (
            "next",
            "scheme: https, tls_config: {ca_file: FOLDER/second-ca.crt}, basic_auth: {username: ada, password: new-sesame}",
        ),
    ];
    let mut silent = [(); 8].map(|()| exporter.connect().unwrap());
    let prometheus = prometheus(&machine, &exporter, &jobs);
    wait_until_up(&prometheus, "good", true);
    for (job, _) in &jobs[1..] {
        wait_until_up(&prometheus, job, false);
    }
    wait_for("the GPU's power", || prometheus.value("gpu_carbon_gpu_power_watts", None)).unwrap();

    // Clients that never begin a TLS handshake block no other, and are disconnected.
    for stream in &mut silent {
        assert_eq!(stream.read(&mut [0]).unwrap(), 0);
    }

    // A file that cannot be used changes nothing.
    write(machine.path("web.yml"), web("nowhere", "new-sesame")).unwrap();
    wait_for("the warning", || {
        let log = exporter.log();
        ensure!(log.contains("tls_server_config.cert_file: nowhere.crt"), "{log}");
        Ok(())
    })
    .unwrap();
    wait_until_up(&prometheus, "good", true);
    write(machine.path("web.yml"), web("second", "new-sesame")).unwrap();
    wait_until_up(&prometheus, "next", true);
    wait_until_up(&prometheus, "good", false);
    let log = exporter.log();
    assert!(!log.contains("sesame") && !log.contains("$2b$"), "{log}");
}

#[test]
fn prometheus_scrapes_with_a_client_certificate() {
    let machine = Machine::new(GPU).unwrap();
    for name in ["server", "client", "stranger"] {
        certify(&machine, name);
    }
    let web = "tls_server_config: {cert_file: server.crt, key_file: server.key, \
        client_auth_type: RequireAndVerifyClientCert, client_ca_file: client-ca.crt, \
        client_allowed_sans: [127.0.0.1], min_version: TLS13}\n";
    let exporter = Exporter::run(with_web_configuration(&machine, web)).unwrap();
    let prometheus = prometheus(
        &machine,
        &exporter,
        &[
            (
                "client",
                "scheme: https, tls_config: {ca_file: FOLDER/server-ca.crt, cert_file: FOLDER/client.crt, key_file: FOLDER/client.key}",
            ),
            (
                "stranger",
                "scheme: https, tls_config: {ca_file: FOLDER/server-ca.crt, cert_file: FOLDER/stranger.crt, key_file: FOLDER/stranger.key}",
            ),
            ("anonymous", "scheme: https, tls_config: {ca_file: FOLDER/server-ca.crt}"),
        ],
    );
    wait_until_up(&prometheus, "client", true);
    wait_until_up(&prometheus, "stranger", false);
    wait_until_up(&prometheus, "anonymous", false);
}

#[test]
fn without_tls_a_password_is_required_and_headers_are_set() {
    let machine = Machine::new(GPU).unwrap();
    let hash = bcrypt::hash("open-sesame", 4).unwrap();
    let web = format!(
        "basic_auth_users: {{ada: {hash}}}\n\
         http_server_config: {{headers: {{X-Content-Type-Options: nosniff}}}}\n"
    );
    let exporter = Exporter::run(with_web_configuration(&machine, &web)).unwrap();
    for path in ["/", "/metrics", "/-/healthy", "/-/ready", "/nowhere"] {
        let asked = |more: &str| {
            let head = format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{more}\r\n");
            exporter.send(head.as_bytes()).unwrap()
        };
        let refused = asked("");
        assert!(refused.starts_with("HTTP/1.1 401"), "{path}: {refused}");
        assert!(refused.contains("www-authenticate: Basic\r\n"), "{refused}");
        assert!(refused.contains("x-content-type-options: nosniff\r\n"), "{refused}");
        let answered = asked("Authorization: Basic YWRhOm9wZW4tc2VzYW1l\r\n");
        assert!(!answered.starts_with("HTTP/1.1 401"), "{path}: {answered}");
        assert!(answered.contains("x-content-type-options: nosniff\r\n"), "{answered}");
    }
}

#[test]
fn a_web_configuration_that_vanishes_opens_nothing() {
    let machine = Machine::new(GPU).unwrap();
    let web = format!("basic_auth_users: {{ada: {}}}\n", bcrypt::hash("sesame", 4).unwrap());
    let exporter = Exporter::run(with_web_configuration(&machine, &web)).unwrap();
    assert_eq!(exporter.get("/metrics").unwrap().0, 401);
    std::fs::remove_file(machine.path("web.yml")).unwrap();
    wait_for("the warning", || {
        let log = exporter.log();
        ensure!(log.contains("the last good web configuration stays in force"), "{log}");
        Ok(())
    })
    .unwrap();
    for path in ["/metrics", "/-/ready", "/"] {
        assert_eq!(exporter.get(path).unwrap().0, 401, "{path}");
    }
    assert_eq!(exporter.post("/-/release").unwrap().0, 401);
    // It comes back, with another password.
    let web = web.replace("ada", "eve");
    write(machine.path("web.yml"), web).unwrap();
    wait_for("the file to be read", || {
        ensure!(exporter.log().contains("web configuration reloaded"), "not yet");
        Ok(())
    })
    .unwrap();
    assert_eq!(exporter.get("/metrics").unwrap().0, 401);
    assert_eq!(exporter.log().matches("the last good web configuration").count(), 1);
}

#[test]
fn the_health_needs_no_password_if_the_file_says_so() {
    let machine = Machine::new(GPU).unwrap();
    let hash = bcrypt::hash("open-sesame", 4).unwrap();
    let web = |more: &str| format!("basic_auth_users: {{ada: {hash}}}\n{more}");
    let with = web("health_without_auth: true\n");
    let exporter = Exporter::run(with_web_configuration(&machine, &with)).unwrap();
    let status = |path: &str| exporter.get(path).unwrap().0;
    for (path, expected) in [
        ("/-/healthy", 200),
        ("/-/healthy/", 401),
        ("/-/healthy/../../metrics", 401),
        ("/-/ready", 401),
        ("/metrics", 401),
        ("/", 401),
    ] {
        assert_eq!(status(path), expected, "{path}");
    }
    // The file may change while the exporter runs.
    write(machine.path("web.yml"), web("health_without_auth: false\n")).unwrap();
    wait_for("the password to be required", || {
        let status = status("/-/healthy");
        ensure!(status == 401, "{status}");
        Ok(())
    })
    .unwrap();
}

#[test]
fn a_limited_rate_is_answered_with_429() {
    let machine = Machine::new(GPU).unwrap();
    let exporter =
        Exporter::run(with_web_configuration(&machine, "rate_limit: {interval: 1h, burst: 2}\n"))
            .unwrap();
    let statuses = [(); 3].map(|()| exporter.get("/-/healthy").unwrap().0);
    assert_eq!(statuses, [200, 200, 429]);
}

#[test]
fn a_web_configuration_that_cannot_be_used_is_refused() {
    let machine = Machine::new(GPU).unwrap();
    let hash = bcrypt::hash("open-sesame", 4).unwrap();
    for (user, hash, expected) in [
        ("ada", "open-sesame", "basic_auth_users.ada: it is not a bcrypt hash"),
        ("'a:b'", &hash, "basic_auth_users.a:b: no client can send this user name"),
        ("ada", &hash.replacen("$04$", "$31$", 1), "basic_auth_users.ada: a scrape would not wait"),
    ] {
        for check in [true, false] {
            let users = format!("basic_auth_users: {{{user}: {hash}}}\n");
            let mut command = with_web_configuration(&machine, &users);
            command.args(check.then_some("--config.check"));
            let (code, message) = exporter::startup_error(command).unwrap();
            assert_eq!((code, message.lines().count()), (Some(2), 1), "{message}");
            assert!(message.contains(&format!("web.yml: {expected}")), "{message}");
            assert!(!message.contains("sesame") && !message.contains("$2b$"), "{message}");
        }
    }
}

/// Makes a self-signed certificate `server.crt` that is valid until a number of days from now, and returns that time.
fn certify_for_days(machine: &Machine, days: i64) -> f64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let not_after = now.checked_add_signed(days * 86_400).unwrap();
    let mut params = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
    params.not_after = rcgen::date_time_ymd(1970, 1, 1) + Duration::from_secs(not_after);
    let key = KeyPair::generate().unwrap();
    write(machine.path("server.key"), key.serialize_pem()).unwrap();
    write(machine.path("server.crt"), params.self_signed(&key).unwrap().pem()).unwrap();
    f64::from(u32::try_from(not_after).unwrap())
}

#[test]
fn a_certificate_that_expires_soon_is_logged_and_published() {
    let machine = Machine::new(GPU).unwrap();
    let mut not_after = certify_for_days(&machine, 100);
    let web = "tls_server_config: {cert_file: server.crt, key_file: server.key}\n";
    let exporter = Exporter::run(with_web_configuration(&machine, web)).unwrap();
    let job = ("insecure", "scheme: https, tls_config: {insecure_skip_verify: true}");
    let prometheus = prometheus(&machine, &exporter, &[job]);
    let mut expected = 0;
    for (days, message) in [(100, None), (-1, Some("has expired")), (20, Some("expires soon"))] {
        if days != 100 {
            not_after = certify_for_days(&machine, days);
        }
        wait_for("the metric", || {
            let name = "gpu_carbon_exporter_certificate_not_after_timestamp_seconds";
            let value = prometheus.value(name, None)?;
            ensure!((value - not_after).abs() < 1e-3, "{value} is not {not_after}");
            Ok(())
        })
        .unwrap();
        let Some(message) = message else { continue };
        expected += 1;
        wait_for("the warning", || {
            let log = exporter.log();
            ensure!(log.contains(&format!("the TLS certificate {message}")), "{log}");
            Ok(())
        })
        .unwrap();
    }
    std::thread::sleep(Duration::from_millis(2500)); // two more checks
    assert_eq!(exporter.log().matches("the TLS certificate").count(), expected, "one a day");
}

#[test]
fn a_stop_does_not_wait_for_a_hash() {
    let machine = Machine::new(GPU).unwrap();
    // A hash of the highest cost takes seconds, also of the fastest machine.
    let hash = bcrypt::hash("open-sesame", 4).unwrap().replacen("$04$", "$17$", 1);
    let users = format!("basic_auth_users: {{ada: {hash}}}\n");
    let exporter = Exporter::run(with_web_configuration(&machine, &users)).unwrap();
    let mut stream = exporter.connect().unwrap();
    let head = "GET / HTTP/1.1\r\nHost: x\r\nAuthorization: Basic YWRhOm9wZW4tc2VzYW1l\r\n\r\n";
    stream.write_all(head.as_bytes()).unwrap();
    std::thread::sleep(Duration::from_millis(500)); // the hash has begun
    let (status, duration) = exporter.terminate().unwrap();
    assert_eq!(status, Some(0));
    assert!(duration < Duration::from_secs(3), "{duration:?}");
    // The answer was not finished: the connection ended without one.
    assert_eq!(stream.read(&mut [0]).unwrap_or(0), 0);
}
