//! A folder that looks like procfs, with processes in cgroups.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Result;

/// A folder that looks like procfs.
#[derive(Debug)]
pub struct FakeProc {
    root: PathBuf,
}

impl FakeProc {
    /// A procfs without a process.
    ///
    /// # Errors
    ///
    /// When the folder cannot be made.
    pub fn new(root: PathBuf) -> Result<FakeProc> {
        fs::create_dir_all(&root)?;
        Ok(FakeProc { root })
    }

    /// The folder.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Adds a process, or replaces it, by its cgroup in the second version of cgroups.
    ///
    /// # Errors
    ///
    /// When its files cannot be written.
    pub fn add(&self, pid: u32, cgroup: &str) -> Result<()> {
        let folder = self.root.join(pid.to_string());
        fs::create_dir_all(&folder)?;
        self.name(pid, "train")?;
        Ok(fs::write(folder.join("cgroup"), format!("0::{cgroup}\n"))?)
    }

    /// Gives a process another name, as the kernel cuts it.
    ///
    /// # Errors
    ///
    /// When its file cannot be written.
    pub fn name(&self, pid: u32, name: &str) -> Result<()> {
        // The 22nd field is the time at which it began, in ticks since boot.
        let stat = format!("{pid} ({name}) S{} 8123 0\n", " 0".repeat(18));
        Ok(fs::write(self.root.join(format!("{pid}/stat")), stat)?)
    }
}
