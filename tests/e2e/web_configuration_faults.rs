//! Web configurations that cannot be used, at the start and while the exporter runs: nothing is opened, and no secret is logged.

use std::fs;
use std::process::Command;
use std::time::Duration;

use anyhow::ensure;
use gpu_carbon_tests::exporter::{self, Exporter};
use gpu_carbon_tests::machine::Machine;
use gpu_carbon_tests::wait_for;
use rcgen::{CertificateParams, KeyPair};

const GPU: &str = "[[gpu]]\nmodel = \"h100\"\npower = \"constant 360\"\n";

/// A hash of `open-sesame`.
fn users() -> String {
    format!("basic_auth_users: {{ada: {}}}\n", bcrypt::hash("open-sesame", 4).unwrap())
}

/// Contents of the file that cannot be used, with the password's hash in some of them.
fn garbage() -> Vec<(&'static str, Vec<u8>)> {
    let users = users();
    let text = |text: String| text.into_bytes();
    vec![
        ("a list", text(format!("- {users}"))),
        ("a number", text("7\n".to_owned())),
        ("a sentence", text(users.replace(": {", " = {"))),
        ("an unknown key", text(format!("{users}basic_auth: {{}}\n"))),
        ("a key twice", text(format!("{users}{users}"))),
        ("a half", text(users.chars().take(users.len() / 2).collect())),
        ("bytes", [users.as_bytes(), &[0xff, 0xfe, 0x80, b'\n']].concat()),
        ("zeros", vec![0; 4096]),
        ("many levels", text("[".repeat(100_000))),
        ("many bytes", vec![b'#'; 32 * 1024 * 1024]),
        ("an anchor of itself", text("a: &a [*a]\n".to_owned())),
        ("users that are a list", text("basic_auth_users: [ada]\n".to_owned())),
        (
            "an empty certificate",
            text("tls_server_config: {cert_file: empty, key_file: empty}\n".to_owned()),
        ),
        (
            "a folder as certificate",
            text("tls_server_config: {cert_file: nvml, key_file: nvml}\n".to_owned()),
        ),
        ("a rate", text("rate_limit: {interval: -1s, burst: 1}\n".to_owned())),
        ("a header", text("http_server_config: {headers: {\"a b\": c}}\n".to_owned())),
    ]
}

fn command(machine: &Machine) -> Command {
    let mut command = exporter::command(machine).unwrap();
    command.arg("--web.config.file").arg(machine.path("web.yml"));
    command
}

/// Replaces the file at once.
fn write(machine: &Machine, content: &[u8]) {
    fs::write(machine.path("web.draft"), content).unwrap();
    fs::rename(machine.path("web.draft"), machine.path("web.yml")).unwrap();
}

#[track_caller]
fn has_no_secret(what: &str, text: &str) {
    assert!(!text.contains("$2b$") && !text.contains("sesame"), "{what}: {text}");
}

#[test]
fn garbage_at_the_start_is_one_line_and_nothing_listens() {
    let machine = Machine::new(GPU).unwrap();
    fs::write(machine.path("empty"), "").unwrap();
    for (what, content) in garbage() {
        write(&machine, &content);
        let (status, message) = exporter::startup_error(command(&machine)).unwrap();
        assert_eq!((status, message.lines().count()), (Some(2), 1), "{what}: {message}");
        assert!(message.contains("web.yml") && message.len() < 1000, "{what}: {message}");
        has_no_secret(what, &message);
    }
}

#[test]
fn garbage_while_it_runs_opens_nothing_and_is_logged_once() {
    let machine = Machine::new(GPU).unwrap();
    fs::write(machine.path("empty"), "").unwrap();
    write(&machine, users().as_bytes());
    let exporter = Exporter::run(command(&machine)).unwrap();
    for (what, content) in garbage() {
        write(&machine, &content);
        exporter.signal("HUP").unwrap();
        std::thread::sleep(Duration::from_millis(100));
        assert_eq!(exporter.get("/metrics").unwrap().0, 401, "{what}");
    }
    // The last one stays for some checks.
    wait_for("the warning", || {
        let log = exporter.log();
        ensure!(log.contains("the last good web configuration stays in force"), "{log}");
        Ok(())
    })
    .unwrap();
    std::thread::sleep(Duration::from_secs(4));
    for path in ["/metrics", "/-/ready", "/"] {
        assert_eq!(exporter.get(path).unwrap().0, 401, "{path}");
    }
    let log = exporter.log();
    let lines = log.matches("the last good web configuration stays in force").count();
    assert!(lines <= 3, "{log}");
    has_no_secret("the log", &log);
    write(&machine, b"");
    wait_for("a file without users", || {
        let (status, _) = exporter.get("/metrics")?;
        ensure!(status == 200, "{status}");
        Ok(())
    })
    .unwrap();
}

#[test]
fn a_certificate_that_is_not_valid_yet_or_any_more_is_used_and_logged_at_the_start() {
    let machine = Machine::new(GPU).unwrap();
    for (from, until, message) in [
        (1990, 2000, "the TLS certificate has expired"),
        (2200, 2300, "the TLS certificate is not valid yet"),
    ] {
        let mut params = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
        params.not_before = rcgen::date_time_ymd(from, 1, 1);
        params.not_after = rcgen::date_time_ymd(until, 1, 1);
        let key = KeyPair::generate().unwrap();
        fs::write(machine.path("server.key"), key.serialize_pem()).unwrap();
        fs::write(machine.path("server.crt"), params.self_signed(&key).unwrap().pem()).unwrap();
        write(&machine, b"tls_server_config: {cert_file: server.crt, key_file: server.key}\n");
        let exporter = Exporter::run(command(&machine)).unwrap();
        wait_for("the warning", || {
            let log = exporter.log();
            ensure!(log.matches(message).count() == 1, "{log}");
            Ok(())
        })
        .unwrap();
        assert_eq!(exporter.terminate().unwrap().0, Some(0));
    }
}
