//! `cargo xtask package`: packages of both programs for Debian and for RPM, a list of what is in each program, and checksums.

mod programs;
mod stage;
mod tools;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::Value;

use crate::needs;
use crate::shell::{cargo, output, program, root, run as execute, target};
use crate::test::Length;
use crate::usage::usage;
use programs::{PACKAGED, Packaged};
use stage::make_empty;
use tools::Tool;

/// The profile that the programs are built with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Profile {
    Release,
    /// The profile of the tests, whose packages are for tests alone.
    Dev,
}

impl Profile {
    fn parse(options: &[&str]) -> Result<Profile> {
        match options {
            [] | ["--profile", "release"] => Ok(Profile::Release),
            ["--profile", "dev"] => Ok(Profile::Dev),
            _ => usage!("{}: allowed: --profile release, --profile dev", options.join(" ")),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Profile::Release => "release",
            Profile::Dev => "dev",
        }
    }

    /// The folder that cargo builds to.
    fn binaries(self) -> PathBuf {
        target().join(match self {
            Profile::Release => "release",
            Profile::Dev => "debug",
        })
    }

    /// The folder of the packages.
    fn packages(self) -> PathBuf {
        match self {
            Profile::Release => target().join("packages/release"),
            Profile::Dev => needs::packages(),
        }
    }
}

/// Builds both programs, and everything that is made of them: into `target/packages/release` or `dev`.
///
/// # Errors
///
/// When an option is unknown, or a step fails.
pub(crate) fn run(options: &[&str]) -> Result<()> {
    let profile = Profile::parse(options)?;
    let mut build = cargo();
    build.args(["build", "--locked", "--profile", profile.name()]);
    execute(build.args(PACKAGED.iter().flat_map(|it| ["--package", it.package])))?;
    // As the tests are built: optimized, a program that runs for a moment would take minutes to build.
    execute(cargo().args(["build", "--locked", "--package", "gpu-carbon-manuals"]))?;
    let staged = make_debian_packages(profile)?;
    make_others(profile, &staged)?;
    let packages = profile.packages();
    print!("{}", std::fs::read_to_string(packages.join(SUMS))?);
    for it in &PACKAGED {
        let glibc = stage::oldest_glibc(&staged.join("release").join(it.program))?;
        println!("{} needs glibc {glibc} or newer.", it.program);
    }
    println!("They are in {}.", packages.display());
    Ok(())
}

/// Makes the Debian packages for the tests, of the programs that were built with them, and the others too in a long run.
///
/// # Errors
///
/// When a step fails.
pub(crate) fn make_for_tests(length: Length) -> Result<()> {
    let staged = make_debian_packages(Profile::Dev)?;
    match length {
        Length::Short => Ok(()),
        Length::Long => make_others(Profile::Dev, &staged),
    }
}

/// Makes the Debian packages of programs that are built, and returns the folder in which they are staged.
fn make_debian_packages(profile: Profile) -> Result<PathBuf> {
    let packages = profile.packages();
    make_empty(&packages)?;
    let staged = stage::stage(&profile.binaries(), &Profile::Dev.binaries().join("manuals"))?;
    for it in &PACKAGED {
        debian_package(profile, it, &staged)?;
    }
    Ok(staged)
}

/// Makes what goes with the Debian packages.
fn make_others(profile: Profile, staged: &Path) -> Result<()> {
    let packages = profile.packages();
    for it in &PACKAGED {
        rpm_package(it, staged, &packages)?;
    }
    bills_of_materials(&packages)?;
    write_checksums(&packages)
}

/// Makes the Debian package of a program that is staged. It depends on the glibc that the symbols of the program ask for.
fn debian_package(profile: Profile, it: &Packaged, staged: &Path) -> Result<()> {
    let mut deb = Tool::DEB.command()?;
    deb.args(["deb", "--no-build", "--no-strip", "--quiet", "--package", it.package]);
    if profile == Profile::Dev {
        deb.arg("--fast"); // to compress
    }
    deb.arg("--output").arg(profile.packages()).env("CARGO_TARGET_DIR", staged);
    execute(&mut deb)
}

/// Makes the RPM package of a program that is staged, with the versions of glibc's symbols as dependencies.
fn rpm_package(it: &Packaged, staged: &Path, packages: &Path) -> Result<()> {
    let mut rpm = Tool::RPM.command()?;
    rpm.args(["generate-rpm", "--package", it.folder, "--auto-req", "builtin"]);
    rpm.arg("--target-dir").arg(staged).arg("--output").arg(packages);
    execute(&mut rpm)
}

/// The name, without `.json`, of the files that cargo-cyclonedx writes: one beside each manifest of the workspace.
const BILL: &str = "bill-of-materials.cdx";

/// Writes a list of the crates in each program, in the format CycloneDX.
fn bills_of_materials(packages: &Path) -> Result<()> {
    let mut cyclonedx = Tool::CYCLONEDX.command()?;
    cyclonedx.args(["cyclonedx", "--quiet", "--format", "json", "--spec-version", "1.5"]);
    let written = execute(cyclonedx.args(["--all", "--override-filename", BILL]));
    let metadata = output(cargo().args(["metadata", "--format-version", "1", "--no-deps"]))?;
    let metadata: Value = serde_json::from_str(&metadata)?;
    let members = metadata["packages"].as_array().context("packages in `cargo metadata`")?;
    for manifest in members.iter().filter_map(|member| member["manifest_path"].as_str()) {
        let bill = Path::new(manifest).with_file_name(format!("{BILL}.json"));
        if let Some(it) = PACKAGED.iter().find(|it| bill.starts_with(root().join(it.folder))) {
            let text = std::fs::read_to_string(&bill)?;
            // The place of this checkout is nobody's business.
            let text = text.replace(&format!("{}/", root().display()), "/");
            std::fs::write(packages.join(format!("{}.cdx.json", it.program)), text)?;
        }
        if bill.is_file() {
            std::fs::remove_file(&bill)?;
        }
    }
    written
}

/// The file of the checksums, which `sha256sum --check` reads.
const SUMS: &str = "SHA256SUMS";

/// Writes the checksums of all files of a folder.
fn write_checksums(packages: &Path) -> Result<()> {
    let names: Result<Vec<_>, _> =
        std::fs::read_dir(packages)?.map(|entry| entry.map(|entry| entry.file_name())).collect();
    let mut names = names?;
    names.sort();
    let sums = output(program("sha256sum").current_dir(packages).args(names))?;
    Ok(std::fs::write(packages.join(SUMS), sums)?)
}

#[cfg(test)]
mod tests {
    use super::Profile;

    #[test]
    fn another_profile_is_refused_with_those_allowed() {
        assert_eq!(Profile::parse(&[]).unwrap(), Profile::Release);
        assert_eq!(Profile::parse(&["--profile", "dev"]).unwrap(), Profile::Dev);
        for wrong in [&["--profile"][..], &["--profile", "fast"], &["--fast"]] {
            let error = Profile::parse(wrong).unwrap_err().to_string();
            assert!(error.ends_with("allowed: --profile release, --profile dev"), "{error}");
        }
    }
}
