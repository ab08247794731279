//! The replacement of a damaged ledger by a new one, in steps of which each can be the last before a loss of power.
//!
//! 1. The new ledger is written under the name `NAME.new`.
//! 2. It is complete, and renamed to `NAME.corrupt-TIME.replacement`.
//! 3. The damaged files are renamed to `NAME.corrupt-TIME`, with the suffixes that they have; the database last.
//! 4. The replacement is renamed to `NAME`.
//!
//! Before step 2, nothing has happened to the damaged ledger. After it, the next start goes on with step 3.

use std::ffi::OsStr;
use std::io::{self, ErrorKind};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use chrono::DateTime;
use gpu_carbon_core::Timestamp;

use crate::files::{COMPANIONS, beside, sync_folder};

/// The suffix of a new ledger that is being written.
const DRAFT: &str = ".new";
/// The suffix of a new ledger that is complete, after the name that the damaged one gets.
const REPLACEMENT: &str = ".replacement";
/// The part of a name between that of the ledger and the time at which it was set aside.
const CORRUPT: &str = ".corrupt-";

/// The path of a new ledger that is being written.
pub(crate) fn draft(path: &Path) -> PathBuf {
    beside(path, DRAFT)
}

/// Puts a complete draft in the place of the files of a ledger, which are renamed to `NAME.corrupt-20261124T120000Z`.
/// Returns that name.
pub(crate) fn replace_by_draft(path: &Path, now: Timestamp) -> io::Result<PathBuf> {
    let aside = free_name(path, now)?;
    std::fs::rename(draft(path), beside(&aside, REPLACEMENT))?;
    sync_folder(path)?;
    finish(path, &aside)?;
    Ok(aside)
}

/// Puts a draft in a place where there is no file.
pub(crate) fn place_draft(path: &Path) -> io::Result<()> {
    std::fs::rename(draft(path), path)?;
    sync_folder(path)
}

/// Finishes a replacement that was interrupted. Returns the name of the damaged file, or `None` where there was no such
/// replacement. A file of such a name that is no sound ledger takes no ledger's place.
pub(crate) fn resume(path: &Path, is_sound: impl Fn(&Path) -> bool) -> io::Result<Option<PathBuf>> {
    let suffix = OsStr::new(REPLACEMENT).as_bytes();
    let has_suffix = |name: &PathBuf| name.as_os_str().as_bytes().ends_with(suffix);
    let is_replacement = |name: &PathBuf| has_suffix(name) && is_sound(name);
    let Some(replacement) = names_aside(path)?.into_iter().find(is_replacement) else {
        return Ok(None);
    };
    let bytes = replacement.as_os_str().as_bytes();
    let aside = PathBuf::from(OsStr::from_bytes(bytes.strip_suffix(suffix).unwrap_or(bytes)));
    finish(path, &aside)?;
    Ok(Some(aside))
}

/// The databases that were set aside, the newest first.
pub(crate) fn databases_aside(path: &Path) -> io::Result<Vec<PathBuf>> {
    let is_other = |name: &PathBuf| {
        let bytes = name.as_os_str().as_bytes();
        let others = COMPANIONS.iter().chain([&REPLACEMENT]);
        others.into_iter().any(|suffix| bytes.ends_with(suffix.as_bytes()))
    };
    let mut names = names_aside(path)?;
    names.retain(|name| !is_other(name));
    names.sort_by(|one, other| other.cmp(one));
    Ok(names)
}

fn finish(path: &Path, aside: &Path) -> io::Result<()> {
    // The database is renamed last: its log alone could be taken for that of another database.
    for suffix in COMPANIONS.into_iter().chain([""]) {
        match std::fs::rename(beside(path, suffix), beside(aside, suffix)) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    sync_folder(path)?;
    std::fs::rename(beside(aside, REPLACEMENT), path)?;
    sync_folder(path)
}

/// A name for a ledger that is set aside, which no file has.
fn free_name(path: &Path, now: Timestamp) -> io::Result<PathBuf> {
    let time = DateTime::from_timestamp_micros(now.as_unix_micros()).unwrap_or_default();
    let first = beside(path, &format!("{CORRUPT}{}", time.format("%Y%m%dT%H%M%SZ")));
    let mut name = first.clone();
    let mut count = 1;
    let suffixes = || COMPANIONS.into_iter().chain(["", REPLACEMENT]);
    while suffixes().any(|suffix| beside(&name, suffix).symlink_metadata().is_ok()) {
        count += 1;
        name = beside(&first, &format!("-{count}"));
    }
    Ok(name)
}

/// All paths that begin with the name under which a ledger is set aside.
fn names_aside(path: &Path) -> io::Result<Vec<PathBuf>> {
    let prefix = beside(path, CORRUPT);
    let prefix = prefix.file_name().map(OsStr::as_bytes).unwrap_or_default();
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let name = entry?.file_name();
        if name.as_bytes().starts_with(prefix) {
            names.push(folder.join(name));
        }
    }
    Ok(names)
}
