//! The errors of a configuration file as a whole.

use std::path::PathBuf;

use crate::yaml::YamlError;

/// A configuration file that cannot be read, or is not YAML of the right shape.
#[derive(Debug, thiserror::Error)]
pub enum ConfigFileError {
    /// The file cannot be read.
    #[error("{}: {error}; give {flag} a file that {needed}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The reason.
        error: std::io::Error,
        /// The flag that names the file.
        flag: &'static str,
        /// The properties of a file that can be used, in words.
        needed: &'static str,
    },
    /// The file is not YAML, or has an unknown key or a value of a wrong type.
    #[error("{}: {error}", path.display())]
    Yaml {
        /// The file.
        path: PathBuf,
        /// The key, the reason and the place.
        error: YamlError,
    },
}
