//! A connection that only reads, and leaves no trace.

use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use gpu_carbon_core::{Interval, Pue, Quality, Signal, Span, Timestamp};
use rusqlite::{Connection, ErrorCode, OpenFlags, Row};
use tempfile::TempDir;

use super::schema::VERSION;
use super::{PATIENCE, fault, schema};
use crate::files::beside;
use crate::posting::Origin;
use crate::reader::{Carried, Gpu, Stay, Use};

/// The longest that a row stands for: a day.
const LONGEST: i64 = 86_400;

/// Rows begin from 1970 to 2199, in seconds of UTC: what is beyond is damage, ...
const TIMES: std::ops::Range<i64> = 0..7_258_118_400;
/// ... as are joules, grams or seconds beyond what mankind uses in a millennium, ...
const MOST: f64 = 1e24;

/// Why a ledger cannot be read; which one, those who ask know.
#[derive(Debug)]
pub(crate) enum Unread {
    Unreadable(String),
    NotALedger(String),
    Newer(i32),
    Corrupt(String),
    Changed,
}

/// A transaction that reads.
#[derive(Debug)]
pub(crate) struct Reading {
    connection: Connection,
    gpus: Vec<(i64, Option<i64>)>,
    origins: Vec<i64>,
    /// Where nobody wrote when it was opened, and nobody may have since: nothing else tells.
    resting: Option<(PathBuf, Stamp)>,
    /// What is read in place of the ledger, where that cannot be read without a trace.
    _copy: Option<TempDir>,
}

/// What a file shows when it has been written to.
type Stamp = [Option<(u64, SystemTime)>; 2];

