//! The freezer of cgroup v2, which stops all of a job at once: no process can leave it, and none sees it.

use std::fs;
use std::io::{self, Read, Seek};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use crate::clock::Deadline;

/// The longest wait for a control group to be frozen: a process in the kernel may delay it.
const PATIENCE: Duration = Duration::from_secs(5);

/// A control group that was made for a job.
#[derive(Debug)]
pub(crate) struct Freezer {
    folder: PathBuf,
}

impl Freezer {
    /// Makes a control group below that of this process.
    ///
    /// # Errors
    ///
    /// The reason why there is none, in words: without cgroup v2, or where this process may not make one.
    pub(crate) fn make(name: &str) -> Result<Freezer, String> {
        let own = own_group().ok_or("this system has no cgroup v2")?;
        let folder = own.join(name);
        let failed = |what: &str, error: io::Error| {
            format!(
                "{what} {} cannot be written: {error}; `systemd-run --user --scope -p Delegate=yes gpu-carbon run ...` gives one that can",
                folder.display()
            )
        };
        fs::create_dir(&folder)
            .or_else(|error| match error.kind() {
                // That of a run that is taken over.
                io::ErrorKind::AlreadyExists => Ok(()),
                _ => Err(error),
            })
            .map_err(|error| failed("the control group", error))?;
        let freezer = Freezer { folder: folder.clone() };
        if !folder.join(FREEZE).exists() {
            return Err(format!("{} has no {FREEZE}: it needs Linux 5.2", folder.display()));
        }
        // A process moves only where both groups, and the one above them, may be written.
        for folder in [&folder, &own] {
            let members = folder.join(MEMBERS);
            let opened = fs::OpenOptions::new().write(true).open(&members);
            opened.map_err(|error| failed("the list of members in", error))?;
        }
        Ok(freezer)
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Freezes all processes of the group, and waits until they are.
    ///
    /// # Errors
    ///
    /// Where the group cannot be written, or is not frozen in time.
    pub(super) fn freeze(&self) -> io::Result<()> {
        let mut events = fs::File::open(self.folder.join(EVENTS))?;
        fs::write(self.folder.join(FREEZE), "1")?;
        let deadline = Deadline::after(PATIENCE);
        loop {
            // The same handle each time: it knows which events it has read.
            let mut text = String::new();
            events.seek(io::SeekFrom::Start(0))?;
            events.read_to_string(&mut text)?;
            if text.contains("frozen 1") {
                break;
            }
            let left = deadline.left();
            if left.is_zero() {
                let why = "it is not frozen after 5 s: a process is busy in the kernel";
                return Err(io::Error::new(io::ErrorKind::TimedOut, why));
            }
            let timeout = left.min(Duration::from_millis(200));
            let timeout = Timespec { tv_sec: 0, tv_nsec: timeout.subsec_nanos().into() };
            // The kernel wakes the reader of the events once one has changed.
            let _ = poll(&mut [PollFd::new(&events, PollFlags::PRI)], Some(&timeout));
        }
        Ok(())
    }

    /// Thaws all processes of the group.
    ///
    /// # Errors
    ///
    /// Where the group cannot be written.
    pub(super) fn thaw(&self) -> io::Result<()> {
        thaw(&self.folder)
    }
}

impl Drop for Freezer {
    /// Removes the group, unless processes of the job live on in it.
    fn drop(&mut self) {
        let _ = thaw(&self.folder);
        remove(&self.folder);
    }
}

/// Removes a control group. Processes that are just ending are waited for; where others live on in it, it stays.
pub(super) fn remove(folder: &Path) {
    for _ in 0..20 {
        match fs::remove_dir(folder) {
            Err(error) if error.kind() == io::ErrorKind::ResourceBusy => {
                thread::sleep(Duration::from_millis(10));
            }
            _ => return,
        }
    }
}

/// Thaws all processes of a group.
///
/// # Errors
///
/// Where the group cannot be written.
pub(super) fn thaw(folder: &Path) -> io::Result<()> {
    fs::write(folder.join(FREEZE), "0")
}

/// Moves this process into a control group, and returns the one that it was in.
///
/// # Errors
///
/// Where one of the two cannot be found or written.
pub(super) fn enter(folder: &Path) -> io::Result<PathBuf> {
    let before = own_group().ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))?;
    fs::write(folder.join(MEMBERS), "0")?;
    Ok(before)
}

const FREEZE: &str = "cgroup.freeze";
const MEMBERS: &str = "cgroup.procs";
const EVENTS: &str = "cgroup.events";

/// The folder of the control group of this process in the hierarchy of version 2.
fn own_group() -> Option<PathBuf> {
    let groups = fs::read_to_string("/proc/self/cgroup").ok()?;
    let mounts = fs::read_to_string("/proc/self/mountinfo").ok()?;
    group_folder(&groups, &mounts)
}

/// Finds the folder in the text of `/proc/self/cgroup` and `/proc/self/mountinfo`.
fn group_folder(groups: &str, mounts: &str) -> Option<PathBuf> {
    let group = groups.lines().find_map(|line| line.strip_prefix("0::"))?;
    let mount = mounts.lines().find_map(|line| {
        let (place, kind) = line.split_once(" - ")?;
        let mut fields = place.split(' ');
        let (root, folder) = (fields.nth(3)?, fields.next()?);
        kind.starts_with("cgroup2 ").then_some((root, folder))
    });
    let (root, folder) = mount?;
    // In a container the mount shows a part of the hierarchy.
    let inner = group.strip_prefix(root.trim_end_matches('/')).unwrap_or(group);
    Some(Path::new(folder).join(inner.trim_start_matches('/')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folder_of_a_group_is_found_in_the_mount_of_version_2() {
        let mounts = "30 29 0:26 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n\
            31 29 0:27 / /sys/fs/cgroup/unified rw,relatime shared:9 - cgroup2 cgroup2 rw\n";
        let groups = "5:cpu:/a\n0::/user.slice/x.scope\n";
        assert_eq!(
            group_folder(groups, mounts),
            Some("/sys/fs/cgroup/unified/user.slice/x.scope".into())
        );
        let inside = "31 29 0:27 /user.slice /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n";
        assert_eq!(group_folder(groups, inside), Some("/sys/fs/cgroup/x.scope".into()));
        assert_eq!(group_folder("5:cpu:/a\n", mounts), None);
        assert_eq!(group_folder(groups, "30 29 0:26 / /x rw - cgroup cgroup rw\n"), None);
    }
}
