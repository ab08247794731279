//! Why a script was refused.

use std::path::PathBuf;

/// Why a script was refused: the key, its value, and what is allowed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ScriptError {
    /// The text is no TOML, or a key or a value in it is none that there is.
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
        /// What the script says.
        value: String,
        /// What it may say.
        wanted: String,
    },
    /// One GPU is at fault.
    #[error("gpu {index}: {error}")]
    Gpu {
        /// The GPU's place in the script, from 0.
        index: usize,
        /// What is wrong with it.
        error: Box<ScriptError>,
    },
    /// A file holds a script that was refused.
    #[error("{}: {error}", path.display())]
    In {
        /// The file.
        path: PathBuf,
        /// What is wrong with the script in it.
        error: Box<ScriptError>,
    },
    /// The file cannot be read or written.
    #[error("{}: {error}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        error: std::io::Error,
    },
}

impl ScriptError {
    pub(super) fn value(
        key: &'static str,
        value: &impl ToString,
        wanted: impl Into<String>,
    ) -> Self {
        Self::Value { key, value: value.to_string(), wanted: wanted.into() }
    }

    pub(super) fn in_gpu(self, index: usize) -> Self {
        Self::Gpu { index, error: Box::new(self) }
    }
}
