//! What can be wrong with a configuration.

use std::path::PathBuf;

/// A configuration that cannot be used, in one line: the key, the value, and what is allowed.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("{}: {error}; give --config.file a file that holds at least `intensity: {{source: embedded}}`", path.display())]
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
    /// A value is not allowed.
    #[error("{}: {key}: {value} is not allowed: {allowed}", path.display())]
    Value {
        /// The file.
        path: PathBuf,
        /// The key, from the top.
        key: &'static str,
        /// What stands there.
        value: String,
        /// What may stand there.
        allowed: String,
    },
    /// A key has the name that it had in an earlier version.
    #[error("{}: {former} is called {present} since version {since}: rename it", path.display())]
    Renamed {
        /// The file.
        path: PathBuf,
        /// The name that stands there, from the top.
        former: &'static str,
        /// The name that is allowed now, from the top.
        present: &'static str,
        /// The version that renamed it.
        since: &'static str,
    },
}
