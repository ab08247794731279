//! The makers of packages: commands of cargo's with pinned versions, compiled into the target folder where they are missing.

use std::process::Command;

use anyhow::{Context, Result};

use crate::needs;
use crate::shell::{output, program, target};

/// The variable that names the time of the source, in seconds since the epoch.
const TIME: &str = "SOURCE_DATE_EPOCH";

/// A command of cargo's.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tool {
    name: &'static str,
    version: &'static str,
}

impl Tool {
    /// Makes Debian packages from the metadata of a crate.
    pub(super) const DEB: Tool = Tool { name: "cargo-deb", version: "3.8.0" };

    /// Makes RPM packages from the metadata of a crate, without rpmbuild.
    pub(super) const RPM: Tool = Tool { name: "cargo-generate-rpm", version: "0.21.1" };

    /// Lists the crates in a program, in a format that scanners of any language read. cargo-auditable, which puts such a list
    /// into the program, would have to build it, also in the image, and writes no file that stands beside a package.
    pub(super) const CYCLONEDX: Tool = Tool { name: "cargo-cyclonedx", version: "0.5.9" };

    /// A command that runs it.
    ///
    /// # Errors
    ///
    /// When it is missing and cannot be compiled.
    pub(super) fn command(self) -> Result<Command> {
        // A folder for each version, so that another version is another command.
        let folder = target().join("tools").join(format!("{}-{}", self.name, self.version));
        let command = folder.join("bin").join(self.name);
        if !command.is_file() {
            let versioned = format!("{}@{}", self.name, self.version);
            eprintln!("the packages need {versioned}: compiling it to {}", folder.display());
            needs::compile(&versioned, Some(&folder))
                .with_context(|| format!("{versioned} cannot be installed"))?;
        }
        let mut command = program(command);
        // The time in the package is that of the source, so that the same source gives the same package.
        if std::env::var_os(TIME).is_none()
            && let Ok(time) = output(program("git").args(["log", "-1", "--format=%ct"]))
        {
            command.env(TIME, time.trim());
        }
        Ok(command)
    }
}
