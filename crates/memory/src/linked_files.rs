//! The memory of the code that only the start of a program needs: the readers of its command line, of files, of certificates.
//!
//! The kernel maps a file in blocks of 64 kB around what is used, and keeps all of it resident while the process lives. Most of the
//! code of this program, and of the libraries that it is linked with, has run once by then, and takes half of its memory.

use std::collections::BTreeSet;
use std::path::PathBuf;

use procfs::process::{MMPermissions, MMapPath, MemoryMap, Process};
use rustix::mm::{Advice, madvise};

/// The permissions of code, and of constants.
const CODE: MMPermissions = CONSTANTS.union(MMPermissions::EXECUTE);
const CONSTANTS: MMPermissions = MMPermissions::READ.union(MMPermissions::PRIVATE);

/// The program and the libraries that it is linked with, which stay mapped where they are for as long as it runs.
#[derive(Debug)]
pub struct LinkedFiles(BTreeSet<PathBuf>);

impl LinkedFiles {
    /// The files of a process that has loaded no other library, or none yet.
    pub fn at_start() -> LinkedFiles {
        let maps = Process::myself().and_then(|process| process.maps());
        let maps = maps.into_iter().flatten().filter(|map| map.perms == CODE);
        LinkedFiles(maps.filter_map(|map| path(&map).cloned()).collect())
    }

    /// Returns what is resident of their code and constants to the kernel. What is used again is mapped again, from the page
    /// cache, in milliseconds.
    ///
    /// Nothing is done under a debugger, whose breakpoints are changes of the code, and where `/proc` does not show the memory.
    pub fn give_back(&self) {
        let Ok(process) = Process::myself() else { return };
        let (Ok(status), Ok(maps)) = (process.status(), process.smaps()) else { return };
        if status.tracerpid != 0 {
            return;
        }
        for map in maps {
            let (begin, end) = map.address;
            if path(&map).is_some_and(|path| self.0.contains(path)) && is_as_in_its_file(&map) {
                give_back_mapping(begin, end - begin);
            }
        }
    }
}

/// The file of a mapping.
fn path(map: &MemoryMap) -> Option<&PathBuf> {
    match &map.pathname {
        MMapPath::Path(path) => Some(path),
        _ => None,
    }
}

/// Reports whether no page of a mapping was ever written, nor can be: the linker writes addresses into some constants.
fn is_as_in_its_file(map: &MemoryMap) -> bool {
    let kilobytes = |key: &str| map.extension.map.get(key).copied();
    let is_clean = ["Private_Dirty", "Shared_Dirty", "Anonymous", "Swap"]
        .iter()
        .all(|key| kilobytes(key) == Some(0));
    is_clean && (map.perms == CODE || map.perms == CONSTANTS)
}

/// Returns a mapping to the kernel.
fn give_back_mapping(begin: u64, length: u64) {
    let (Ok(address), Ok(length)) = (usize::try_from(begin), usize::try_from(length)) else {
        return;
    };
    let address = std::ptr::with_exposed_provenance_mut(address);
    // SAFETY: the range is a private mapping of a file, which stays where it is, allows no writing, and has no page that differs from
    // the file. The kernel reads each page from that file when it is next used, and lets no one write to the file of a program or a
    // library that runs, but by replacing it.
    #[allow(unsafe_code, reason = "the advice needs an address")]
    let advised = unsafe { madvise(address, length, Advice::LinuxDontNeed) };
    // It is an advice: without it, the memory stays as it is.
    let _ = advised;
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::os::unix::fs::FileExt;

    use super::*;

    /// The mappings of this program and its libraries that are given back, and their resident bytes.
    fn mappings(files: &LinkedFiles) -> (Vec<(u64, u64)>, u64) {
        let maps = Process::myself().unwrap().smaps().unwrap();
        let given_back = |map: &&MemoryMap| {
            path(map).is_some_and(|path| files.0.contains(path)) && is_as_in_its_file(map)
        };
        let maps: Vec<&MemoryMap> = maps.iter().filter(given_back).collect();
        let resident = maps.iter().map(|map| map.extension.map["Rss"]).sum();
        (maps.iter().map(|map| map.address).collect(), resident)
    }

    #[test]
    fn what_was_given_back_takes_less_memory_and_still_runs() {
        let files = LinkedFiles::at_start();
        assert!(files.0.contains(&Process::myself().unwrap().exe().unwrap()));
        let (ranges, _) = mappings(&files);
        // A page that is read becomes resident.
        let memory = File::open("/proc/self/mem").unwrap();
        for (begin, end) in ranges {
            for page in (begin..end).step_by(4096) {
                // Beyond the end of its file, a mapping cannot be read.
                let _ = memory.read_exact_at(&mut [0], page);
            }
        }
        let (_, resident) = mappings(&files);
        files.give_back();
        let (_, left) = mappings(&files);
        assert!(left < resident / 2, "{left} of {resident} B");
    }

    #[test]
    fn constants_that_the_linker_has_written_are_kept() {
        let maps = Process::myself().unwrap().smaps().unwrap();
        let program = Process::myself().unwrap().exe().unwrap();
        let written = maps
            .iter()
            .filter(|map| path(map) == Some(&program) && map.extension.map["Private_Dirty"] > 0);
        let written: Vec<&MemoryMap> = written.collect();
        assert!(!written.is_empty(), "a program that can lie anywhere has addresses to be written");
        assert!(written.iter().all(|map| !is_as_in_its_file(map)));
    }
}
