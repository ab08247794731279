//! The rows of a table that may be damaged, in the order of their keys.
//!
//! Where SQLite cannot read a page, the reading goes on behind it. A damaged page may also have its rows out of order, or be
//! its own child: each row that is returned has a higher key than the one before it, so that none counts twice, and that
//! the reading ends.

use std::fmt;

use gpu_carbon_core::Interval;
use rusqlite::Row;

use super::damage_notes::DamageNotes;
use super::plausible::Implausible;
use super::row_digests::{ENTRY_COLUMNS, PRESENCE_COLUMNS, SHARE_COLUMNS};
use super::snapshot_error::SnapshotError;
use super::time::unix_seconds;

/// The longest interval of a row, in seconds: a day.
pub(super) const LONGEST_ROW: i64 = 86_400;
/// The shortest interval of a row, in seconds: a slot.
const SHORTEST_ROW: i64 = 300;

/// The part of a stretch that cannot be read by which the next attempt lies behind it: a 64th.
const SMALL_PART: i64 = 64;

/// The largest number of attempts to read on behind damage. A damaged page of a year of 16 GPUs takes ten.
const MOST_ATTEMPTS: usize = 10_000;

/// The number of rows out of order after which the reading goes on behind them. A page has fewer rows.
const MOST_OUT_OF_ORDER: usize = 500;

/// The reason for rows that are left out behind such rows.
const OUT_OF_ORDER: &str = "its rows are out of order";

/// The columns of a key.
const KEY_COLUMNS: usize = 4;

/// A table of rows by time.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) name: &'static str,
    /// The columns, of which those of the primary key come first.
    pub(super) columns: &'static str,
    /// The primary key, of which the start comes first, then the GPU and the length.
    pub(super) key: &'static str,
}

pub(super) const ENTRY: Table =
    Table { name: "entry", columns: ENTRY_COLUMNS, key: "start, gpu, seconds, origin" };

pub(super) const PRESENCE: Table =
    Table { name: "presence", columns: PRESENCE_COLUMNS, key: "start, gpu, seconds" };

pub(super) const SHARE: Table =
    Table { name: "share", columns: SHARE_COLUMNS, key: "start, gpu, seconds, workload" };

/// The parameters of a query of all rows: its limit and its offset.
pub(super) const ALL_ROWS: [i64; 2] = [-1, 0];

/// A file that may be damaged.
pub(super) trait Readable {
    /// Reads each row of a query with two parameters.
    fn each(
        &self,
        sql: &str,
        params: [i64; 2],
        read: &mut dyn FnMut(&Row<'_>) -> Result<(), SnapshotError>,
    ) -> Result<(), SnapshotError>;

    /// The notes on rows that are left out.
    fn damage(&self) -> &DamageNotes;
}

/// The primary key of a row. A column that is no integer comes before each integer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Key([Option<i64>; KEY_COLUMNS]);

impl Table {
    fn key_of(&self, row: &Row<'_>) -> Key {
        let columns = self.key.split(',').count();
        let mut key = [None; KEY_COLUMNS];
        for (column, value) in key.iter_mut().enumerate().take(columns) {
            *value = row.get(column).ok();
        }
        Key(key)
    }
}

impl Key {
    /// The key before all rows that start later than a time.
    const fn after(seconds: i64) -> Key {
        Key([Some(seconds), Some(i64::MAX), Some(i64::MAX), Some(i64::MAX)])
    }

    const fn start(self) -> Option<i64> {
        let Key([start, ..]) = self;
        start
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Key(columns) = self;
        let [start, gpu, seconds, _] =
            columns.map(|value| value.map_or_else(|| "?".to_owned(), |value| value.to_string()));
        write!(f, "at start {start}, gpu {gpu}, seconds {seconds}")
    }
}

/// A row that was read. It is accepted when the next one has a higher key.
type Parsed<T> = Result<Option<T>, Implausible>;

/// The reading of a table.
struct Scan<'a, T> {
    file: &'a dyn Readable,
    table: &'a Table,
    visit: &'a mut dyn FnMut(T),
    /// The start, in seconds of UTC, from which on no row counts.
    end: i64,
    /// The key of the last row that was accepted.
    last: Key,
    held: Option<(Key, Parsed<T>)>,
    /// The start of the rows that cannot be read, and the reason.
    gap: Option<(i64, String)>,
    out_of_order: usize,
}

