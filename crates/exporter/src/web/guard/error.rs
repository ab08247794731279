//! What can be wrong with the file of `--web.config.file`.

use std::fmt::Display;
use std::path::{Path, PathBuf};

/// A web configuration that cannot be used, in one line. No password, hash or key stands in it.
#[derive(Debug, thiserror::Error)]
pub enum WebConfigError {
    /// The file cannot be read.
    #[error("{}: {error}; give --web.config.file a file that can be read", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// It is no YAML, or has a key or a type that it must not have.
    #[error("{}: {reason}", path.display())]
    Yaml {
        /// The file.
        path: PathBuf,
        /// What and where.
        reason: String,
    },
    /// A value cannot be used.
    #[error("{}: {key}: {reason}", path.display())]
    Value {
        /// The file.
        path: PathBuf,
        /// The key, from the top.
        key: String,
        /// What is wrong, and what is allowed.
        reason: String,
    },
    /// The system gives no random numbers.
    #[error("the system gives no random numbers, without which no password can be kept")]
    Random,
}

/// What is wrong with one value.
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) key: String,
    pub(super) reason: String,
}

impl Fault {
    pub(super) fn new(key: impl Into<String>, reason: impl Display) -> Fault {
        // What the operator wrote is repeated in both, and must not make a second line.
        let one_line = |text: String| text.replace(char::is_control, " ");
        Fault { key: one_line(key.into()), reason: one_line(reason.to_string()) }
    }

    /// Of a key of the section `tls_server_config`.
    pub(super) fn of_tls(key: &str, reason: impl Display) -> Fault {
        Fault::new(format!("tls_server_config.{key}"), reason)
    }

    pub(super) fn within(self, path: &Path) -> WebConfigError {
        WebConfigError::Value { path: path.to_owned(), key: self.key, reason: self.reason }
    }
}
