//! The flags, on the command line and in the environment.

use std::process::{Command, Output};

use gpu_carbon_tests::exporter::{self, binary};
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
