//! The flags, on the command line and in the environment.

use std::process::{Command, Output};

use gpu_carbon_tests::exporter::{self, Exporter, binary};
use gpu_carbon_tests::machine::Machine;

const GPU: &str = "[[gpu]]\nmodel = \"h100\"\npower = \"constant 360\"\n";

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

#[test]
fn flags_come_from_the_command_line_or_else_from_the_environment() {
    let machine = Machine::new(GPU).unwrap();
    let config = machine.path("exporter.yaml");
    let with = |variables: &[(&str, &str)], arguments: &[&str]| {
        let mut command = Command::new(binary().unwrap());
        command.args(arguments).envs(variables.iter().copied());
        let output = command.env("GPU_CARBON_CONFIG_CHECK", "true").output().unwrap();
        (output.status.code(), text(&output))
    };
    let path = config.to_str().unwrap();
    let (status, message) = with(&[("GPU_CARBON_CONFIG_FILE", path)], &[]);
    assert_eq!(status, Some(0), "{message}");
    assert!(message.contains(&format!("{path}: valid; ")), "{message}");
    let one_dash = format!("-config.file={path}");
    let (status, message) = with(&[("GPU_CARBON_CONFIG_FILE", "/nowhere")], &[&one_dash]);
    assert_eq!(status, Some(0), "the command line has precedence: {message}");
    for (variable, value, part) in [
        ("GPU_CARBON_CONFIG_FILE", "/nowhere.yaml", "/nowhere.yaml: No such file"),
        ("GPU_CARBON_LOG_LEVEL", "loud", "'loud'"),
        ("GPU_CARBON_WEB_LISTEN_ADDRESS", "9877", "'9877'"),
        ("GPU_CARBON_WEB_SYSTEMD_SOCKET", "perhaps", "'perhaps'"),
        ("GPU_CARBON_WEB_SYSTEMD_SOCKET", "perhaps", "expected true or false"),
        ("GPU_CARBON_WEB_OPENMETRICS_CREATED", "", "expected true or false"),
    ] {
        let (status, message) = with(&[(variable, value)], &[]);
        assert_eq!(status, Some(2), "{message}");
        assert!(message.contains(part), "`{part}` is not in: {message}");
    }
}

#[test]
fn the_log_level_has_any_case() {
    let machine = Machine::new(GPU).unwrap();
    let mut command = exporter::command(&machine).unwrap();
    let output = command.args(["--log.level=WARN", "-config.check"]).output().unwrap();
    assert!(output.status.success(), "{}", text(&output));
}

#[test]
fn the_version_is_that_of_the_metric() {
    let machine = Machine::new(GPU).unwrap();
    let output = Command::new(binary().unwrap()).arg("--version").output().unwrap();
    let version = text(&output);
    let page = Exporter::start(&machine).unwrap().get("/metrics").unwrap().1;
    let line = page.lines().find(|line| line.starts_with("gpu_carbon_exporter_build_info{"));
    let line = line.unwrap();
    let label = |name: &str| {
        let (_, rest) = line.split_once(&format!("{name}=\"")).unwrap();
        rest.split_once('"').unwrap().0.to_owned()
    };
    assert_eq!(
        version,
        format!(
            "gpu-carbon-exporter {} (branch {}, revision {}, rustc {})\n",
            label("version"),
            label("branch"),
            label("revision"),
            label("rustc_version")
        )
    );
    assert_eq!(label("version"), env!("CARGO_PKG_VERSION"));
    assert!(label("rustc_version").starts_with("1."), "{line}");
    // Of this repository, if it is one.
    let head = Command::new("git").args(["rev-parse", "HEAD"]).output();
    let head = head.ok().filter(|head| head.status.success());
    let revision = head.map_or_else(|| "unknown".to_owned(), |head| text(&head).trim().to_owned());
    assert_eq!(label("revision"), revision);
}

#[test]
fn the_help_names_each_flag_and_its_variable() {
    let output = Command::new(binary().unwrap()).arg("-help").output().unwrap();
    let help = text(&output);
    assert!(output.status.success(), "{help}");
    let flags: Vec<&str> = help.split_whitespace().filter(|word| word.starts_with("--")).collect();
    assert!(flags.len() > 10, "{help}");
    for flag in flags.iter().filter(|flag| flag.contains('.') && !flag.contains('=')) {
        let name = flag.trim_start_matches('-').to_uppercase().replace(['.', '-'], "_");
        assert!(help.contains(&format!("[env: GPU_CARBON_{name}=")), "{flag}: {help}");
    }
}
