//! The man pages and the completions beside the help texts of the programs.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails so")]

use std::fs::read_to_string;
use std::path::Path;
use std::process::Command as Process;

use clap::{Command, CommandFactory};
use tempfile::TempDir;

fn written() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut manuals = Process::new(env!("CARGO_BIN_EXE_manuals"));
    assert!(manuals.arg(folder.path()).status().unwrap().success());
    folder
}

/// Both programs, with the full names of their commands.
fn programs() -> [Command; 2] {
    let mut programs =
        [gpu_carbon_exporter::args::Args::command(), gpu_carbon_cli::args::Args::command()];
    programs.iter_mut().for_each(|program| {
        *program = std::mem::take(program).disable_help_subcommand(true);
        program.build();
    });
    programs
}

/// A command, and each command below it.
fn all(command: &Command) -> Vec<&Command> {
    let below = command.get_subcommands().filter(|it| !it.is_hide_set()).flat_map(all);
    std::iter::once(command).chain(below).collect()
}

/// The long options that the help of a command lists.
fn options(command: &Command) -> Vec<String> {
    let help = command.clone().render_long_help().to_string();
    let lines = help.lines().map(str::trim_start).filter(|line| line.starts_with('-'));
    let words = lines.flat_map(|line| line.split_whitespace().take(2));
    let is_name_end = |c: char| !c.is_alphanumeric() && !['-', '.'].contains(&c);
    let names = words.filter_map(|word| word.strip_prefix("--"));
    let names = names.map(|name| name.split(is_name_end).next().unwrap_or_default().to_owned());
    let names: Vec<String> = names.filter(|name| !name.is_empty()).collect();
    assert!(names.contains(&"help".to_owned()), "{help}");
    names
}

#[test]
fn each_option_of_the_help_is_in_the_man_page() {
    let folder = written();
    let mut count = 0;
    for program in &programs() {
        for command in all(program) {
            let name = command.get_display_name().unwrap_or_else(|| command.get_name());
            let path = folder.path().join(program.get_name()).join(format!("{name}.1"));
            let page = read_to_string(&path).unwrap_or_else(|_| panic!("no {}", path.display()));
            let page = page.replace("\\-", "-");
            for option in options(command) {
                assert!(page.contains(&format!("--{option}\\f")), "{name}: --{option}\n{page}");
                count += 1;
            }
            let arguments = command.get_arguments().filter(|it| !it.is_hide_set());
            for value in arguments.flat_map(clap::Arg::get_possible_values) {
                assert!(page.contains(value.get_name()), "{name}: {}", value.get_name());
            }
        }
    }
    assert!(count > 100, "{count} options");
}

#[test]
fn each_option_of_the_help_is_completed_in_each_shell() {
    let folder = written();
    for program in &programs() {
        let name = program.get_name();
        let read = |file: &str| read_to_string(folder.path().join(name).join(file)).unwrap();
        let bash = read(&format!("{name}.bash")).replace('"', " ");
        let zsh = read(&format!("_{name}"));
        let fish = read(&format!("{name}.fish"));
        for option in all(program).into_iter().flat_map(options) {
            assert!(bash.contains(&format!("--{option} ")), "bash: {name} --{option}");
            assert!(zsh.contains(&format!("--{option}")), "zsh: {name} --{option}");
            assert!(fish.contains(&format!("-l {option}")), "fish: {name} --{option}");
        }
    }
}

/// The words that bash proposes in place of the last one.
fn proposed(folder: &Path, words: &[&str]) -> Vec<String> {
    let script = r#"
        source "$1"; shift
        COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
        function_of() { complete -p "$1" | sed -E 's/.* -F ([^ ]+) .*/\1/'; }
        "$(function_of "$1")" "$1" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD-1]}"
        printf '%s\n' "${COMPREPLY[@]}""#;
    let file = folder.join(words[0]).join(format!("{}.bash", words[0]));
    let mut bash = Process::new("bash");
    let output = bash
        .args(["-c", script, "bash"])
        .arg(file)
        .args(words)
        .env("HOME", folder)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
}

#[test]
fn bash_completes_commands_options_and_values() {
    let folder = written();
    let proposed = |words: &[&str]| proposed(folder.path(), words);
    assert_eq!(proposed(&["gpu-carbon", "pl"]), ["plan"]);
    assert_eq!(proposed(&["gpu-carbon", "plan", "--gp"]), ["--gpus"]);
    assert_eq!(proposed(&["gpu-carbon", "plan", "--format", ""]), ["text", "json", "csv"]);
    assert_eq!(proposed(&["gpu-carbon", "slurm", "pau"]), ["pause"]);
    assert_eq!(
        proposed(&["gpu-carbon-exporter", "--config."]),
        ["--config.file", "--config.check"]
    );
    let levels = ["debug", "info", "warn", "error"];
    assert_eq!(proposed(&["gpu-carbon-exporter", "--log.level", ""]), levels);
}
