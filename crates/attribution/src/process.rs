//! The place of a process, from procfs.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use crate::cgroup::Place;

/// The longest text of a process that is read, in bytes: a cgroup has some hierarchies, each with a path.
const LONGEST_TEXT: u64 = 64 * 1024;

/// A process, told apart from a later one with the same number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ProcessKey {
    /// The number of the process.
    pub pid: u32,
    /// The time at which it began, in ticks of the kernel since boot.
    pub started: u64,
}

/// Reads the key of a process, below the folder where procfs is mounted.
///
/// # Errors
///
/// If the process is gone, or its text is not that of the kernel.
pub fn read_key(procfs: &Path, pid: u32) -> io::Result<ProcessKey> {
    let text = read(&procfs.join(format!("{pid}/stat")))?;
    let started = start_in_stat(&text).ok_or_else(|| {
        io::Error::new(io::ErrorKind::InvalidData, "the text of /proc/PID/stat has no start time")
    })?;
    Ok(ProcessKey { pid, started })
}

/// The name of the server of MPS, as the kernel cuts it: `nvidia-cuda-mps-server`.
const MPS_SERVER: &str = "nvidia-cuda-mps";

/// True if a process is the server of MPS, through which other processes compute: it holds no GPU for itself. False if it is gone.
#[must_use]
pub fn is_mps_server(procfs: &Path, pid: u32) -> bool {
    let stat = read(&procfs.join(format!("{pid}/stat")));
    stat.is_ok_and(|stat| name_in_stat(&stat) == Some(MPS_SERVER))
}

/// The name of a process, from `/proc/PID/stat`: the second field, in parentheses.
fn name_in_stat(stat: &str) -> Option<&str> {
    Some(stat.split_once('(')?.1.rsplit_once(')')?.0)
}

/// Reads the place of a process, below the folder where procfs is mounted. `None` if its cgroup names none.
///
/// # Errors
///
/// If the process is gone.
pub fn read_place(procfs: &Path, pid: u32) -> io::Result<Option<Place>> {
    Ok(Place::of_process(&read(&procfs.join(format!("{pid}/cgroup")))?))
}

/// The time at which a process began, from `/proc/PID/stat`: the 22nd field (`proc_pid_stat(5)`). The second one, its
/// name, may have spaces and parentheses.
fn start_in_stat(stat: &str) -> Option<u64> {
    let (_, after_name) = stat.rsplit_once(')')?;
    after_name.split_ascii_whitespace().nth(19)?.parse().ok()
}

fn read(path: &Path) -> io::Result<String> {
    let mut bytes = Vec::new();
    File::open(path)?.take(LONGEST_TEXT).read_to_end(&mut bytes)?;
    // The name of a process and the path of a cgroup are any bytes.
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_start_of_a_process_follows_its_name() {
        let rest = "S 1 9 9 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 3 0 8123 999 1";
        assert_eq!(start_in_stat(&format!("17 (a) b) (c) {rest}")), Some(8123));
        assert_eq!(name_in_stat(&format!("17 (a) b) (c) {rest}")), Some("a) b) (c"));
        assert_eq!(name_in_stat("17 a"), None);
        for bad in ["", "17 (train", "17 (train) S 1 2"] {
            assert_eq!(start_in_stat(bad), None, "{bad}");
        }
    }

    #[test]
    fn this_process_is_read() {
        let (procfs, pid) = (Path::new("/proc"), std::process::id());
        let key = read_key(procfs, pid).unwrap();
        assert!(key.pid == pid && key.started > 0);
        assert_eq!(read_key(procfs, pid).unwrap(), key);
        read_place(procfs, pid).unwrap();
        assert!(read_place(procfs, u32::MAX).is_err(), "no process has this number");
    }
}