/// Calls `visit` for each row of a table that may overlap an interval, as `parse` returns it, ordered by key. A row that
/// `parse` rejects is noted; so are the rows that cannot be read.
pub(super) fn rows<T>(
    file: &dyn Readable,
    table: &Table,
    within: Interval,
    parse: &dyn Fn(&Row<'_>) -> Parsed<T>,
    visit: &mut dyn FnMut(T),
) -> Result<(), SnapshotError> {
    let [mut after, end] = bounds(within);
    let begin = after.saturating_add(LONGEST_ROW);
    let Table { name, columns, key } = table;
    // Without an upper bound, which a start that is too high by damage would seem to have reached.
    let all = format!("SELECT {columns} FROM {name} WHERE start > ?1 AND ?2 ORDER BY {key}");
    let last_start = format!(
        "SELECT start FROM {name} WHERE start > ?1 AND start < ?2 ORDER BY start DESC LIMIT 1"
    );
    let last = Key::after(after);
    let mut scan = Scan { file, table, visit, end, last, held: None, gap: None, out_of_order: 0 };
    let (mut step, mut unreadable_from) = (SHORTEST_ROW, after);
    for _ in 0..MOST_ATTEMPTS {
        (scan.last, scan.out_of_order) = (Key::after(after), 0);
        let mut is_over = false;
        let read = file.each(&all, [after, 1], &mut |row| {
            is_over = scan.add(table.key_of(row), parse(row))?;
            if is_over { Err(SnapshotError::Changed) } else { Ok(()) }
        });
        let read = if is_over { Ok(()) } else { read };
        scan.accept();
        let reached = scan.last.start().unwrap_or(after).min(end);
        // Several such rows in turn end it.
        let outcome = read.and_then(|()| {
            file.each(&last_start, [reached, end], &mut |row| {
                let start: i64 = row.get(0)?;
                let is_over = start <= reached;
                if is_over { Ok(()) } else { Err(SnapshotError::Corrupt(OUT_OF_ORDER.to_owned())) }
            })
        });
        match outcome {
            Err(SnapshotError::Corrupt(reason)) => {
                scan.gap.get_or_insert((reached, reason));
                if reached > after {
                    (after, step, unreadable_from) = (reached, SHORTEST_ROW, reached);
                } else {
                    // Rows of a day may start before the interval, and most tables begin with it.
                    let next = after.saturating_add(step);
                    if after < begin && next > begin {
                        (after, step) = (begin, SHORTEST_ROW / 2);
                    } else {
                        after = next;
                    }
                    let small = after.saturating_sub(unreadable_from) / SMALL_PART;
                    step = (2 * step).min(small.max(LONGEST_ROW));
                }
            }
            Err(error) => return Err(error),
            Ok(()) => after = end,
        }
        if after >= end {
            break;
        }
    }
    scan.end_gap(end);
    Ok(())
}

impl<T> Scan<'_, T> {
    /// Adds the next row, and reports whether no later one counts. Of two rows that are out of order, the one is left out
    /// after which the reading can go on.
    fn add(&mut self, key: Key, parsed: Parsed<T>) -> Result<bool, SnapshotError> {
        let before = self.held.as_ref().map_or(self.last, |(held, _)| *held);
        if key > before {
            self.accept();
            self.held = Some((key, parsed));
            return Ok(self.last.start().is_some_and(|start| start >= self.end));
        }
        let left_out = if key > self.last {
            self.held.replace((key, parsed)).map_or(key, |(held, _)| held)
        } else {
            key
        };
        self.note(left_out, "it is out of order");
        self.out_of_order += 1;
        if self.out_of_order > MOST_OUT_OF_ORDER {
            return Err(SnapshotError::Corrupt(OUT_OF_ORDER.to_owned()));
        }
        Ok(false)
    }

    /// Accepts the row that was read last.
    fn accept(&mut self) {
        let Some((key, parsed)) = self.held.take() else { return };
        let start = key.start().unwrap_or(self.end).min(self.end);
        self.end_gap(start);
        self.last = key;
        if start == self.end {
            return;
        }
        match parsed {
            Ok(Some(row)) => (self.visit)(row),
            Ok(None) => {}
            Err(Implausible(reason)) => self.note(key, &reason),
        }
    }

    fn end_gap(&mut self, until: i64) {
        if let Some((from, reason)) = self.gap.take() {
            let name = self.table.name;
            self.file.damage().add(format!(
                "rows of {name} from {from} to {until} seconds after 1970 are left out: {reason}"
            ));
        }
    }

    fn note(&self, key: Key, reason: &str) {
        let name = self.table.name;
        self.file.damage().add(format!("the row of {name} {key} is left out: {reason}"));
    }
}

/// The starts between which all rows lie that overlap an interval, in seconds of UTC, both exclusive.
fn bounds(within: Interval) -> [i64; 2] {
    [
        unix_seconds(within.start()).saturating_sub(LONGEST_ROW + 1),
        unix_seconds(within.end()).saturating_add(1),
    ]
}
