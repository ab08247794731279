//! A disk that stalls, is full or fails, for the files of a ledger: a library that is preloaded into the exporter.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, ensure};

use crate::machine::Machine;

/// The library, and the file that names the fault.
#[derive(Debug)]
pub struct DiskFault {
    library: PathBuf,
    fault: PathBuf,
}

impl DiskFault {
    /// Builds the library in the folder of a machine.
    ///
    /// # Errors
    ///
    /// Without a C compiler.
    pub fn build(machine: &Machine) -> Result<DiskFault> {
        let library = machine.path("fault.so");
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/disk_fault/fault.c");
        let mut compiler = Command::new("cc");
        compiler.args(["-O1", "-shared", "-fPIC", "-o"]).arg(&library).arg(source).arg("-ldl");
        ensure!(compiler.status()?.success(), "no C compiler");
        Ok(DiskFault { library, fault: machine.path("fault") })
    }

    /// Makes a command of the exporter use this disk.
    pub fn apply_to(&self, command: &mut Command) {
        command.env("LD_PRELOAD", &self.library).env("DISK_FAULT", &self.fault);
    }

    /// Sets the fault, `stall`, `full` or `io`; none if it is empty.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub fn set(&self, fault: &str) -> Result<()> {
        Ok(std::fs::write(&self.fault, fault)?)
    }
}
