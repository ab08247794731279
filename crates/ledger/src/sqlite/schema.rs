//! The versions of the ledger's format.

use rusqlite::{Connection, TransactionBehavior};

use super::error::SqliteError;

/// The application id that marks a database as a ledger: `gCO2`.
pub(super) const APPLICATION_ID: i32 = i32::from_be_bytes(*b"gCO2");

/// The SQL that migrates a file from each version to the next. The first script creates version 1 in an empty file.
/// The script of a released version never changes: a new version is added instead.
const MIGRATIONS: [&str; 7] = [
    include_str!("schema.sql"),
    include_str!("schema-2.sql"),
    include_str!("schema-3.sql"),
    include_str!("schema-4.sql"),
    include_str!("schema-5.sql"),
    include_str!("schema-6.sql"),
    include_str!("schema-7.sql"),
];

/// The first version with shares of workloads.
const SHARES: i32 = 5;

/// The first version with the figures of embodied emissions.
const EMBODIED: i32 = 7;

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
    migrate(connection, 0, |_| Ok(()))?;
    Ok(connection.pragma_update(None, "journal_mode", "WAL")?)
}

/// The version of a ledger's format, which may be newer than this program.
pub(super) fn version(connection: &Connection) -> Result<i32, SqliteError> {
    Ok(connection.pragma_query_value(None, "user_version", |row| row.get(0))?)
}

/// The column of `origin` that holds the scope, for a query; NULL in a file of an earlier version, which has none.
pub(super) fn scope_column(connection: &Connection) -> &'static str {
    let has_scope = connection.prepare("SELECT scope FROM origin").is_ok();
    if has_scope { "scope" } else { "NULL" }
}

/// True for a version that has the shares of workloads.
pub(super) const fn has_shares(version: i32) -> bool {
    version >= SHARES
}

/// True for a version that has the figures of embodied emissions.
pub(super) const fn has_embodied(version: i32) -> bool {
    version >= EMBODIED
}

/// Checks that a ledger has the tables of its version. The file is unchanged.
pub(super) fn check(connection: &Connection, version: i32) -> Result<(), SqliteError> {
    let scripts = usize::try_from(version).ok().filter(|&version| version > 0);
    let Some(scripts) = scripts.and_then(|version| MIGRATIONS.get(..version)) else {
        return Err(SqliteError::Unsound(format!("no ledger is of version {version}")));
    };
    let empty = with_tables(scripts)?;
    let (expected, actual) = (objects(&empty)?, objects(connection)?);
    match expected.iter().find(|object| !actual.contains(object)) {
        Some(object) => Err(SqliteError::Unsound(format!(
            "`{}` differs from that of version {version}",
            object.name
        ))),
        None => Ok(()),
    }
}

/// An empty ledger in memory.
pub(super) fn in_memory() -> Result<Connection, SqliteError> {
    with_tables(&MIGRATIONS)
}

fn with_tables(scripts: &[&str]) -> Result<Connection, SqliteError> {
    let empty = Connection::open_in_memory()?;
    scripts.iter().try_for_each(|script| empty.execute_batch(script))?;
    Ok(empty)
}

/// Migrates a ledger of an earlier version to the newest, and fills the new tables.
pub(super) fn migrate(
    connection: &mut Connection,
    from: i32,
    fill: impl FnOnce(&Connection) -> Result<(), SqliteError>,
) -> Result<(), SqliteError> {
    let scripts = usize::try_from(from).ok().and_then(|from| MIGRATIONS.get(from..));
    let scripts = scripts.unwrap_or_default();
    if scripts.is_empty() {
        return Ok(());
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    for script in scripts {
        transaction.execute_batch(script)?;
    }
    fill(&transaction)?;
    transaction.pragma_update(None, "user_version", VERSION)?;
    Ok(transaction.commit()?)
}

/// Reads the whole file, and checks its structure, and that the indices of the short tables agree with them. The index of
/// pending rows is checked by their digests, which takes less time.
pub(super) fn check_integrity(connection: &Connection, version: i32) -> Result<(), SqliteError> {
    let of_workloads = has_shares(version).then_some("integrity_check(workload)");
    let checks = ["quick_check(1)", "integrity_check(gpu)", "integrity_check(origin)"];
    for check in checks.into_iter().chain(of_workloads) {
        let result: String =
            connection.query_row(&format!("PRAGMA {check}"), [], |row| row.get(0))?;
        if result != "ok" {
            return Err(SqliteError::Unsound(result));
        }
    }
    Ok(())
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
