//! The source of the script, and its changes.

use crate::script::{Script, ScriptError};
use crate::time::UnixTime;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::{env, fs};

/// The environment variable with the path of the script's file.
pub const SCRIPT_VARIABLE: &str = "FAKE_NVML_SCRIPT";

/// The source of the script.
pub(super) enum Source {
    /// The environment was not read yet.
    Unread,
    /// No file is named: the built-in script is in force.
    BuiltIn { read: bool },
    /// A file, and its state when it was last read, whether or not that succeeded.
    File { path: PathBuf, last_read: Option<Result<Stamp, String>> },
}

/// The attributes of a file that change when it is written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Stamp {
    changed_at: UnixTime,
    length: u64,
    inode: u64,
}

/// A script that differs from the one before.
pub(super) struct ChangedScript {
    pub(super) script: Script,
    pub(super) changed_at: UnixTime,
}

impl Source {
    /// Reads the environment again. A source that is the same is not read again.
    pub(super) fn reopen(&mut self) {
        match (
            env::var_os(SCRIPT_VARIABLE).filter(|path| !path.is_empty()).map(PathBuf::from),
            &*self,
        ) {
            (None, Self::BuiltIn { .. }) => {}
            (None, _) => *self = Self::BuiltIn { read: false },
            (Some(path), Self::File { path: open, .. }) if *open == path => {}
            (Some(path), _) => *self = Self::File { path, last_read: None },
        }
    }

    /// The script and the time of its change, if it differs from the one that was read last.
    ///
    /// A file that cannot be read or parsed is an error once, and again only after it has changed.
    pub(super) fn read_if_changed(&mut self) -> Result<Option<ChangedScript>, ScriptError> {
        match self {
            Self::Unread | Self::BuiltIn { read: true } => Ok(None),
            Self::BuiltIn { read } => {
                *read = true;
                Ok(Some(ChangedScript { script: Script::default(), changed_at: UnixTime::now() }))
            }
            Self::File { path, last_read } => {
                let stamp = stamp(path);
                let now = stamp.as_ref().copied().map_err(ToString::to_string);
                if last_read.as_ref() == Some(&now) {
                    return Ok(None);
                }
                *last_read = Some(now);
                let stamp =
                    stamp.map_err(|error| ScriptError::File { path: path.clone(), error })?;
                let script = Script::read(path)?;
                Ok(Some(ChangedScript { script, changed_at: stamp.changed_at }))
            }
        }
    }
}

fn stamp(path: &Path) -> std::io::Result<Stamp> {
    let metadata = fs::metadata(path)?;
    let changed_at = metadata.modified().map(UnixTime::from_system)?;
    Ok(Stamp { changed_at, length: metadata.len(), inode: metadata.ino() })
}
