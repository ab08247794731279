//! Connections, and the transactions of those that write.

use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior};

use super::error::SqliteError;
use super::snapshot_error::SnapshotError;
use super::work_limit::WorkLimit;

/// The longest wait for another program's lock.
pub(super) const BUSY_TIMEOUT: Duration = Duration::from_secs(2);

/// Opens a connection that writes. Each commit is on the disk before it returns.
pub(super) fn connect(path: &Path, additional: OpenFlags) -> Result<Connection, SqliteError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX | additional;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.execute_batch(
        "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA temp_store = MEMORY;
         PRAGMA journal_size_limit = 4194304; PRAGMA synchronous = FULL;",
    )?;
    Ok(connection)
}

/// Opens a connection that only reads, beside one that writes, of a file that may be damaged. The tables that it reads have
/// no long texts.
pub(super) fn connect_reader(path: &Path) -> Result<Connection, SqliteError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    // Closing it must not move the log into the file.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    connection.execute_batch("PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON;")?;
    connection.prepare("SELECT id FROM gpu")?;
    WorkLimit::set(&connection, path)?;
    WorkLimit::set_text(&connection)?;
    Ok(connection)
}

/// Opens a connection with parameters that SQLite takes in a URI only (<https://sqlite.org/uri.html>).
pub(super) fn connect_with(path: &Path, parameters: &str) -> Result<Connection, SnapshotError> {
    let mut uri = "file:".to_owned();
    for &byte in std::path::absolute(path)?.as_os_str().as_bytes() {
        match byte {
            b'/' | b'.' | b'-' | b'_' => uri.push(char::from(byte)),
            byte if byte.is_ascii_alphanumeric() => uri.push(char::from(byte)),
            byte => uri += &format!("%{byte:02X}"),
        }
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE // the parameter `mode` limits it
        | OpenFlags::SQLITE_OPEN_NO_MUTEX
        | OpenFlags::SQLITE_OPEN_URI;
    Ok(Connection::open_with_flags(format!("{uri}?{parameters}"), flags)?)
}

/// Runs `work` in a transaction: all of it is on the disk when this returns, or on an error none of it.
pub(super) fn transact<T>(
    connection: &mut Connection,
    work: impl FnOnce(&Transaction<'_>) -> Result<T, SqliteError>,
) -> Result<T, SqliteError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let result = work(&transaction)?;
    transaction.commit()?;
    Ok(result)
}
