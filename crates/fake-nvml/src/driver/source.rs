//! Where the script comes from, and whether it has changed.

use crate::script::{Script, ScriptError};
use crate::time::UnixTime;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::{env, fs};

/// The variable of the environment that names the script's file.
pub const SCRIPT_VARIABLE: &str = "FAKE_NVML_SCRIPT";

/// Where the script comes from.
pub(super) enum Source {
    /// Nobody has looked yet.
    Unread,
    /// No file is named, and the built-in script is in force.
    BuiltIn { read: bool },
    /// A file, as it was when it was last read, well or not.
    File { path: PathBuf, seen: Option<Result<Stamp, String>> },
}

/// What tells two states of a file apart without reading it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Stamp {
    changed_at: UnixTime,
    length: u64,
    inode: u64,
}

impl Source {
    /// Looks at the environment again. What has been read from the same place stays read.
    pub(super) fn reopen(&mut self) {
        match (
            env::var_os(SCRIPT_VARIABLE).filter(|path| !path.is_empty()).map(PathBuf::from),
            &*self,
        ) {
            (None, Self::BuiltIn { .. }) => {}
            (None, _) => *self = Self::BuiltIn { read: false },
            (Some(path), Self::File { path: open, .. }) if *open == path => {}
            (Some(path), _) => *self = Self::File { path, seen: None },
        }
    }

    /// The script and when it was changed, if it is another than the one read last.
    ///
    /// A file that cannot be read or parsed is an error once, and again only when it has changed.
    pub(super) fn read_if_changed(&mut self) -> Result<Option<(Script, UnixTime)>, ScriptError> {
        match self {
            Self::Unread | Self::BuiltIn { read: true } => Ok(None),
            Self::BuiltIn { read } => {
                *read = true;
                Ok(Some((Script::default(), UnixTime::now())))
            }
            Self::File { path, seen } => {
                let stamp = stamp(path);
                let now = stamp.as_ref().copied().map_err(ToString::to_string);
                if seen.as_ref() == Some(&now) {
                    return Ok(None);
                }
                *seen = Some(now);
                let stamp =
                    stamp.map_err(|error| ScriptError::File { path: path.clone(), error })?;
                Script::read(path).map(|script| Some((script, stamp.changed_at)))
            }
        }
    }
}

fn stamp(path: &Path) -> std::io::Result<Stamp> {
    let metadata = fs::metadata(path)?;
    let changed_at = metadata.modified().map(UnixTime::from_system)?;
    Ok(Stamp { changed_at, length: metadata.len(), inode: metadata.ino() })
}
