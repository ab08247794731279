//! A copy of a shared library's file in memory, from which the system loads an instance with a state of its own.
//!
//! The system loads a file once, however often it is opened: a second session of a driver's library would share the
//! state of the first, and could not be tried beside it.

use std::fs::{self, File};
use std::io;
use std::os::fd::AsRawFd as _;
use std::path::{Path, PathBuf};

use rustix::fs::{MemfdFlags, memfd_create};

/// A copy of a library's file. It must live as long as the library that was loaded from it, since its path would
/// otherwise be that of another copy.
#[derive(Debug)]
pub(crate) struct LibraryCopy(File);

impl LibraryCopy {
    /// Copies the file of a library, given by its path, or by the name of a library that is loaded.
    ///
    /// # Errors
    ///
    /// If the file cannot be found or read, or if the system provides no file in memory.
    pub(crate) fn of(library: &Path) -> io::Result<LibraryCopy> {
        let path = if library.components().count() > 1 { library.into() } else { loaded(library)? };
        let mut copy = File::from(memfd_create("nvml", MemfdFlags::CLOEXEC)?);
        io::copy(&mut File::open(path)?, &mut copy)?;
        Ok(LibraryCopy(copy))
    }

    /// The path of the copy in this process.
    pub(crate) fn path(&self) -> PathBuf {
        format!("/proc/self/fd/{}", self.0.as_raw_fd()).into()
    }
}

/// The path from which a library of this name was loaded.
fn loaded(name: &Path) -> io::Result<PathBuf> {
    let maps = fs::read_to_string("/proc/self/maps")?;
    let paths = maps.lines().filter_map(|line| Some(Path::new(line.get(line.find('/')?..)?)));
    // A link such as libnvidia-ml.so.1 leads to a file such as libnvidia-ml.so.550.54.15.
    let stem = name.to_string_lossy();
    let stem = stem.split_once(".so").map_or(&*stem, |(stem, _)| stem);
    let is_named = |path: &&Path| {
        path.file_name()
            .is_some_and(|file| file.to_string_lossy().starts_with(&format!("{stem}.so")))
    };
    let file = paths.into_iter().find(is_named).ok_or(io::ErrorKind::NotFound)?;
    // The file may have been replaced by another version: the link leads to that.
    let link = file.with_file_name(name);
    Ok(if link.exists() { link } else { file.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_library_is_found_by_its_path_and_by_its_name() {
        let copy = LibraryCopy::of(Path::new("libc.so.6")).unwrap();
        let original = fs::read(loaded(Path::new("libc.so.6")).unwrap()).unwrap();
        assert!(fs::read(copy.path()).unwrap() == original, "the same file");
        let error = LibraryCopy::of(Path::new("libmissing.so.1")).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::NotFound);
    }
}
