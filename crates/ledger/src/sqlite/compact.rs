//! Compaction: the rows of old slots are merged into rows of an hour or a day.

use gpu_carbon_core::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

use super::conversion;
use super::error::SqliteError;
use super::share::ADD_SHARE;
use super::time::unix_seconds;
use super::write::{ADD_ENTRY, ADD_PRESENCE, delete_empty};
use crate::compact::{Compacted, Retention};

const HOUR: i64 = 3600;
const DAY: i64 = 86_400;

/// The tables whose rows are merged.
const TABLES: [&str; 3] = ["entry", "presence", "share"];

/// Merges the rows of the oldest day that has rows to merge. The caller commits.
pub(super) fn oldest_day(
    connection: &Connection,
    now: Timestamp,
    retention: Retention,
) -> Result<Compacted, SqliteError> {
    for (length, age) in [(HOUR, retention.hours_after()), (DAY, retention.days_after())] {
        let until = floor(unix_seconds(now - age), length);
        if let Some(oldest) = oldest_start(connection, length, until)? {
            let from = floor(oldest, DAY);
            let to = until.min(from.saturating_add(DAY));
            return Ok(Compacted { rows: merge(connection, length, from, to)?, done: false });
        }
    }
    Ok(Compacted { rows: 0, done: true })
}

/// The start of the first row that is shorter than `length` and starts before `until`.
fn oldest_start(
    connection: &Connection,
    length: i64,
    until: i64,
) -> Result<Option<i64>, SqliteError> {
    let mut first = None;
    for table in TABLES {
        let mut find = connection.prepare_cached(&format!(
            "SELECT start FROM {table} WHERE seconds < ?1 AND start < ?2 ORDER BY start LIMIT 1"
        ))?;
        let start: Option<i64> = find.query_row([length, until], |row| row.get(0)).optional()?;
        first = first.into_iter().chain(start).min();
    }
    Ok(first)
}

/// Merges the shorter rows from `from` to `to` into rows of `length`. Returns the number of rows that were merged.
fn merge(connection: &Connection, length: i64, from: i64, to: i64) -> Result<usize, SqliteError> {
    // SQLite's remainder has the sign of the dividend.
    let whole = "start - (start % ?1 + ?1) % ?1";
    connection
        .prepare_cached(&format!(
            "INSERT INTO entry
             SELECT {whole} AS whole, gpu, ?1, origin, sum(counted_joules), sum(integrated_joules),
                sum(recovered_joules), sum(grams)
             FROM entry WHERE start >= ?2 AND start < ?3 AND seconds < ?1 GROUP BY whole, gpu, origin
             ON CONFLICT DO UPDATE SET {ADD_ENTRY}"
        ))?
        .execute([length, from, to])?;
    connection
        .prepare_cached(&format!(
            "INSERT INTO presence
             SELECT {whole} AS whole, gpu, ?1, sum(present_seconds), sum(embodied_grams)
             FROM presence WHERE start >= ?2 AND start < ?3 AND seconds < ?1 GROUP BY whole, gpu
             ON CONFLICT DO UPDATE SET {ADD_PRESENCE}"
        ))?
        .execute([length, from, to])?;
    connection
        .prepare_cached(&format!(
            "INSERT INTO share
             SELECT {whole} AS whole, gpu, ?1, workload, sum(joules), sum(held_seconds)
             FROM share WHERE start >= ?2 AND start < ?3 AND seconds < ?1 GROUP BY whole, gpu, workload
             ON CONFLICT DO UPDATE SET {ADD_SHARE}"
        ))?
        .execute([length, from, to])?;
    let mut rows = 0;
    for table in TABLES {
        let mut delete = connection.prepare_cached(&format!(
            "DELETE FROM {table} WHERE start >= ?2 AND start < ?3 AND seconds < ?1"
        ))?;
        rows += delete.execute([length, from, to])?;
    }
    conversion::delete_before(connection, to)?;
    delete_empty(
        connection,
        "start >= ?1 AND start < ?2 AND seconds = ?3",
        params![from, to, length],
    )?;
    Ok(rows)
}

/// The last multiple of a length that is not after a time.
fn floor(seconds: i64, length: i64) -> i64 {
    seconds.saturating_sub(seconds.rem_euclid(length))
}
