//! Processes in a folder that stands for procfs, for tests.

use std::fs;
use std::path::Path;

/// Adds a process, which replaces another one of its number.
pub(crate) fn add_process(procfs: &Path, pid: u32, started: u64, cgroup: &str) {
    let folder = procfs.join(pid.to_string());
    fs::create_dir_all(&folder).unwrap();
    let stat = format!("{pid} (train) S{} {started} 0\n", " 0".repeat(18));
    fs::write(folder.join("stat"), stat).unwrap();
    fs::write(folder.join("cgroup"), format!("0::{cgroup}\n")).unwrap();
}
