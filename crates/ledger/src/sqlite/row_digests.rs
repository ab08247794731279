//! The digest of the rows of each GPU, updated with each change of a row.
//!
//! Temporary triggers report each row that is added, changed or deleted. They exist in the connection alone, so that the
//! file has none, and other programs can write it, which counts as damage.

use std::array;
use std::collections::BTreeMap;
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
pub(super) const EMBODIED: u64 = 10;

/// The columns of `entry` in the order in which they are digested.
pub(super) const ENTRY_COLUMNS: &str =
    "start, gpu, seconds, origin, counted_joules, integrated_joules, recovered_joules, grams";
/// The columns of `presence` in that order.
pub(super) const PRESENCE_COLUMNS: &str = "start, gpu, seconds, present_seconds, embodied_grams";
/// The columns of `share` in that order.
pub(super) const SHARE_COLUMNS: &str = "start, gpu, seconds, workload, joules, held_seconds";
/// The columns of `embodied` in that order.
pub(super) const EMBODIED_COLUMNS: &str =
    "since_us, gpu, gpu_grams, gpu_model, gpu_source, lifespan_us, server_grams, server_gpus,
    server_model, server_source";
/// The columns of `origin` in that order, without the scope, which comes last.
const ORIGIN_COLUMNS: &str = "id, zone, signal, pue, source, quality";

/// The number of these columns.
pub(super) const ENTRY_COUNT: usize = 8;
pub(super) const PRESENCE_COUNT: usize = 5;
pub(super) const SHARE_COUNT: usize = 6;
pub(super) const EMBODIED_COUNT: usize = 10;
/// The number of the columns of `origin`, with the scope.
const ORIGIN_COUNT: usize = 7;

/// The position of the GPU's id in a row of each table.
const GPU: usize = 1;

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
pub(super) struct OriginDigests(BTreeMap<i64, Digest>);

impl OriginDigests {
    /// Adds an origin, from a row of [`ORIGIN_COLUMNS`] and the scope.
    fn add(&mut self, row: &Row<'_>) -> Result<(), SqliteError> {
        self.0.insert(row.get(0)?, origin(&values(row)?));
        Ok(())
    }

    /// The digest of the origin with an id, as the last value of the digest of a row.
    fn value(&self, id: ValueRef<'_>) -> ValueRef<'static> {
        let id = id.as_i64().unwrap_or_default();
        let digest = self.0.get(&id).copied().unwrap_or(Digest::of_table(ORIGIN));
        ValueRef::Integer(digest.as_integer())
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
            for (table_name, table, columns) in
                [("presence", PRESENCE, 5), ("share", SHARE, 6), ("embodied", EMBODIED, 10)]
            {
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
            let digest = origin(&array::from_fn(|column| row.get_raw(column)));
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
        let tables = [
            ("entry", ENTRY_COLUMNS),
            ("presence", PRESENCE_COLUMNS),
            ("share", SHARE_COLUMNS),
            ("embodied", EMBODIED_COLUMNS),
        ];
        for (table, columns) in tables {
            let call = |name: &str, row: &str| {
                let columns = columns.split(',').map(|column| format!("{row}.{}", column.trim()));
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
        let values: [ValueRef<'_>; ENTRY_COUNT] = array::from_fn(|column| row.get_raw(column));
        let id = row.get(GPU)?;
        self.with(|changes| {
            let digest = entry(&changes.origins, &values);
            let of_gpu = changes.by_gpu.entry(id).or_default();
            apply(&mut of_gpu.rows, digest, change);
            if is_pending(&values) {
                apply(&mut of_gpu.pending, digest, change);
            }
        });
        Ok(Null)
    }

    /// Records a row of `presence`, `share` or `embodied`, by the number of the table.
    fn record_row(&self, table: u64, row: &Context<'_>, change: Change) -> rusqlite::Result<Null> {
        let values = (0..row.len()).map(|column| row.get_raw(column));
        let digest = values.fold(Digest::of_table(table), Digest::with);
        let id = row.get(GPU)?;
        self.with(|changes| apply(&mut changes.by_gpu.entry(id).or_default().rows, digest, change));
        Ok(Null)
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

/// The values of a row, each of which is read once.
pub(super) fn values<'row, const COUNT: usize>(
    row: &'row Row<'_>,
) -> rusqlite::Result<[ValueRef<'row>; COUNT]> {
    let mut values = [ValueRef::Null; COUNT];
    for (column, value) in values.iter_mut().enumerate() {
        *value = row.get_ref(column)?;
    }
    Ok(values)
}

/// Adds a row of [`ENTRY_COLUMNS`] to the digests of its GPU.
pub(super) fn add_entry(
    digests: &mut GpuDigests,
    origins: &OriginDigests,
    values: &[ValueRef<'_>; ENTRY_COUNT],
) {
    let digest = entry(origins, values);
    digests.rows.add(digest);
    if is_pending(values) {
        digests.pending.add(digest);
    }
}

/// Adds a row of [`PRESENCE_COLUMNS`] to the digests of its GPU.
pub(super) fn add_presence(digests: &mut GpuDigests, values: &[ValueRef<'_>; PRESENCE_COUNT]) {
    digests.rows.add(Digest::of_values(PRESENCE, values));
}

/// Adds a row of [`SHARE_COLUMNS`] to the digests of its GPU.
pub(super) fn add_share(digests: &mut GpuDigests, values: &[ValueRef<'_>; SHARE_COUNT]) {
    digests.rows.add(Digest::of_values(SHARE, values));
}

/// Adds a row of [`EMBODIED_COLUMNS`] to the digests of its GPU.
pub(super) fn add_embodied(digests: &mut GpuDigests, values: &[ValueRef<'_>; EMBODIED_COUNT]) {
    digests.rows.add(Digest::of_values(EMBODIED, values));
}

fn is_pending(values: &[ValueRef<'_>; ENTRY_COUNT]) -> bool {
    let [.., grams] = values;
    *grams == ValueRef::Null
}

fn entry(origins: &OriginDigests, values: &[ValueRef<'_>; ENTRY_COUNT]) -> Digest {
    let &[_, _, _, origin, ..] = values;
    Digest::of_values(ENTRY, values).with(origins.value(origin))
}

/// The digest of an origin. An unknown scope adds nothing to it, so that it is that of version 2, which has no scopes.
fn origin(values: &[ValueRef<'_>; ORIGIN_COUNT]) -> Digest {
    let [before @ .., scope] = values;
    let digest = Digest::of_values(ORIGIN, before);
    match scope {
        ValueRef::Null => digest,
        &scope => digest.with(scope),
    }
}

const fn apply(digests: &mut SetDigest, row: Digest, change: Change) {
    match change {
        Change::Added => digests.add(row),
        Change::Removed => digests.remove(row),
    }
}
