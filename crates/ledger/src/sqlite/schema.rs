//! The versions of the ledger's file.

use rusqlite::{Connection, TransactionBehavior};

use super::fault::Fault;

/// What marks a database as a ledger: `gCO2`.
pub(super) const APPLICATION: i32 = i32::from_be_bytes(*b"gCO2");

/// What brings a file from each version to the next one; the first makes version 1 of nothing. What has
/// been released is never changed: a new version is added.
const STEPS: [&str; 1] = [include_str!("schema.sql")];

/// The newest version.
#[allow(clippy::cast_possible_truncation, clippy::cast_possible_wrap)] // of a handful of steps
pub(crate) const VERSION: i32 = STEPS.len() as i32;

/// Makes an empty database a ledger.
pub(super) fn create(connection: &mut Connection) -> Result<(), Fault> {
    connection.pragma_update(None, "application_id", APPLICATION)?;
    step(connection, 0)?;
    Ok(connection.pragma_update(None, "journal_mode", "WAL")?)
}

/// Brings a ledger to the newest version; the version that it has, where that is newer still.
pub(super) fn check(connection: &mut Connection) -> Result<Option<i32>, Fault> {
    let found: i32 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if found > VERSION {
        return Ok(Some(found));
    }
    match usize::try_from(found) {
        Ok(from @ 1..) => step(connection, from)?,
        _ => return Err(Fault::Unsound(format!("no ledger is of version {found}"))),
    }
    let mut fresh = Connection::open_in_memory()?;
    step(&mut fresh, 0)?;
    let (ours, has) = (objects(&fresh)?, objects(connection)?);
    match ours.iter().find(|object| !has.contains(object)) {
        Some((name, _)) => {
            Err(Fault::Unsound(format!("`{name}` is not as version {VERSION} has it")))
        }
        None => Ok(None),
    }
}

/// Reads all of the file, and whether it fits together. Whether each row is in each index would take half as long
/// again.
pub(super) fn integrity(connection: &Connection) -> Result<(), Fault> {
    let said: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    if said == "ok" { Ok(()) } else { Err(Fault::Unsound(said)) }
}

fn step(connection: &mut Connection, from: usize) -> Result<(), Fault> {
    let steps = STEPS.get(from..).unwrap_or_default();
    if steps.is_empty() {
        return Ok(());
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    for step in steps {
        transaction.execute_batch(step)?;
    }
    transaction.pragma_update(None, "user_version", VERSION)?;
    Ok(transaction.commit()?)
}

/// The tables, indices and views: each by its name and what made it. People may have added some.
fn objects(connection: &Connection) -> Result<Vec<(String, Option<String>)>, Fault> {
    let mut statement = connection.prepare("SELECT name, sql FROM sqlite_schema")?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}
