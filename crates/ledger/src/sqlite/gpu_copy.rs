//! The second copy of the rows of `gpu`, with the digests of the rows that belong to each GPU.
//!
//! It lies in another page of the file than the row. Of both, one is right after damage of one page, and the digest
//! tells which.

use rusqlite::types::{Value, ValueRef};
use rusqlite::{Connection, OptionalExtension, Row, params_from_iter};

use super::digest::{Digest, SetDigest};
use super::error::SqliteError;
use super::row_digests::{GpuDigests, RowDigests};
use super::unsettled;

/// The columns of `gpu` that are copied, beside those of [`unsettled`]. The name and the index are read from the GPU again.
const COLUMNS: &str = "id, uuid, since_us, energy_joules, emissions_grams, restated_grams,
    published_grams, embodied_grams, recovered_joules, unseen_seconds, resets, carried_joules,
    carried_grams, carried_embodied_grams, read_us, read_millijoules, read_boot, read_uptime_us,
    read_driver";
/// The number of these columns.
const COUNT: usize = 19;

/// The number that begins the digest of a copy.
const GPU_COPY: u64 = 4;

/// A copy that was read.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct GpuCopy {
    /// The values of [`COLUMNS`], and of those of [`unsettled`] in a file that has them.
    values: Vec<Value>,
    /// The digests of the GPU's rows.
    pub(super) digests: GpuDigests,
    /// True if the copy is as it was written.
    pub(super) is_intact: bool,
}

impl GpuCopy {
    /// Reads the copy of a GPU's row; `None` where there is none.
    pub(super) fn read(connection: &Connection, id: i64) -> Result<Option<GpuCopy>, SqliteError> {
        let mut find = connection.prepare_cached("SELECT * FROM gpu_copy WHERE id = ?1")?;
        let mut rows = find.query([id])?;
        let Some(row) = rows.next()? else { return Ok(None) };
        let digest = |column| Ok::<_, SqliteError>(SetDigest::from_integer(row.get(column)?));
        let digests = GpuDigests { rows: digest(COUNT)?, pending: digest(COUNT + 1)? };
        let unsettled = COUNT + 3..row.as_ref().column_count();
        let values = values(row, (0..COUNT).chain(unsettled))?;
        let stored: i64 = row.get(COUNT + 2)?;
        let is_intact = stored == digest_of(&values, digests).as_integer();
        Ok(Some(GpuCopy { values, digests, is_intact }))
    }

    /// Reports whether the row of a GPU has the same values.
    pub(super) fn equals_row(&self, connection: &Connection, id: i64) -> Result<bool, SqliteError> {
        Ok(original(connection, id)?.is_some_and(|row| row == self.values))
    }
}

/// Writes the copies of all GPUs of a file that had none, with the digests of their rows.
pub(super) fn write_all(
    connection: &Connection,
    digests: impl Fn(i64) -> GpuDigests,
) -> Result<(), SqliteError> {
    let mut statement = connection.prepare("SELECT id FROM gpu")?;
    let ids = statement.query_map([], |row| row.get(0))?.collect::<Result<Vec<i64>, _>>()?;
    ids.into_iter().try_for_each(|id| write(connection, id, digests(id)))
}

/// Updates the copies of all GPUs that have changed, or whose rows have. The caller commits.
pub(super) fn update(connection: &Connection, changes: &RowDigests) -> Result<(), SqliteError> {
    for (id, changed) in changes.take() {
        let mut find = connection
            .prepare_cached("SELECT rows_digest, pending_digest FROM gpu_copy WHERE id = ?1")?;
        let before = find.query_row([id], |row| {
            let digest =
                |column| Ok::<_, rusqlite::Error>(SetDigest::from_integer(row.get(column)?));
            Ok(GpuDigests { rows: digest(0)?, pending: digest(1)? })
        });
        write(connection, id, before.optional()?.unwrap_or_default().plus(changed))?;
    }
    Ok(())
}

/// Copies one row of `gpu`.
fn write(connection: &Connection, id: i64, digests: GpuDigests) -> Result<(), SqliteError> {
    let missing = || SqliteError::Unsound(format!("there is no GPU with the id {id}"));
    let mut columns = original(connection, id)?.ok_or_else(missing)?;
    let digest = digest_of(&columns, digests);
    let digests = [digests.rows.as_integer(), digests.pending.as_integer(), digest.as_integer()];
    columns.splice(COUNT..COUNT, digests.map(Value::Integer));
    let places = vec!["?"; columns.len()].join(", ");
    let mut insert =
        connection.prepare_cached(&format!("INSERT OR REPLACE INTO gpu_copy VALUES ({places})"))?;
    insert.execute(params_from_iter(columns))?;
    Ok(())
}

/// The values of the row of a GPU that are copied; `None` where there is none.
fn original(connection: &Connection, id: i64) -> Result<Option<Vec<Value>>, SqliteError> {
    let mut columns = COLUMNS.to_owned();
    if unsettled::are_in(connection) {
        columns += ", ";
        columns += unsettled::COLUMNS;
    }
    let mut find =
        connection.prepare_cached(&format!("SELECT {columns} FROM gpu WHERE id = ?1"))?;
    let mut rows = find.query([id])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    Ok(Some(values(row, 0..row.as_ref().column_count())?))
}

fn values(row: &Row<'_>, columns: impl Iterator<Item = usize>) -> Result<Vec<Value>, SqliteError> {
    Ok(columns.map(|column| row.get(column)).collect::<Result<_, _>>()?)
}

/// The digest of a copy. Without open questions, it is that of version 3, which has no columns for them.
fn digest_of(values: &[Value], digests: GpuDigests) -> Digest {
    let with = |digest: Digest, value: &Value| digest.with(ValueRef::from(value));
    let (of_row, unsettled) = values.split_at(COUNT.min(values.len()));
    let of_row = of_row.iter().fold(Digest::of_table(GPU_COPY), with);
    let of_rows = [digests.rows, digests.pending]
        .into_iter()
        .fold(of_row, |digest, set| digest.with(ValueRef::Integer(set.as_integer())));
    if unsettled.iter().all(|value| *value == Value::Null) {
        return of_rows;
    }
    unsettled.iter().fold(of_rows, with)
}
