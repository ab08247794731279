//! The header of a ledger's file, of which most bytes are the same in every ledger.

use std::io;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::schema::APPLICATION_ID;
use crate::files::beside;

/// The text with which a database begins.
pub(super) const MAGIC: &[u8; 16] = b"SQLite format 3\0";

/// The position of the application id in a header.
pub(super) const APPLICATION_ID_AT: std::ops::Range<usize> = 68..72;

/// The pages of a ledger, in bytes: SQLite's default.
pub(super) const PAGE_BYTES: u16 = 4096;

/// The copy of a ledger that has its header as SQLite writes it.
#[derive(Debug)]
pub(super) struct RepairedCopy {
    path: PathBuf,
    _folder: TempDir,
}

impl RepairedCopy {
    /// The file.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

/// Copies a ledger and its log, and writes the bytes of the header that are the same in every ledger
/// (<https://sqlite.org/fileformat2.html>, section 1.3). The copy is beside the ledger where there is no place for temporary files, as
/// in a container whose file system is read-only.
pub(super) fn repaired_copy(path: &Path) -> io::Result<RepairedCopy> {
    let beside_ledger = path.parent().filter(|folder| *folder != Path::new(""));
    let in_folder = |folder: TempDir| repaired_copy_in(folder, path);
    tempfile::tempdir().and_then(in_folder).or_else(|_| {
        tempfile::tempdir_in(beside_ledger.unwrap_or(Path::new("."))).and_then(in_folder)
    })
}

fn repaired_copy_in(folder: TempDir, path: &Path) -> io::Result<RepairedCopy> {
    let copy = folder.path().join("ledger.db");
    let mut bytes = std::fs::read(path)?;
    let pages = u32::try_from(bytes.len() / usize::from(PAGE_BYTES)).unwrap_or_default();
    let [high, low] = PAGE_BYTES.to_be_bytes();
    let wal = 2;
    let parts: [(usize, &[u8]); 6] = [
        (0, MAGIC),
        (16, &[high, low, wal, wal, 0, 64, 32, 32]),
        (28, &pages.to_be_bytes()),
        (44, &4_u32.to_be_bytes()),
        (52, &[0, 0, 0, 0, 0, 0, 0, 1]), // no automatic vacuum; UTF-8
        (APPLICATION_ID_AT.start, &APPLICATION_ID.to_be_bytes()),
    ];
    for (at, part) in parts {
        if let Some(place) = bytes.get_mut(at..at + part.len()) {
            place.copy_from_slice(part);
        }
    }
    std::fs::write(&copy, bytes)?;
    match std::fs::copy(beside(path, "-wal"), beside(&copy, "-wal")) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    Ok(RepairedCopy { path: copy, _folder: folder })
}
