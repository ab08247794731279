//! `manuals FOLDER`: writes the man pages and the completions of both programs, from the definitions of their command lines.
//!
//! `FOLDER/PROGRAM` has those of a program: a page for each of its commands, and a completion for bash, zsh and fish.

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::{Command, CommandFactory};
use clap_complete::{Generator, Shell};
use clap_mangen::Man;
use gpu_carbon_cli::args::Args as ClientArgs;
use gpu_carbon_exporter::args::Args as ExporterArgs;

const VERSION: &str = env!("CARGO_PKG_VERSION");

const SHELLS: [Shell; 3] = [Shell::Bash, Shell::Zsh, Shell::Fish];

#[allow(clippy::print_stderr, reason = "a program reports its error on standard error")]
fn main() -> ExitCode {
    let written = std::env::args_os().nth(1).context("usage: manuals FOLDER");
    match written.and_then(|folder| write(folder.as_ref())) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("manuals: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Writes the files of both programs.
fn write(folder: &Path) -> Result<()> {
    for command in [ExporterArgs::command(), ClientArgs::command()] {
        let name = command.get_name().to_owned();
        let folder = folder.join(&name);
        std::fs::create_dir_all(&folder)
            .with_context(|| format!("{} cannot be made", folder.display()))?;
        // The exporter's own version names the branch and the compiler of the build, too.
        let command = command.version(VERSION);
        let mut pages = command.clone().disable_help_subcommand(true);
        pages.build();
        write_pages(&pages, &format!("{name} {VERSION}"), &folder)?;
        for shell in SHELLS {
            std::fs::write(
                folder.join(shell.file_name(&name)),
                completion(shell, command.clone()),
            )?;
        }
    }
    Ok(())
}

/// The completion of a program for a shell.
fn completion(shell: Shell, mut command: Command) -> Vec<u8> {
    let name = command.get_name().to_owned();
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut command, &name, &mut script);
    if shell != Shell::Bash {
        return script;
    }
    // clap_complete 4.6 has two names for the commands of a program whose own name has a hyphen, and finds none of their options.
    let labels = ["__subcmd__", "__"].map(|hyphen| name.replace('-', hyphen) + "__subcmd__");
    String::from_utf8_lossy(&script).replace(&labels[0], &labels[1]).into_bytes()
}

/// Writes the page of a command, and those of the commands below it, all with the same footer.
fn write_pages(command: &Command, footer: &str, folder: &Path) -> Result<()> {
    for below in command.get_subcommands().filter(|command| !command.is_hide_set()) {
        write_pages(below, footer, folder)?;
    }
    Man::new(command.clone()).source(footer).generate_to(folder)?;
    Ok(())
}
