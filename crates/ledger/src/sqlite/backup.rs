//! Copies of a ledger that a writer may have open.

use std::path::Path;

use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};

use super::connection::connect_with;
use super::error::{SqliteError, message};
use super::snapshot_error::SnapshotError;
use super::work_limit::WorkLimit;
use super::{schema, verify};

/// Copies an open snapshot to an empty file, and checks the copy.
pub(super) fn copy(from: &Connection, to: &Path) -> Result<(), SnapshotError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut copy = Connection::open_with_flags(to, flags)?;
    let all_pages = -1;
    if Backup::new(from, &mut copy)?.step(all_pages)? != StepResult::Done {
        return Err(SnapshotError::Changed);
    }
    copy.close().map_err(|(_, error)| error)?;
    let copy = connect_with(to, "mode=ro&immutable=1")?;
    let check = || verify::check(&copy, schema::version(&copy)?, &WorkLimit::set(&copy, to)?);
    check().map(|_| ()).map_err(|error| match error {
        SqliteError::Unsound(reason) => SnapshotError::Corrupt(reason),
        SqliteError::Sqlite(error) => SnapshotError::Corrupt(message(&error)),
    })
}
