//! The memory of the code that only the start needs: the readers of YAML, of the command line, of certificates.
//!
//! The kernel maps code in blocks of 64 kB around what runs, and keeps all of it resident while the process lives. Most of this
//! program's code has run once by then, and takes a third of its memory.

use std::time::Duration;

use procfs::process::{MMPermissions, MMapPath, Process};
use rustix::mm::{Advice, madvise};

/// The time after which nothing of the start is left to do: GPUs are read and served.
pub(crate) const AFTER: Duration = Duration::from_secs(10);

/// The permissions of code.
const CODE: MMPermissions =
    MMPermissions::READ.union(MMPermissions::EXECUTE).union(MMPermissions::PRIVATE);

/// Returns the resident code of this program to the kernel. Code that still runs is mapped again, from the page cache, in milliseconds.
///
/// Nothing is done under a debugger, whose breakpoints are changes of the code, and where `/proc` does not show the code.
pub(crate) fn give_back() {
    let Ok(process) = Process::myself() else { return };
    let (Ok(program), Ok(maps)) = (process.exe(), process.maps()) else { return };
    if process.status().map_or(true, |status| status.tracerpid != 0) {
        return;
    }
    for map in maps {
        if map.perms == CODE && matches!(&map.pathname, MMapPath::Path(path) if *path == program) {
            let (begin, end) = map.address;
            give_back_mapping(begin, end - begin);
        }
    }
}

/// Returns a mapping of this program's code to the kernel.
fn give_back_mapping(begin: u64, length: u64) {
    let (Ok(address), Ok(length)) = (usize::try_from(begin), usize::try_from(length)) else {
        return;
    };
    let address = std::ptr::with_exposed_provenance_mut(address);
    // SAFETY: the range is a private mapping of this program's file, and allows no writing. The kernel reads each page from that file
    // when it is next used, and lets no one write to the file of a program that runs.
    #[allow(unsafe_code, reason = "the advice needs an address")]
    let advised = unsafe { madvise(address, length, Advice::LinuxDontNeed) };
    // It is an advice: without it, the memory stays as it is.
    let _ = advised;
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::os::unix::fs::FileExt;

    use procfs::process::MemoryMap;

    use super::*;

    /// The mapping of this program's code.
    fn code() -> MemoryMap {
        let process = Process::myself().unwrap();
        let program = process.exe().unwrap();
        let is_code = |map: &MemoryMap| {
            map.perms == CODE && matches!(&map.pathname, MMapPath::Path(path) if *path == program)
        };
        process.smaps().unwrap().into_iter().find(is_code).unwrap()
    }

    #[test]
    fn code_that_was_given_back_takes_less_memory_and_still_runs() {
        let (begin, end) = code().address;
        let size = end - begin;
        // A page that is read becomes resident.
        let memory = File::open("/proc/self/mem").unwrap();
        for page in (begin..end).step_by(4096) {
            memory.read_exact_at(&mut [0], page).unwrap();
        }
        assert_eq!(code().extension.map["Rss"], size);
        give_back();
        let left = code().extension.map["Rss"];
        assert!(left < size / 2, "{left} of {size} B");
    }
}