impl Reading {
    /// Opens a file that says that it is a ledger.
    ///
    /// Where a writer is, or one was killed, SQLite's log and its index stand beside the file, and are read in
    /// place. Without a log the file is read as it stands. A log without its index, as a copy may have it, would
    /// need a new one: then a copy of both is read.
    pub(crate) fn begin(path: &Path) -> Result<Reading, Unread> {
        let before = stamp(path)?;
        let [_, log] = before;
        let has_log = log.is_some_and(|(length, _)| length > 0);
        let has_index = || beside(path, "-shm").exists();
        let mut reading = if log.is_some() && has_index() {
            Reading::over(connect(path, "mode=ro&readonly_shm=1")?, None, None)
        } else if has_log {
            let folder = tempfile::tempdir()?;
            let copy = folder.path().join("ledger.db");
            std::fs::copy(path, &copy)?;
            std::fs::copy(beside(path, "-wal"), beside(&copy, "-wal"))?;
            if stamp(path)? != before || has_index() {
                return Err(Unread::Changed);
            }
            Reading::over(connect(&copy, "mode=rw")?, None, Some(folder))
        } else {
            let resting = (path.to_owned(), before);
            Reading::over(connect(path, "mode=ro&immutable=1")?, Some(resting), None)
        };
        reading.connection.busy_timeout(PATIENCE)?;
        reading.connection.execute_batch(
            "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA temp_store = MEMORY;
             PRAGMA query_only = ON; BEGIN;",
        )?;
        reading.check()?;
        reading.gpus = reading.all("SELECT id, read_us FROM gpu ORDER BY place, id", |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?;
        reading.origins =
            reading.all("SELECT id FROM origin ORDER BY id", |row| Ok(row.get(0)?))?;
        Ok(reading)
    }

    fn over(
        connection: Connection,
        resting: Option<(PathBuf, Stamp)>,
        copy: Option<TempDir>,
    ) -> Reading {
        Reading { connection, gpus: Vec::new(), origins: Vec::new(), resting, _copy: copy }
    }

    /// Whether it is a ledger that this program knows.
    fn check(&self) -> Result<(), Unread> {
        let pragma =
            |name| self.connection.pragma_query_value(None, name, |row| row.get::<_, i32>(0));
        if pragma("application_id")? != schema::APPLICATION {
            return Err(Unread::NotALedger("the SQLite database of another program".to_owned()));
        }
        match pragma("user_version")? {
            found if found > VERSION => Err(Unread::Newer(found)),
            1.. => Ok(()),
            found => Err(Unread::Corrupt(format!("no ledger is of version {found}"))),
        }
    }

    /// Every GPU, by where they stand.
    pub(crate) fn gpus(&self) -> Result<Vec<Gpu>, Unread> {
        self.all(
            "SELECT uuid, name, place, read_us, carried_joules, carried_grams, carried_embodied_grams,
                unseen_seconds FROM gpu ORDER BY place, id",
            |row| {
                let read: Option<i64> = row.get(3)?;
                Ok(Gpu {
                    uuid: row.get(0)?,
                    name: row.get(1)?,
                    index: row.get(2)?,
                    read_at: read.map(Timestamp::from_unix_micros),
                    carried: Carried {
                        joules: finite(row, 4)?,
                        grams: finite(row, 5)?,
                        embodied_grams: finite(row, 6)?,
                    },
                    unseen_seconds: finite(row, 7)?,
                })
            },
        )
    }

    /// Every origin, in the order in which they occurred.
    pub(crate) fn origins(&self) -> Result<Vec<Origin>, Unread> {
        let unknown =
            |name: &str| Unread::Corrupt(fault::in_a_line(&format!("an origin with `{name}`")));
        self.all("SELECT zone, signal, pue, source, quality FROM origin ORDER BY id", |row| {
            let (zone, signal): (String, String) = (row.get(0)?, row.get(1)?);
            let signal = Signal::named(&signal).ok_or_else(|| unknown(&signal))?;
            let pue: f64 = row.get(2)?;
            let pue = Pue::from_number(pue).map_err(|why| Unread::Corrupt(why.to_string()))?;
            let (source, quality): (Option<String>, Option<String>) = (row.get(3)?, row.get(4)?);
            let quality = quality
                .map(|name| Quality::named(&name).ok_or_else(|| unknown(&name)))
                .transpose()?;
            Ok(Origin { zone: zone.into(), signal, pue, price: source.map(Arc::from).zip(quality) })
        })
    }

    /// From the beginning of the first row to the end of the last.
    pub(crate) fn extent(&self) -> Result<Option<Interval>, Unread> {
        let mut extent: Option<Interval> = None;
        let mut widen = |interval: Interval| {
            extent = Some(extent.map_or(interval, |so_far| so_far.hull(interval)));
        };
        // Rows begin in order; how long they last differs.
        for table in ["entry", "presence"] {
            let ends = format!("> (SELECT max(start) FROM {table}) - {LONGEST}");
            for those in [format!("= (SELECT min(start) FROM {table})"), ends] {
                let sql = format!("SELECT start, gpu, seconds FROM {table} WHERE start {those}");
                self.each(&sql, [], &mut |row| {
                    widen(self.interval(row)?.0);
                    Ok(())
                })?;
            }
        }
        Ok(extent)
    }

    /// Uses in rows that overlap a time.
    pub(crate) fn uses(&self, within: Interval, each: &mut dyn FnMut(Use)) -> Result<(), Unread> {
        let sql = "SELECT start, gpu, seconds, origin, counted_joules, integrated_joules,
                recovered_joules, grams
             FROM entry WHERE start > ?1 AND start < ?2 ORDER BY start, gpu, seconds, origin";
        self.each(sql, bounds(within), &mut |row| {
            let (interval, gpu) = self.interval(row)?;
            if !overlap(interval, within) {
                return Ok(());
            }
            let id: i64 = row.get(3)?;
            let origin = self.origins.binary_search(&id);
            let origin =
                origin.map_err(|_| Unread::Corrupt(format!("no origin has the id {id}")))?;
            let joules = [finite(row, 4)?, finite(row, 5)?, finite(row, 6)?];
            let grams: Option<f64> = row.get(7)?;
            let grams = grams.map(amount).transpose()?;
            each(Use { gpu, interval, origin, joules, grams });
            Ok(())
        })
    }

    /// Stays in rows that overlap a time.
    pub(crate) fn stays(&self, within: Interval, each: &mut dyn FnMut(Stay)) -> Result<(), Unread> {
        let sql = "SELECT start, gpu, seconds, present_seconds, embodied_grams
             FROM presence WHERE start > ?1 AND start < ?2 ORDER BY start, gpu, seconds";
        self.each(sql, bounds(within), &mut |row| {
            let (interval, gpu) = self.interval(row)?;
            if overlap(interval, within) {
                let (seconds, embodied_grams) = (finite(row, 3)?, finite(row, 4)?);
                each(Stay { gpu, interval, seconds, embodied_grams });
            }
            Ok(())
        })
    }

    /// When a row is of, and the place of its GPU, from its columns start, gpu and seconds. A row that is still
    /// being added to ends when its GPU was read.
    fn interval(&self, row: &Row<'_>) -> Result<(Interval, usize), Unread> {
        let (start, id, seconds): (i64, i64, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let found = self.gpus.iter().enumerate().find(|(_, (known, _))| *known == id);
        let Some((place, &(_, read))) = found else {
            return Err(Unread::Corrupt(format!("no GPU has the id {id}")));
        };
        let length = u64::try_from(seconds).ok().filter(|_| (1..=LONGEST).contains(&seconds));
        let length =
            length.ok_or_else(|| Unread::Corrupt(format!("a row lasts {seconds} seconds")))?;
        if !TIMES.contains(&start) {
            return Err(Unread::Corrupt(format!("a row begins {start} seconds after 1970")));
        }
        let start = Timestamp::from_unix_seconds(start);
        let whole = Interval::new(start, start + Span::from_seconds(length));
        let read = read.map(Timestamp::from_unix_micros);
        let interval = match read.map(|read| whole.split_at(read)) {
            Some((Some(until), Some(_))) => until,
            _ => whole,
        };
        Ok((interval, place))
    }

    fn all<T>(
        &self,
        sql: &str,
        mut read: impl FnMut(&Row<'_>) -> Result<T, Unread>,
    ) -> Result<Vec<T>, Unread> {
        let mut all = Vec::new();
        self.each(sql, [], &mut |row| {
            all.push(read(row)?);
            Ok(())
        })?;
        Ok(all)
    }

    /// Reads each row, and then looks whether the file has stayed as it was.
    fn each(
        &self,
        sql: &str,
        params: impl rusqlite::Params,
        read: &mut dyn FnMut(&Row<'_>) -> Result<(), Unread>,
    ) -> Result<(), Unread> {
        let scan = || {
            let mut statement = self.connection.prepare(sql)?;
            let mut rows = statement.query(params)?;
            while let Some(row) = rows.next()? {
                read(row)?;
            }
            Ok(())
        };
        let outcome: Result<(), Unread> = scan();
        match &self.resting {
            Some((path, before)) if stamp(path)? != *before => Err(Unread::Changed),
            _ => outcome,
        }
    }
}

/// A connection with parameters of SQLite's own, which only an address can carry.
fn connect(path: &Path, parameters: &str) -> Result<Connection, Unread> {
    let mut address = "file:".to_owned();
    for &byte in std::path::absolute(path)?.as_os_str().as_bytes() {
        match byte {
            b'/' | b'.' | b'-' | b'_' => address.push(char::from(byte)),
            byte if byte.is_ascii_alphanumeric() => address.push(char::from(byte)),
            byte => address += &format!("%{byte:02X}"),
        }
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE // what may be done, mode says
        | OpenFlags::SQLITE_OPEN_NO_MUTEX
        | OpenFlags::SQLITE_OPEN_URI;
    Ok(Connection::open_with_flags(format!("{address}?{parameters}"), flags)?)
}

/// The database and its log.
fn stamp(path: &Path) -> io::Result<Stamp> {
    let of = |path: &Path| match path.metadata() {
        Ok(metadata) => Ok(Some((metadata.len(), metadata.modified()?))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    };
    Ok([of(path)?, of(&beside(path, "-wal"))?])
}

/// Rows that begin between these, in seconds of UTC, are all that may overlap a time.
fn bounds(within: Interval) -> [i64; 2] {
    let seconds = |moment: Timestamp| moment.as_unix_micros().div_euclid(1_000_000);
    [seconds(within.start()).saturating_sub(LONGEST + 1), seconds(within.end()).saturating_add(1)]
}

fn overlap(one: Interval, other: Interval) -> bool {
    one.start() < other.end() && other.start() < one.end()
}

fn finite(row: &Row<'_>, column: usize) -> Result<f64, Unread> {
    amount(row.get(column)?)
}

fn amount(value: f64) -> Result<f64, Unread> {
    if value.abs() <= MOST {
        Ok(value)
    } else {
        Err(Unread::Corrupt(format!("an amount of {value}")))
    }
}

impl From<io::Error> for Unread {
    fn from(error: io::Error) -> Unread {
        Unread::Unreadable(error.to_string())
    }
}

impl From<rusqlite::Error> for Unread {
    fn from(error: rusqlite::Error) -> Unread {
        let why = fault::said(&error);
        match error.sqlite_error_code() {
            // None: not SQLite's own, but a column of another type than the schema says.
            None
            | Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase | ErrorCode::Unknown) => {
                Unread::Corrupt(why)
            }
            // A writer was just at the index of its log, which a reader may not mend.
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked | ErrorCode::ReadOnly) => {
                Unread::Changed
            }
            Some(_) => Unread::Unreadable(why),
        }
    }
}
