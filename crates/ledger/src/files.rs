//! The files of a ledger: which stand beside it, and where they go when it is set aside.

use std::ffi::OsString;
use std::fs::{File, Metadata};
use std::io::{self, ErrorKind};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use chrono::DateTime;
use gpu_carbon_core::Timestamp;

/// What SQLite keeps beside a database.
const COMPANIONS: [&str; 3] = ["-wal", "-shm", "-journal"];

/// The path with something added to its name.
pub(crate) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    PathBuf::from(name)
}

/// The one path of a file, whichever links lead to it; the file itself may be missing.
pub(crate) fn canonical(path: &Path) -> io::Result<PathBuf> {
    match path.canonicalize() {
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        found => return found,
    }
    let folder = match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    if let Ok(elsewhere) = path.read_link() {
        return canonical(&folder.join(elsewhere)); // links in a circle are not found to be missing
    }
    let name = path.file_name().ok_or(ErrorKind::InvalidInput)?;
    Ok(folder.canonicalize()?.join(name))
}

/// Which file it is, whatever its name: its device and its number there.
pub(crate) type Identity = (u64, u64);

/// The file that has this name now; `None` where there is none, or the system does not say.
pub(crate) fn identity(path: &Path) -> Option<Identity> {
    path.metadata().ok().as_ref().map(identity_of)
}

/// Which file it is that the system tells this of.
pub(crate) fn identity_of(metadata: &Metadata) -> Identity {
    (metadata.dev(), metadata.ino())
}

/// What a database and what stands beside it look like from outside, while it is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Look {
    /// The database, its log, and the index of that: which file it is, and how long.
    files: [Option<(Identity, u64)>; 3],
}

impl Look {
    pub(crate) fn at(path: &Path) -> Look {
        let look = |suffix| {
            let metadata = beside(path, suffix).metadata().ok()?;
            Some((identity_of(&metadata), metadata.len()))
        };
        Look { files: ["", "-wal", "-shm"].map(look) }
    }

    /// Whether the database is the same file.
    pub(crate) fn is_of(self, before: Look) -> bool {
        let [now, ..] = self.files;
        let [was, ..] = before.files;
        now.is_some() && now.map(|(identity, _)| identity) == was.map(|(identity, _)| identity)
    }

    /// Whether each of the files is the same, and none has become shorter.
    pub(crate) fn goes_on_from(self, before: Look) -> bool {
        self.files.into_iter().zip(before.files).all(|files| match files {
            (Some((now, length)), Some((was, at_least))) => now == was && length >= at_least,
            (_, was) => was.is_none(),
        })
    }
}

/// Whether SQLite left a log of changes beside a database.
pub(crate) fn has_log(path: &Path) -> bool {
    ["-wal", "-journal"]
        .iter()
        .any(|suffix| beside(path, suffix).metadata().is_ok_and(|metadata| metadata.len() > 0))
}

/// Renames a database and what stands beside it to `NAME.corrupt-20261124T120000Z`, and says that name.
///
/// The database itself goes last: a crash in between leaves it corrupt at its place, and not its log
/// alone, which SQLite could take for another one's.
pub(crate) fn set_aside(path: &Path, now: Timestamp) -> io::Result<PathBuf> {
    let moment = DateTime::from_timestamp_micros(now.as_unix_micros()).unwrap_or_default();
    let first = beside(path, &format!(".corrupt-{}", moment.format("%Y%m%dT%H%M%SZ")));
    let mut to = first.clone();
    let mut count = 1;
    while to.try_exists()? {
        count += 1;
        to = beside(&first, &format!("-{count}"));
    }
    for suffix in COMPANIONS.into_iter().chain([""]) {
        match std::fs::rename(beside(path, suffix), beside(&to, suffix)) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    sync_folder(path)?;
    Ok(to)
}

/// Makes the names in a file's folder survive a loss of power.
pub(crate) fn sync_folder(path: &Path) -> io::Result<()> {
    File::open(path.parent().unwrap_or(Path::new(".")))?.sync_all()
}
