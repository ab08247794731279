//! Reasons why a script is rejected.

use std::path::PathBuf;

/// An error in a script: the key, its value, and the allowed values.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ScriptError {
    /// The text is not TOML, or has an unknown key or value.
    #[error("{0}")]
    Toml(#[from] toml::de::Error),
    /// The script cannot be written as TOML.
    #[error("{0}")]
    Write(#[from] toml::ser::Error),
    /// A value is out of range.
    #[error("{key} = {value:?}: want {wanted}")]
    Value {
        /// The key.
        key: &'static str,
        /// The value in the script.
        value: String,
        /// The allowed values.
        wanted: String,
    },
    /// A GPU has an error.
    #[error("gpu {index}: {error}")]
    Gpu {
        /// The index of the GPU, from 0.
        index: usize,
        /// The error.
        error: Box<ScriptError>,
    },
    /// The script in a file has an error.
    #[error("{}: {error}", path.display())]
    In {
        /// The file.
        path: PathBuf,
        /// The error in the script.
        error: Box<ScriptError>,
    },
    /// The file cannot be read or written.
    #[error("{}: {error}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The system's error.
        error: std::io::Error,
    },
}

impl ScriptError {
    /// An error in the value of a key.
    pub(super) fn value(
        key: &'static str,
        value: &impl ToString,
        wanted: impl Into<String>,
    ) -> Self {
        Self::Value { key, value: value.to_string(), wanted: wanted.into() }
    }

    /// The same error, with the index of the GPU.
    pub(super) fn in_gpu(self, index: usize) -> Self {
        Self::Gpu { index, error: Box::new(self) }
    }
}
