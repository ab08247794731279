//! A limit on the work of each query of a file that may be damaged.
//!
//! Pages that refer to one another, or many times to the same page, make a table that has more rows than its file can hold.
//! SQLite reads them without end.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rusqlite::limits::Limit;
use rusqlite::{Connection, Params, Row};

use super::snapshot_error::SnapshotError;
use crate::files::beside;

/// The number of instructions of SQLite's virtual machine after which the limit is checked.
const STEP: u16 = 1000;

/// The instructions that a query may take for each byte of the file. Of a sound ledger, the longest query, that of
/// `quick_check`, takes less than one.
const PER_BYTE: u64 = 4;

/// The instructions that a query of the smallest file may take.
const LEAST: u64 = 200_000;

/// The longest text of a ledger, in bytes: NVML's names have 96, those of zones and sources are shorter than a line.
/// A damaged row could claim all pages of the file as its text, and each further row again.
const LONGEST_TEXT: u16 = 8192;

/// The work of the current query.
#[derive(Debug, Default)]
pub(super) struct WorkLimit(Arc<AtomicU64>);

impl WorkLimit {
    /// Limits the queries of a connection to the database at `path` and its log. A query that takes longer is interrupted.
    pub(super) fn set(connection: &Connection, path: &Path) -> rusqlite::Result<WorkLimit> {
        let length = |path: &Path| path.metadata().map_or(0, |metadata| metadata.len());
        let bytes = length(path).saturating_add(length(&beside(path, "-wal")));
        let most = bytes.saturating_mul(PER_BYTE).saturating_add(LEAST);
        let limit = WorkLimit::default();
        let used = Arc::clone(&limit.0);
        let is_over = move || used.fetch_add(u64::from(STEP), Ordering::Relaxed) > most;
        connection.progress_handler(STEP.into(), Some(is_over))?;
        Ok(limit)
    }

    /// Ends the limit of a connection.
    pub(super) fn remove(connection: &Connection) -> rusqlite::Result<()> {
        connection.progress_handler(0, None::<fn() -> bool>)
    }

    /// Limits the texts that a connection reads. The tables' definitions may be longer, and must have been read before.
    pub(super) fn set_text(connection: &Connection) -> rusqlite::Result<()> {
        connection.set_limit(Limit::SQLITE_LIMIT_LENGTH, LONGEST_TEXT.into()).map(drop)
    }

    /// Reads each row of a query of the limited connection.
    pub(super) fn each(
        &self,
        connection: &Connection,
        sql: &str,
        params: impl Params,
        read: &mut dyn FnMut(&Row<'_>) -> Result<(), SnapshotError>,
    ) -> Result<(), SnapshotError> {
        self.restart();
        let mut statement = connection.prepare_cached(sql)?;
        let mut rows = statement.query(params)?;
        while let Some(row) = rows.next()? {
            read(row)?;
        }
        Ok(())
    }

    /// Begins a query.
    pub(super) fn restart(&self) {
        self.0.store(0, Ordering::Relaxed);
    }
}
