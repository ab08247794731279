//! The connection to a damaged ledger.

use std::path::Path;

use rusqlite::{Connection, OpenFlags, Row};

use crate::sqlite::connection::BUSY_TIMEOUT;
use crate::sqlite::damage_notes::DamageNotes;
use crate::sqlite::error::SqliteError;
use crate::sqlite::raw_copies;
use crate::sqlite::row_scan::Readable;
use crate::sqlite::snapshot_error::SnapshotError;
use crate::sqlite::work_limit::WorkLimit;

/// A damaged ledger.
#[derive(Debug)]
pub(in crate::sqlite) struct DamagedLedger {
    pub(super) connection: Connection,
    pub(super) limit: WorkLimit,
    damage: DamageNotes,
}

impl Readable for DamagedLedger {
    fn each(
        &self,
        sql: &str,
        params: [i64; 2],
        read: &mut dyn FnMut(&Row<'_>) -> Result<(), SnapshotError>,
    ) -> Result<(), SnapshotError> {
        self.limit.each(&self.connection, sql, params, read)
    }

    fn damage(&self) -> &DamageNotes {
        &self.damage
    }
}

impl DamagedLedger {
    /// Opens a damaged ledger. Its files are unchanged, but for the index of the log.
    pub(in crate::sqlite) fn open(path: &Path) -> Result<DamagedLedger, SqliteError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags)?;
        connection.busy_timeout(BUSY_TIMEOUT)?;
        let limit = WorkLimit::set(&connection, path)?;
        // A table whose definition is damaged must not hide the others.
        connection.execute_batch(
            "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA writable_schema = ON;",
        )?;
        let _ = connection.prepare("SELECT id FROM gpu"); // reads the definitions
        WorkLimit::set_text(&connection)?;
        Ok(DamagedLedger { connection, limit, damage: DamageNotes::default() })
    }

    /// The copies of GPUs in a ledger of which SQLite finds no table.
    pub(in crate::sqlite) fn of_raw_copies(path: &Path) -> Result<DamagedLedger, SqliteError> {
        let connection = raw_copies::database(path)?;
        let (limit, damage) = (WorkLimit::default(), DamageNotes::default());
        Ok(DamagedLedger { connection, limit, damage })
    }
}
