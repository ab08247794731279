//! Errors of the file of `--web.config.file`.

use std::fmt::Display;
use std::path::{Path, PathBuf};

use crate::config_file_error::ConfigFileError;

/// An unusable web configuration, in one line. The line never contains a password, a hash or a key.
#[derive(Debug, thiserror::Error)]
pub enum WebConfigError {
    /// The file cannot be used as a whole.
    #[error(transparent)]
    File(#[from] ConfigFileError),
    /// A value is invalid.
    #[error("{}: {key}: {reason}", path.display())]
    Value {
        /// The file.
        path: PathBuf,
        /// The key, from the top.
        key: String,
        /// The reason, and the allowed values.
        reason: String,
    },
    /// The system provides no random numbers.
    #[error("the system provides no random numbers, and the password cache needs them")]
    Random,
}

/// An invalid value, without the file that holds it.
#[derive(Debug)]
pub(super) struct ValueError {
    pub(super) key: String,
    pub(super) reason: String,
}

impl ValueError {
    /// An invalid value by its key, from the top of the file.
    pub(super) fn new(key: impl Into<String>, reason: impl Display) -> ValueError {
        // Both may repeat text of the file, which must not make a second line.
        let one_line = |text: String| text.replace(char::is_control, " ");
        ValueError { key: one_line(key.into()), reason: one_line(reason.to_string()) }
    }

    /// An invalid value of a key in the section `tls_server_config`.
    pub(super) fn in_tls(key: &str, reason: impl Display) -> ValueError {
        ValueError::new(format!("tls_server_config.{key}"), reason)
    }

    /// The same error with its file.
    pub(super) fn in_file(self, path: &Path) -> WebConfigError {
        WebConfigError::Value { path: path.to_owned(), key: self.key, reason: self.reason }
    }
}
