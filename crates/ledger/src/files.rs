//! The files of a ledger: those beside the database, and the identity of an open file.

use std::ffi::OsString;
use std::fs::{File, Metadata};
use std::io::{self, ErrorKind};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::error::OpenError;

/// The suffixes of the files that SQLite creates beside a database.
pub(crate) const COMPANIONS: [&str; 3] = ["-wal", "-shm", "-journal"];

/// The suffix of the file with the seal of a ledger that was closed.
pub(crate) const SEAL: &str = ".seal";

/// The path with a suffix added to its file name.
pub(crate) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    PathBuf::from(name)
}

/// The canonical path of a file, which may be missing, after all symbolic links.
pub(crate) fn canonical(path: &Path) -> io::Result<PathBuf> {
    match path.canonicalize() {
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        found => return found,
    }
    let folder = match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    if let Ok(target) = path.read_link() {
        return canonical(&folder.join(target)); // a circle of links is another error than NotFound
    }
    let name = path.file_name().ok_or(ErrorKind::InvalidInput)?;
    Ok(folder.canonicalize()?.join(name))
}

/// Checks that a ledger, and each file beside it, is a regular file where it exists. A device or a pipe could be read
/// without end, or block.
pub(crate) fn check_regular(path: &Path) -> Result<(), OpenError> {
    for suffix in COMPANIONS.into_iter().chain(["", ".lock", SEAL]) {
        let path = beside(path, suffix);
        match path.metadata() {
            Ok(metadata) if !metadata.is_file() => return Err(OpenError::NotAFile { path }),
            Err(error) if error.kind() != ErrorKind::NotFound => {
                return Err(OpenError::Denied { path, error });
            }
            _ => {}
        }
    }
    Ok(())
}

/// The identity of a file, independent of its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FileIdentity {
    device: u64,
    inode: u64,
}

impl FileIdentity {
    /// The identity of the file that has this name now; `None` where there is none, or it cannot be read.
    pub(crate) fn at(path: &Path) -> Option<FileIdentity> {
        path.metadata().ok().as_ref().map(FileIdentity::of)
    }

    /// The identity of the file that this metadata describes.
    pub(crate) fn of(metadata: &Metadata) -> FileIdentity {
        FileIdentity { device: metadata.dev(), inode: metadata.ino() }
    }
}

/// The identity and length of a file at one time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct FileStamp {
    identity: FileIdentity,
    length: u64,
}

impl FileStamp {
    fn at(path: &Path) -> Option<FileStamp> {
        let metadata = path.metadata().ok()?;
        Some(FileStamp { identity: FileIdentity::of(&metadata), length: metadata.len() })
    }

    /// Reports whether the file is the same as before, and not shorter. A file that did not exist before may exist now.
    fn continues(now: Option<FileStamp>, before: Option<FileStamp>) -> bool {
        match (now, before) {
            (Some(now), Some(before)) => {
                now.identity == before.identity && now.length >= before.length
            }
            (_, before) => before.is_none(),
        }
    }
}

/// The stamps of an open database, its log and the log's index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FileStamps {
    database: Option<FileStamp>,
    log: Option<FileStamp>,
    index: Option<FileStamp>,
}

impl FileStamps {
    /// The stamps of the database at `path` and of the files beside it, now.
    pub(crate) fn at(path: &Path) -> FileStamps {
        FileStamps {
            database: FileStamp::at(path),
            log: FileStamp::at(&beside(path, "-wal")),
            index: FileStamp::at(&beside(path, "-shm")),
        }
    }

    /// Reports whether the database is the same file as before.
    pub(crate) fn is_same_database(self, before: FileStamps) -> bool {
        let identity = |stamp: Option<FileStamp>| stamp.map(|stamp| stamp.identity);
        self.database.is_some() && identity(self.database) == identity(before.database)
    }

    /// Reports whether each of the files that existed before is the same file as before.
    pub(crate) fn are_same_files(self, before: FileStamps) -> bool {
        let is_same = |now: Option<FileStamp>, before: Option<FileStamp>| {
            before.is_none_or(|before| now.is_some_and(|now| now.identity == before.identity))
        };
        is_same(self.database, before.database)
            && is_same(self.log, before.log)
            && is_same(self.index, before.index)
    }

    /// Reports whether each of the files is the same as before, and none is shorter.
    pub(crate) fn continues(self, before: FileStamps) -> bool {
        FileStamp::continues(self.database, before.database)
            && FileStamp::continues(self.log, before.log)
            && FileStamp::continues(self.index, before.index)
    }
}

/// Reports whether SQLite left a log of changes beside a database.
pub(crate) fn has_log(path: &Path) -> bool {
    ["-wal", "-journal"]
        .iter()
        .any(|suffix| beside(path, suffix).metadata().is_ok_and(|metadata| metadata.len() > 0))
}

/// Removes a database and the files beside it, as far as they exist.
pub(crate) fn remove_database(path: &Path) -> io::Result<()> {
    for suffix in COMPANIONS.into_iter().chain([""]) {
        match std::fs::remove_file(beside(path, suffix)) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

/// Flushes the folder of a file, so that the names in it survive a loss of power.
pub(crate) fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| *folder != Path::new(""));
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}
