//! Installation of the programs that ours are compared with.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

/// Folder of the installed programs, in the target folder.
///
/// # Errors
///
/// When it cannot be created.
pub fn peers_folder() -> Result<PathBuf> {
    let peers = target_folder()?.join("peers");
    std::fs::create_dir_all(&peers)?;
    Ok(peers)
}

/// Creates a Python environment with packages from PyPI.
///
/// # Errors
///
/// When it cannot be created, or a package cannot be installed.
pub fn python(folder: &Path, packages: &[&str]) -> Result<()> {
    finish(Command::new("python3").args(["-m", "venv", "--clear"]).arg(folder))?;
    let install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
    finish(Command::new(folder.join("bin/python")).args(install).args(packages))?;
    Ok(())
}

/// Cargo's target folder: the running program lies in the folder of a profile in it.
fn target_folder() -> Result<PathBuf> {
    let program = std::env::current_exe()?;
    let profile = program
        .ancestors()
        .find(|folder| folder.file_name().is_some_and(|name| name == "release" || name == "debug"));
    let target = profile.and_then(Path::parent);
    Ok(target.with_context(|| format!("{} is in no target folder", program.display()))?.to_owned())
}

/// Runs a command to its end, and returns its standard output.
///
/// # Errors
///
/// When it cannot be run or fails: names the command and the last line of its standard error.
pub fn finish(command: &mut Command) -> Result<Vec<u8>> {
    let shown = format!("{command:?}");
    let output = command.output().with_context(|| shown.clone())?;
    if !output.status.success() {
        let error = String::from_utf8_lossy(&output.stderr);
        bail!(
            "{shown}: {}: {}",
            output.status,
            error.lines().last().unwrap_or("without an error message")
        );
    }
    Ok(output.stdout)
}
