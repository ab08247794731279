//! Errors of the configuration.

use std::path::PathBuf;

use crate::config_file_error::ConfigFileError;

/// An unusable configuration, in one line: the key, the value, and what is allowed.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be used as a whole.
    #[error(transparent)]
    File(#[from] ConfigFileError),
    /// A value is not allowed.
    #[error("{}: {key}: {value} is not allowed: {allowed}", path.display())]
    Value {
        /// The file.
        path: PathBuf,
        /// The key, from the top.
        key: &'static str,
        /// The value in the file.
        value: String,
        /// The allowed values.
        allowed: String,
    },
    /// A key is missing.
    #[error("{}: {key} is missing: {needed}", path.display())]
    Missing {
        /// The file.
        path: PathBuf,
        /// The key, from the top.
        key: &'static str,
        /// The values of which one is needed.
        needed: String,
    },
    /// A key has the name that it had in an earlier version.
    #[error("{}: {former} is called {present} since version {since}: rename it", path.display())]
    Renamed {
        /// The file.
        path: PathBuf,
        /// The name in the file, from the top.
        former: &'static str,
        /// The name that is allowed now, from the top.
        present: &'static str,
        /// The version that renamed it.
        since: &'static str,
    },
}
