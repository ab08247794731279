//! The time that the rows of a ledger cover.

use gpu_carbon_core::{Interval, SLOT, Timestamp};

use super::plausible::STARTS;
use super::row_scan::LONGEST_ROW;
use super::snapshot::{Place, Snapshot};
use super::snapshot_error::SnapshotError;

/// The tables with rows.
const TABLES: [&str; 2] = ["entry", "presence"];

/// The interval from the start of the first row to the end of the last. Rows at times that no report reaches do not count,
/// and are noted.
pub(crate) fn extent_of(snapshot: &Snapshot) -> Result<Option<Interval>, SnapshotError> {
    note_rows_beyond(snapshot)?;
    let mut extent: Option<Interval> = None;
    let mut widen = |interval: Interval| {
        extent = Some(extent.map_or(interval, |so_far| so_far.hull(interval)));
    };
    // Rows are ordered by start, and differ in length. Each query has one range of the key, so that few rows are read.
    for table in TABLES {
        let bound = |function: &str| {
            let sql = format!(
                "SELECT {function}(start) FROM {table} WHERE start >= {} AND start < {}",
                STARTS.start, STARTS.end
            );
            snapshot.all(&sql, [], |row| Ok(row.get::<_, Option<i64>>(0)?))
        };
        for (function, reading) in [("min", "since_us"), ("max", "read_us")] {
            let start = match bound(function) {
                // The first or the last rows cannot be read: they are at the times of the readings.
                Err(SnapshotError::Corrupt(_)) => {
                    let at = time_of_reading(snapshot, function, reading)?;
                    let others = snapshot.gpus().iter().filter_map(|gpu| gpu.read_at);
                    at.into_iter().chain(others).for_each(|at| widen(Interval::instant(at)));
                    continue;
                }
                starts => starts?.first().copied().flatten(),
            };
            let Some(start) = start else { continue };
            // The last row to start need not be the last to end.
            let from = if function == "min" { start } else { start - LONGEST_ROW + 1 };
            let sql =
                format!("SELECT start, gpu, seconds FROM {table} WHERE start BETWEEN ?1 AND ?2");
            let read = snapshot.each(&sql, [from, start], &mut |row| {
                if let Ok(Place { interval, .. }) = snapshot.place(row) {
                    widen(interval);
                }
                Ok(())
            });
            match read {
                Err(SnapshotError::Corrupt(_)) => widen(slot_at(start)),
                read => read?,
            }
        }
    }
    Ok(extent)
}

/// Notes the rows at times that no report reaches.
fn note_rows_beyond(snapshot: &Snapshot) -> Result<(), SnapshotError> {
    for table in TABLES {
        // Each condition is a range of the key, so that no other row is read.
        for condition in [format!("< {}", STARTS.start), format!(">= {}", STARTS.end)] {
            let sql = format!("SELECT start FROM {table} WHERE start {condition}");
            let noted = snapshot.each(&sql, [], &mut |row| {
                let start: i64 = row.get(0)?;
                snapshot.damage.add(format!("a row begins {start} seconds after 1970"));
                Ok(())
            });
            match noted {
                Err(SnapshotError::Corrupt(reason)) => {
                    snapshot.damage.add(format!("some rows of {table} cannot be read: {reason}"));
                }
                noted => noted?,
            }
        }
    }
    Ok(())
}

/// The slot that starts at a time.
fn slot_at(start: i64) -> Interval {
    let start = Timestamp::from_unix_seconds(start);
    Interval::new(start, start + SLOT)
}

/// The time of the first or the last reading of a GPU. A time that no row can have is damage, and does not count; a
/// report by days would have millions.
fn time_of_reading(
    snapshot: &Snapshot,
    function: &str,
    column: &str,
) -> Result<Option<Timestamp>, SnapshotError> {
    let [first, end] = [STARTS.start, STARTS.end].map(|seconds| seconds * 1_000_000);
    let sql = format!(
        "SELECT {function}({column}) FROM gpu WHERE {column} >= {first} AND {column} < {end}"
    );
    match snapshot.all(&sql, [], |row| Ok(row.get::<_, Option<i64>>(0)?)) {
        Err(SnapshotError::Corrupt(_)) => Ok(None),
        times => Ok(times?.first().copied().flatten().map(Timestamp::from_unix_micros)),
    }
}
