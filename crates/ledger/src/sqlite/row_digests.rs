//! The digest of the rows of each GPU, updated with each change of a row.
//!
//! Temporary triggers report each row that is added, changed or deleted. They exist in the connection alone, so that the
//! file has none, and other programs can write it, which counts as damage.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::types::{Null, ValueRef};
use rusqlite::{Connection, Row};

use super::digest::{Digest, SetDigest};
use super::error::SqliteError;
use super::schema;

/// The number that begins the digest of a row of each table.
const ENTRY: u64 = 1;
const PRESENCE: u64 = 2;
const ORIGIN: u64 = 3;
const SHARE: u64 = 6;

/// The columns of `entry` in the order in which they are digested.
pub(super) const ENTRY_COLUMNS: &str =
    "start, gpu, seconds, origin, counted_joules, integrated_joules, recovered_joules, grams";
/// The columns of `presence` in that order.
pub(super) const PRESENCE_COLUMNS: &str = "start, gpu, seconds, present_seconds, embodied_grams";
/// The columns of `share` in that order.
pub(super) const SHARE_COLUMNS: &str = "start, gpu, seconds, workload, joules, held_seconds";
/// The columns of `origin` in that order, without the scope, which comes last.
const ORIGIN_COLUMNS: &str = "id, zone, signal, pue, source, quality";

const GPU: usize = 1;
const ENTRY_ORIGIN: usize = 3;
const GRAMS: usize = 7;
const SCOPE: usize = 6;

/// The digests of a GPU's rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct GpuDigests {
    /// The digest of all of them.
    pub(super) rows: SetDigest,
    /// The digest of those whose energy is pending.
    pub(super) pending: SetDigest,
}

impl GpuDigests {
    /// The digests of both sets of rows.
    #[must_use]
    pub(super) const fn plus(self, other: GpuDigests) -> GpuDigests {
        GpuDigests { rows: self.rows.plus(other.rows), pending: self.pending.plus(other.pending) }
    }
}

/// The digests of origins by their id. A row's digest contains that of its origin, so that a changed origin is noticed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct OriginDigests(HashMap<i64, Digest>);

impl OriginDigests {
    /// Adds an origin, from a row of [`ORIGIN_COLUMNS`] and the scope.
    fn add(&mut self, row: &Row<'_>) -> Result<(), SqliteError> {
        self.0.insert(row.get(0)?, origin(|column| row.get_ref(column))?);
        Ok(())
    }

    fn of(&self, id: ValueRef<'_>) -> Digest {
        let id = id.as_i64().unwrap_or_default();
        self.0.get(&id).copied().unwrap_or(Digest::of_table(ORIGIN))
    }
}

/// A change of the set of rows.
#[derive(Debug, Clone, Copy)]
enum Change {
    Added,
    Removed,
}

/// The changes since the last commit.
#[derive(Debug, Default)]
struct Changes {
    origins: OriginDigests,
    /// The sums of the changes of rows, by the id of the GPU. It has each GPU whose own row has changed, too.
    by_gpu: BTreeMap<i64, GpuDigests>,
}

/// The changes of the rows of a connection's database.
#[derive(Debug, Clone, Default)]
pub(super) struct RowDigests(Arc<Mutex<Changes>>);

impl RowDigests {
    /// Follows the changes that a connection makes from now on.
    pub(super) fn follow(connection: &Connection) -> Result<RowDigests, SqliteError> {
        let digests = RowDigests::default();
        let origins = origins(connection)?;
        digests.with(|changes| changes.origins = origins);
        for (name, change) in [("added", Change::Added), ("removed", Change::Removed)] {
            let of_entry = digests.clone();
            let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_INNOCUOUS;
            connection.create_scalar_function(&*format!("entry_{name}"), 8, flags, move |row| {
                of_entry.record_entry(row, change)
            })?;
            for (table_name, table, columns) in [("presence", PRESENCE, 5), ("share", SHARE, 6)] {
                let of_table = digests.clone();
                connection.create_scalar_function(
                    &*format!("{table_name}_{name}"),
                    columns,
                    flags,
                    move |row| of_table.record_row(table, row, change),
                )?;
            }
        }
        let (of_origin, of_gpu) = (digests.clone(), digests.clone());
        let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_INNOCUOUS;
        connection.create_scalar_function("origin_added", 7, flags, move |row| {
            let digest = origin(|column| Ok(row.get_raw(column)))?;
            let id: i64 = row.get(0)?;
            of_origin.with(|changes| changes.origins.0.insert(id, digest));
            Ok(Null)
        })?;
        connection.create_scalar_function("gpu_changed", 1, flags, move |row| {
            let id: i64 = row.get(0)?;
            of_gpu.with(|changes| *changes.by_gpu.entry(id).or_default());
            Ok(Null)
        })?;
        let columns = ORIGIN_COLUMNS.split(", ").chain(["scope"]);
        let columns: Vec<_> = columns.map(|column| format!("NEW.{column}")).collect();
        let columns = columns.join(", ");
        let mut triggers = format!(
            "CREATE TEMP TRIGGER origin_INSERT AFTER INSERT ON main.origin
             BEGIN SELECT origin_added({columns}); END;
             CREATE TEMP TRIGGER gpu_INSERT AFTER INSERT ON main.gpu
             BEGIN SELECT gpu_changed(NEW.id); END;
             CREATE TEMP TRIGGER gpu_UPDATE AFTER UPDATE ON main.gpu
             BEGIN SELECT gpu_changed(NEW.id); END;\n"
        );
        let tables =
            [("entry", ENTRY_COLUMNS), ("presence", PRESENCE_COLUMNS), ("share", SHARE_COLUMNS)];
        for (table, columns) in tables {
            let call = |name: &str, row: &str| {
                let columns = columns.split(", ").map(|column| format!("{row}.{column}"));
                format!("{table}_{name}({})", columns.collect::<Vec<_>>().join(", "))
            };
            let (added, removed) = (call("added", "NEW"), call("removed", "OLD"));
            for (event, calls) in [
                ("INSERT", added.clone()),
                ("DELETE", removed.clone()),
                ("UPDATE", format!("{removed}, {added}")),
            ] {
                triggers += &format!(
                    "CREATE TEMP TRIGGER {table}_{event} AFTER {event} ON main.{table}
                     BEGIN SELECT {calls}; END;\n"
                );
            }
        }
        connection.execute_batch(&triggers)?;
        Ok(digests)
    }

