//! The errors of a source of intensity.

use std::path::PathBuf;

use gpu_carbon_feeds::files::FileError;
use gpu_carbon_feeds::pack::PackError;

use super::live::MissingCredentialError;

/// The largest file that is read: thirty years of five-minute rows.
pub(super) const MOST_BYTES: u64 = 128 * 1024 * 1024;

/// An error of a source: it has no series.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// The file cannot be read.
    #[error("{}: {error}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The reason.
        error: std::io::Error,
    },
    /// The file does not hold a series.
    #[error("{}: {error}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The error and its line.
        error: FileError,
    },
    /// The file holds several series.
    #[error("{}: the file has the series of {count} zones: give one with those of a single zone", path.display())]
    Several {
        /// The file.
        path: PathBuf,
        /// The number of series.
        count: usize,
    },
    /// The file states another signal or scope than the configuration.
    #[error("{}: the file says that its values are {found}, and `{key}` is {expected}: change one of them", path.display())]
    Conflict {
        /// The file.
        path: PathBuf,
        /// The key of the configuration.
        key: &'static str,
        /// The value in the file.
        found: &'static str,
        /// The value in the configuration.
        expected: &'static str,
    },
    /// The bundled series is damaged.
    #[error("the bundled series: {0}")]
    Bundled(#[from] PackError),
    /// A credential of a service cannot be read.
    #[error(transparent)]
    Credential(#[from] MissingCredentialError),
    /// The task that read the file was cancelled.
    #[error("reading was interrupted")]
    Interrupted,
}
