//! The questions that the writer of a ledger answers.

use std::path::Path;

use gpu_carbon_core::{Signal, Timestamp};

use super::Ledger;
use crate::error::LedgerError;
use crate::feed::Feed;
use crate::files;
use crate::gpu::GpuState;
use crate::host::RecordedBoundary;
use crate::posting::IntensitySource;

impl Ledger {
    /// The ledger's file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The state of each GPU, and of each account of the host. Pending energy of this zone and signal, not older than 32 days, may still get an
    /// intensity; other pending energy is given up.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, or has content that no ledger has.
    pub fn state(
        &self,
        zone: &str,
        signal: Signal,
        now: Timestamp,
    ) -> Result<Vec<GpuState>, LedgerError> {
        self.database.state(zone, signal, now)
    }

    /// The length of the file and its log, in bytes; `None` where it cannot be read.
    #[must_use]
    pub fn bytes(&self) -> Option<u64> {
        Some(self.path.metadata().ok()?.len() + self.log_bytes())
    }

    /// The length of the log, in bytes. It grows while a reader keeps the ledger open.
    #[must_use]
    pub fn log_bytes(&self) -> u64 {
        let log = files::beside(&self.path, "-wal").metadata();
        log.map_or(0, |metadata| metadata.len())
    }

    /// The signal of the newest converted energy; `None` where no energy is converted yet.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, or has content that no ledger has.
    pub fn signal(&self) -> Result<Option<Signal>, LedgerError> {
        self.database.signal()
    }

    /// The sources of all intensities by which energy was converted, and those by which it was before a restatement.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, or has content that no ledger has.
    pub fn intensity_sources(&self) -> Result<Vec<IntensitySource>, LedgerError> {
        self.database.intensity_sources()
    }

    /// The boundary of the figures; `None` where none was set yet, or where it is damaged.
    #[must_use]
    pub fn boundary(&self) -> Option<RecordedBoundary> {
        self.database.boundary()
    }

    /// The feed of the intensities; `None` where none was set yet.
    ///
    /// # Errors
    ///
    /// When the file cannot be read.
    pub fn feed(&self) -> Result<Option<Feed>, LedgerError> {
        self.database.feed()
    }
}