    /// Takes the changes since the last call.
    pub(super) fn take(&self) -> BTreeMap<i64, GpuDigests> {
        self.with(|changes| std::mem::take(&mut changes.by_gpu))
    }

    fn record_entry(&self, row: &Context<'_>, change: Change) -> rusqlite::Result<Null> {
        let is_pending = row.get_raw(GRAMS) == ValueRef::Null;
        self.with(|changes| {
            let digest = entry(&changes.origins, |column| Ok(row.get_raw(column)))?;
            let of_gpu = changes.by_gpu.entry(row.get(GPU)?).or_default();
            apply(&mut of_gpu.rows, digest, change);
            if is_pending {
                apply(&mut of_gpu.pending, digest, change);
            }
            Ok(Null)
        })
    }

    /// Records a row of `presence` or `share`, by the number of the table.
    fn record_row(&self, table: u64, row: &Context<'_>, change: Change) -> rusqlite::Result<Null> {
        let digest = digest_of(table, row.len(), |column| Ok(row.get_raw(column)))?;
        self.with(|changes| {
            let of_gpu = changes.by_gpu.entry(row.get(GPU)?).or_default();
            apply(&mut of_gpu.rows, digest, change);
            Ok(Null)
        })
    }

    fn with<T>(&self, work: impl FnOnce(&mut Changes) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The digests of all origins.
pub(super) fn origins(connection: &Connection) -> Result<OriginDigests, SqliteError> {
    let mut origins = OriginDigests::default();
    let scope = schema::scope_column(connection);
    let mut statement =
        connection.prepare_cached(&format!("SELECT {ORIGIN_COLUMNS}, {scope} FROM origin"))?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        origins.add(row)?;
    }
    Ok(origins)
}

/// Adds a row of [`ENTRY_COLUMNS`] to the digests of its GPU.
pub(super) fn add_entry(
    digests: &mut GpuDigests,
    origins: &OriginDigests,
    row: &Row<'_>,
) -> Result<(), SqliteError> {
    let digest = entry(origins, |column| row.get_ref(column))?;
    digests.rows.add(digest);
    if row.get_ref(GRAMS)? == ValueRef::Null {
        digests.pending.add(digest);
    }
    Ok(())
}

/// Adds a row of [`PRESENCE_COLUMNS`] to the digests of its GPU.
pub(super) fn add_presence(digests: &mut GpuDigests, row: &Row<'_>) -> Result<(), SqliteError> {
    digests.rows.add(digest_of(PRESENCE, 5, |column| row.get_ref(column))?);
    Ok(())
}

/// Adds a row of [`SHARE_COLUMNS`] to the digests of its GPU.
pub(super) fn add_share(digests: &mut GpuDigests, row: &Row<'_>) -> Result<(), SqliteError> {
    digests.rows.add(digest_of(SHARE, 6, |column| row.get_ref(column))?);
    Ok(())
}

fn entry<'a>(
    origins: &OriginDigests,
    value: impl Fn(usize) -> rusqlite::Result<ValueRef<'a>>,
) -> rusqlite::Result<Digest> {
    let origin = ValueRef::Integer(origins.of(value(ENTRY_ORIGIN)?).as_integer());
    Ok(digest_of(ENTRY, 8, value)?.with(origin))
}

/// The digest of an origin. An unknown scope adds nothing to it, so that it is that of version 2, which has no scopes.
fn origin<'a>(value: impl Fn(usize) -> rusqlite::Result<ValueRef<'a>>) -> rusqlite::Result<Digest> {
    let digest = digest_of(ORIGIN, SCOPE, &value)?;
    Ok(match value(SCOPE)? {
        ValueRef::Null => digest,
        scope => digest.with(scope),
    })
}

fn digest_of<'a>(
    table: u64,
    columns: usize,
    value: impl Fn(usize) -> rusqlite::Result<ValueRef<'a>>,
) -> rusqlite::Result<Digest> {
    Digest::of_row(table, (0..columns).map(value))
}

const fn apply(digests: &mut SetDigest, row: Digest, change: Change) {
    match change {
        Change::Added => digests.add(row),
        Change::Removed => digests.remove(row),
    }
}
