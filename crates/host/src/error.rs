//! The reasons why a meter is not read.

use std::io;
use std::path::PathBuf;

use gpu_carbon_core::meter::CounterRangeError;

/// A file of a meter that cannot be read, or whose content cannot be true.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The file exists, and may not be read.
    #[error("{}: permission denied", path.display())]
    Permission {
        /// The file.
        path: PathBuf,
    },
    /// The file, or the device behind it, is gone.
    #[error("{}: the meter is gone ({error})", path.display())]
    Gone {
        /// The file.
        path: PathBuf,
        /// The error of the system.
        error: io::Error,
    },
    /// The file cannot be read for another reason.
    #[error("{}: {error}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The error of the system.
        error: io::Error,
    },
    /// The file holds no whole number.
    #[error("{}: expected a whole number of {unit}, found {found:?}", path.display())]
    NotANumber {
        /// The file.
        path: PathBuf,
        /// The unit of the number.
        unit: &'static str,
        /// The beginning of the content.
        found: String,
    },
    /// The number is more than the meter can show.
    #[error("{}: {value} {unit} cannot be true, the most is {most}", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The number.
        value: u64,
        /// The unit of the number.
        unit: &'static str,
        /// The largest number.
        most: u64,
    },
    /// The meter is behind a connection, and did not answer as it should.
    #[error("{address}: {message}")]
    Remote {
        /// The address, without credentials.
        address: String,
        /// The kind in one word, for a label.
        kind: &'static str,
        /// The reason in one line, without credentials.
        message: String,
    },
}

impl ReadError {
    /// The kind of the error in one word, for a label: `no_permission`, `gone`, `io`, `implausible`, or that of a connection.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            ReadError::Permission { .. } => "no_permission",
            ReadError::Gone { .. } => "gone",
            ReadError::Io { .. } => "io",
            ReadError::Remote { kind, .. } => kind,
            ReadError::NotANumber { .. } | ReadError::TooLarge { .. } => "implausible",
        }
    }
}

/// A reason not to use a meter that was found.
#[derive(Debug, thiserror::Error)]
pub enum RefusalError {
    /// A file of the meter cannot be read.
    #[error("{0}")]
    Unread(ReadError),
    /// The range of the counter cannot be read.
    #[error("its range is unknown, so a wrap of the counter could not be told: {0}")]
    UnknownRange(ReadError),
    /// The range of the counter cannot be true.
    #[error("{0}")]
    Range(#[from] CounterRangeError),
    /// Another interface shows the same part of the host.
    #[error("it is the same as {other}, through another interface")]
    Duplicate {
        /// The name of the meter that is used.
        other: String,
    },
    /// The meter measures a part of what another one measures.
    #[error("it is a part of {other}")]
    Part {
        /// The name of the meter that is used, or a description of what contains it.
        other: String,
    },
    /// The meter measures a part of the host that no one asked for.
    #[error("its scope differs by model: it is read only if `host.meters` has `psys`")]
    NotAsked,
    /// The name of the meter is not known.
    #[error("a meter of this name is not known")]
    Unknown,
    /// The meter is one of several whose relation is unknown.
    #[error(
        "there are {count} such meters, and nothing says which of them measures the whole host"
    )]
    Ambiguous {
        /// The number of meters.
        count: usize,
    },
    /// The meter shows the counter of another meter.
    #[error("it shows the same counter as {other}, as dies of one processor do")]
    Mirror {
        /// The name of the meter that is used.
        other: String,
    },
}

/// A meter that was found and is not used.
#[derive(Debug)]
pub struct Refusal {
    /// The interface and the name of the meter, such as `rapl package-0/core`.
    pub meter: String,
    /// The folder of the meter.
    pub path: PathBuf,
    /// The reason.
    pub reason: RefusalError,
}
