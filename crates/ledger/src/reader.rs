//! Reading a ledger, beside whoever writes it.

use std::path::{Path, PathBuf};
use std::time::Duration;

use gpu_carbon_core::{Interval, Timestamp};

use crate::posting::Origin;
use crate::sqlite::{KNOWN, Kind, Reading, Unread};

/// How often it is tried to open a ledger whose writer was just at it, ...
const TRIES: u32 = 10;
/// ... and how long is waited in between.
const PAUSE: Duration = Duration::from_millis(20);

/// A ledger as it is at one moment. What is written to it later is not seen.
///
/// Nothing is created or changed, neither the file nor what stands beside it, and no writer is hindered: a
/// folder that cannot be written will do.
#[derive(Debug)]
pub struct Reader {
    path: PathBuf,
    reading: Reading,
    gpus: Vec<Gpu>,
    origins: Vec<Origin>,
    extent: Option<Interval>,
}

/// A GPU that the ledger knows.
#[derive(Debug, Clone, PartialEq)]
pub struct Gpu {
    /// What it is known by.
    pub uuid: String,
    /// Its model.
    pub name: String,
    /// Where it stood last, as NVML counts.
    pub index: u32,
    /// When it was read last; `None` if it never was.
    pub read_at: Option<Timestamp>,
    /// What was counted before this file was begun: no row of it is here.
    pub carried: Carried,
    /// The time of which nobody knows what flowed, since the GPU was first seen, in seconds.
    pub unseen_seconds: f64,
}

/// What an earlier file has the rows of.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Carried {
    /// Energy.
    pub joules: f64,
    /// What it emitted.
    pub grams: f64,
    /// The share of the GPU's manufacture.
    pub embodied_grams: f64,
}

/// What a GPU used in a stretch of time, by one origin.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Use {
    /// Its place among [`Reader::gpus`].
    pub gpu: usize,
    /// When: five minutes, an hour or a day, but no later than the GPU was read.
    pub interval: Interval,
    /// The place of its origin among [`Reader::origins`].
    pub origin: usize,
    /// The energy by how it was found, in the order of [`How::ALL`](crate::How::ALL).
    pub joules: [f64; 3],
    /// What it emitted, with the overhead; `None` where it waits for its price.
    pub grams: Option<f64>,
}

/// For how long a GPU was there in a stretch of time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stay {
    /// Its place among [`Reader::gpus`].
    pub gpu: usize,
    /// When: five minutes, an hour or a day, but no later than the GPU was read.
    pub interval: Interval,
    /// For how much of it.
    pub seconds: f64,
    /// The share of the GPU's manufacture that belongs to that time.
    pub embodied_grams: f64,
}

/// Why a ledger cannot be read. It is as it was.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// There is none.
    #[error("{}: there is no such file: name the ledger that the exporter's configuration names at ledger.path", .0.display())]
    Missing(PathBuf),
    /// The system does not let it be read.
    #[error("{}: cannot be read: {why}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        why: String,
    },
    /// It is something else.
    #[error("{}: no ledger: {why}", path.display())]
    NotALedger {
        /// The file.
        path: PathBuf,
        /// What it is instead.
        why: String,
    },
    /// A later version of this program wrote it.
    #[error("{}: a ledger of version {found}, and this program knows versions up to {KNOWN}: run the newer program", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: i32,
    },
    /// It is damaged.
    #[error("{}: the ledger is corrupt: {why}; an exporter that is started on it sets it aside and begins a new one", path.display())]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// Where, or what SQLite says.
        why: String,
    },
    /// An exporter began to write while it was read, or another program holds it.
    #[error("{}: the ledger changed hands while it was read: ask again", .0.display())]
    Changed(PathBuf),
}

impl Reader {
    /// Opens a ledger.
    ///
    /// # Errors
    ///
    /// A [`ReadError`] that names the file, when it is missing, not a ledger, of a newer version, damaged or
    /// not readable.
    pub fn open(path: &Path) -> Result<Reader, ReadError> {
        let unreadable = |why: std::io::Error| Unread::Unreadable(why.to_string()).of(path);
        match path.metadata() {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Err(ReadError::Missing(path.to_owned()));
            }
            Err(error) => return Err(unreadable(error)),
            Ok(metadata) if !metadata.is_file() => {
                return Err(Unread::NotALedger("not a regular file".to_owned()).of(path));
            }
            Ok(_) => {}
        }
        let not_a_ledger = match Kind::of(path).map_err(unreadable)? {
            Kind::Ledger => None,
            Kind::None => Some("an empty file"),
            Kind::Foreign => Some("the SQLite database of another program"),
            Kind::Broken(why) => Some(why),
        };
        if let Some(why) = not_a_ledger {
            return Err(Unread::NotALedger(why.to_owned()).of(path));
        }
        let open = || {
            let reading = Reading::begin(path)?;
            let (gpus, origins, extent) = (reading.gpus()?, reading.origins()?, reading.extent()?);
            Ok(Reader { path: path.to_owned(), reading, gpus, origins, extent })
        };
        for _ in 1..TRIES {
            match open() {
                Err(Unread::Changed) => std::thread::sleep(PAUSE),
                outcome => return outcome.map_err(|unread| unread.of(path)),
            }
        }
        open().map_err(|unread| unread.of(path))
    }

    /// Every GPU that it knows, by where they stand.
    #[must_use]
    pub fn gpus(&self) -> &[Gpu] {
        &self.gpus
    }

    /// By what energy is priced, or waits to be.
    #[must_use]
    pub fn origins(&self) -> &[Origin] {
        &self.origins
    }

    /// From the beginning of its first row to the end of its last; `None` without any.
    #[must_use]
    pub fn extent(&self) -> Option<Interval> {
        self.extent
    }

    /// What was used in the rows that overlap a time, in the order of their beginnings.
    ///
    /// # Errors
    ///
    /// When the file is damaged, or changed while it was read.
    pub fn uses(&self, within: Interval, mut each: impl FnMut(Use)) -> Result<(), ReadError> {
        self.reading.uses(within, &mut each).map_err(|unread| unread.of(&self.path))
    }

    /// The presence of GPUs in the rows that overlap a time, in the order of their beginnings.
    ///
    /// # Errors
    ///
    /// As [`uses`](Reader::uses).
    pub fn stays(&self, within: Interval, mut each: impl FnMut(Stay)) -> Result<(), ReadError> {
        self.reading.stays(within, &mut each).map_err(|unread| unread.of(&self.path))
    }
}

impl Unread {
    fn of(self, path: &Path) -> ReadError {
        let path = path.to_owned();
        match self {
            Unread::Unreadable(why) => ReadError::Unreadable { path, why },
            Unread::NotALedger(why) => ReadError::NotALedger { path, why },
            Unread::Newer(found) => ReadError::Newer { path, found },
            Unread::Corrupt(why) => ReadError::Corrupt { path, why },
            Unread::Changed => ReadError::Changed(path),
        }
    }
}
