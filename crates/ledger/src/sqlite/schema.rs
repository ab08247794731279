//! The versions of the ledger's format.

use rusqlite::{Connection, TransactionBehavior};

use super::error::SqliteError;

/// The application id that marks a database as a ledger: `gCO2`.
pub(super) const APPLICATION_ID: i32 = i32::from_be_bytes(*b"gCO2");

/// The SQL that migrates a file from each version to the next. The first script creates version 1 in an empty file.
/// The script of a released version never changes: a new version is added instead.
const MIGRATIONS: [&str; 1] = [include_str!("schema.sql")];

/// The newest version.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    reason = "there is a handful of versions"
)]
pub(super) const VERSION: i32 = MIGRATIONS.len() as i32;

/// Turns an empty database into a ledger.
pub(super) fn create(connection: &mut Connection) -> Result<(), SqliteError> {
    connection.pragma_update(None, "application_id", APPLICATION_ID)?;
    migrate_from(connection, 0)?;
    Ok(connection.pragma_update(None, "journal_mode", "WAL")?)
}

/// Migrates a ledger to the newest version, and checks its tables. Returns the file's version if that is newer.
pub(super) fn migrate(connection: &mut Connection) -> Result<Option<i32>, SqliteError> {
    let found: i32 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if found > VERSION {
        return Ok(Some(found));
    }
    match usize::try_from(found) {
        Ok(from @ 1..) => migrate_from(connection, from)?,
        _ => return Err(SqliteError::Unsound(format!("no ledger is of version {found}"))),
    }
    let mut empty = Connection::open_in_memory()?;
    migrate_from(&mut empty, 0)?;
    let (expected, actual) = (objects(&empty)?, objects(connection)?);
    match expected.iter().find(|object| !actual.contains(object)) {
        Some(object) => Err(SqliteError::Unsound(format!(
            "`{}` differs from that of version {VERSION}",
            object.name
        ))),
        None => Ok(None),
    }
}

/// Reads the whole file, and checks its structure. A check of each index against its table would take half as long
/// again, and is left out.
pub(super) fn check_integrity(connection: &Connection) -> Result<(), SqliteError> {
    let result: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    if result == "ok" { Ok(()) } else { Err(SqliteError::Unsound(result)) }
}

fn migrate_from(connection: &mut Connection, from: usize) -> Result<(), SqliteError> {
    let scripts = MIGRATIONS.get(from..).unwrap_or_default();
    if scripts.is_empty() {
        return Ok(());
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    for script in scripts {
        transaction.execute_batch(script)?;
    }
    transaction.pragma_update(None, "user_version", VERSION)?;
    Ok(transaction.commit()?)
}

/// A table, an index or a view.
#[derive(Debug, PartialEq)]
struct SchemaObject {
    name: String,
    /// The statement that created it; `None` for the indices that SQLite makes itself.
    sql: Option<String>,
}

/// All tables, indices and views. A user may have added some.
fn objects(connection: &Connection) -> Result<Vec<SchemaObject>, SqliteError> {
    let mut statement = connection.prepare("SELECT name, sql FROM sqlite_schema")?;
    let rows =
        statement.query_map([], |row| Ok(SchemaObject { name: row.get(0)?, sql: row.get(1)? }))?;
    Ok(rows.collect::<Result<_, _>>()?)
}
