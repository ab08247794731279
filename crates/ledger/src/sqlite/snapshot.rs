//! A connection that only reads, and changes no file.

use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use gpu_carbon_core::{Interval, Pue, Quality, Signal, Span, Timestamp};
use rusqlite::{Connection, OpenFlags, Row};
use tempfile::TempDir;

use super::connection::BUSY_TIMEOUT;
use super::error::single_line;
use super::schema::{APPLICATION_ID, VERSION};
use super::snapshot_error::SnapshotError;
use super::time::unix_seconds;
use super::write::UNKNOWN_EMBODIED_GRAMS;
use crate::energy_source::EnergyBySource;
use crate::files::beside;
use crate::posting::{IntensitySource, Origin};
use crate::rows::{Carried, Gpu, PresenceRow, UsageRow};

/// The longest interval of a row, in seconds: a day.
const LONGEST_ROW: i64 = 86_400;

/// The starts that rows have, in seconds of UTC: from 1970 to 2199. Others are damage.
const STARTS: std::ops::Range<i64> = 0..7_258_118_400;
/// The highest amount of joules, grams or seconds, above all that humanity uses in a millennium. Higher ones are damage.
const HIGHEST_AMOUNT: f64 = 1e24;

/// An open read transaction.
#[derive(Debug)]
pub(crate) struct Snapshot {
    connection: Connection,
    gpus: Vec<GpuKey>,
    /// The ids of the origins, ascending.
    origins: Vec<i64>,
    /// A ledger without a writer, which is read without locks: only its modification stamps show that a writer has started since.
    unlocked: Option<Unlocked>,
    /// The copy that is read instead of the ledger, where reading the ledger itself would change a file.
    _copy: Option<TempDir>,
}

/// The columns of a GPU that rows refer to.
#[derive(Debug)]
struct GpuKey {
    id: i64,
    read_us: Option<i64>,
}

/// A ledger that is read without locks, and its files when it was opened.
#[derive(Debug)]
struct Unlocked {
    path: PathBuf,
    opened: Modifications,
}

/// The modification stamps of a database and its log; `None` for a file that does not exist.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Modifications {
    database: Option<Modification>,
    log: Option<Modification>,
}

/// The attributes of a file that change when it is written.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Modification {
    length: u64,
    modified: SystemTime,
}

impl Modifications {
    fn at(path: &Path) -> io::Result<Modifications> {
        let modification = |path: &Path| match path.metadata() {
            Ok(metadata) => {
                Ok(Some(Modification { length: metadata.len(), modified: metadata.modified()? }))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        };
        Ok(Modifications {
            database: modification(path)?,
            log: modification(&beside(path, "-wal"))?,
        })
    }
}

/// A row's interval and the position of its GPU.
struct Place {
    interval: Interval,
    gpu: usize,
}

impl Snapshot {
    /// Opens a file whose header is a ledger's.
    ///
    /// Beside a running or killed writer, SQLite's log and the log's index exist, and are read in place. Without a
    /// log the database alone is read. A log without its index, as in a copy, would need a new index: then a copy of
    /// database and log is read.
    pub(crate) fn open(path: &Path) -> Result<Snapshot, SnapshotError> {
        let before = Modifications::at(path)?;
        let log = before.log;
        let has_log = log.is_some_and(|it| it.length > 0);
        let has_index = || beside(path, "-shm").exists();
        let mut snapshot = if log.is_some() && has_index() {
            Snapshot::new(connect(path, "mode=ro&readonly_shm=1")?, None, None)
        } else if has_log {
            let folder = tempfile::tempdir()?;
            let copy = folder.path().join("ledger.db");
            std::fs::copy(path, &copy)?;
            std::fs::copy(beside(path, "-wal"), beside(&copy, "-wal"))?;
            if Modifications::at(path)? != before || has_index() {
                return Err(SnapshotError::Changed);
            }
            Snapshot::new(connect(&copy, "mode=rw")?, None, Some(folder))
        } else {
            let unlocked = Unlocked { path: path.to_owned(), opened: before };
            Snapshot::new(connect(path, "mode=ro&immutable=1")?, Some(unlocked), None)
        };
        snapshot.connection.busy_timeout(BUSY_TIMEOUT)?;
        snapshot.connection.execute_batch(
            "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA temp_store = MEMORY;
             PRAGMA query_only = ON; BEGIN;",
        )?;
        snapshot.check_version()?;
        snapshot.gpus = snapshot.all("SELECT id, read_us FROM gpu ORDER BY place, id", |row| {
            Ok(GpuKey { id: row.get(0)?, read_us: row.get(1)? })
        })?;
        snapshot.origins =
            snapshot.all("SELECT id FROM origin ORDER BY id", |row| Ok(row.get(0)?))?;
        Ok(snapshot)
    }

    fn new(connection: Connection, unlocked: Option<Unlocked>, copy: Option<TempDir>) -> Snapshot {
        Snapshot { connection, gpus: Vec::new(), origins: Vec::new(), unlocked, _copy: copy }
    }

    /// Rejects a file that is not a ledger of a known version.
    fn check_version(&self) -> Result<(), SnapshotError> {
        let pragma =
            |name| self.connection.pragma_query_value(None, name, |row| row.get::<_, i32>(0));
        if pragma("application_id")? != APPLICATION_ID {
            return Err(SnapshotError::NotALedger(
                "the SQLite database of another program".to_owned(),
            ));
        }
        match pragma("user_version")? {
            found if found > VERSION => Err(SnapshotError::Newer { found, known: VERSION }),
            1.. => Ok(()),
            found => Err(SnapshotError::Corrupt(format!("no ledger is of version {found}"))),
        }
    }

    /// All GPUs, ordered by index.
    pub(crate) fn gpus(&self) -> Result<Vec<Gpu>, SnapshotError> {
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
                        joules: amount(row, 4)?,
                        grams: amount(row, 5)?,
                        embodied_grams: amount(row, 6)?,
                    },
                    unseen_seconds: amount(row, 7)?,
                })
            },
        )
    }

    /// All origins, in the order in which they were first used.
    pub(crate) fn origins(&self) -> Result<Vec<Origin>, SnapshotError> {
        let unknown =
            |name: &str| SnapshotError::Corrupt(single_line(&format!("an origin with `{name}`")));
        self.all("SELECT zone, signal, pue, source, quality FROM origin ORDER BY id", |row| {
            let (zone, signal): (String, String) = (row.get(0)?, row.get(1)?);
            let signal = Signal::named(&signal).ok_or_else(|| unknown(&signal))?;
            let pue: f64 = row.get(2)?;
            let pue =
                Pue::from_number(pue).map_err(|error| SnapshotError::Corrupt(error.to_string()))?;
            let (name, quality): (Option<String>, Option<String>) = (row.get(3)?, row.get(4)?);
            let quality = quality
                .map(|name| Quality::named(&name).ok_or_else(|| unknown(&name)))
                .transpose()?;
            let intensity_source = name
                .map(Arc::from)
                .zip(quality)
                .map(|(name, quality)| IntensitySource { name, quality });
            Ok(Origin { zone: zone.into(), signal, pue, intensity_source })
        })
    }

    /// The interval from the start of the first row to the end of the last.
    pub(crate) fn extent(&self) -> Result<Option<Interval>, SnapshotError> {
        let mut extent: Option<Interval> = None;
        let mut widen = |interval: Interval| {
            extent = Some(extent.map_or(interval, |so_far| so_far.hull(interval)));
        };
        // Rows are ordered by start, and differ in length.
        for table in ["entry", "presence"] {
            let ends = format!("> (SELECT max(start) FROM {table}) - {LONGEST_ROW}");
            for condition in [format!("= (SELECT min(start) FROM {table})"), ends] {
                let sql =
                    format!("SELECT start, gpu, seconds FROM {table} WHERE start {condition}");
                self.each(&sql, [], &mut |row| {
                    widen(self.place(row)?.interval);
                    Ok(())
                })?;
            }
        }
        Ok(extent)
    }

    /// Calls `visit` for each usage row that overlaps an interval.
    pub(crate) fn usage_rows(
        &self,
        within: Interval,
        visit: &mut dyn FnMut(UsageRow),
    ) -> Result<(), SnapshotError> {
        let sql = "SELECT start, gpu, seconds, origin, counted_joules, integrated_joules,
                recovered_joules, grams
             FROM entry WHERE start > ?1 AND start < ?2 ORDER BY start, gpu, seconds, origin";
        self.each(sql, bounds(within), &mut |row| {
            let Place { interval, gpu } = self.place(row)?;
            if !overlap(interval, within) {
                return Ok(());
            }
            let id: i64 = row.get(3)?;
            let origin = self.origins.binary_search(&id);
            let origin =
                origin.map_err(|_| SnapshotError::Corrupt(format!("no origin has the id {id}")))?;
            let energy = EnergyBySource {
                counted: amount(row, 4)?,
                integrated: amount(row, 5)?,
                recovered: amount(row, 6)?,
            };
            let grams: Option<f64> = row.get(7)?;
            let grams = grams.map(plausible).transpose()?;
            visit(UsageRow { gpu, interval, origin, energy, grams });
            Ok(())
        })
    }

    /// Calls `visit` for each presence row that overlaps an interval.
    pub(crate) fn presence_rows(
        &self,
        within: Interval,
        visit: &mut dyn FnMut(PresenceRow),
    ) -> Result<(), SnapshotError> {
        let sql = "SELECT start, gpu, seconds, present_seconds, embodied_grams
             FROM presence WHERE start > ?1 AND start < ?2 ORDER BY start, gpu, seconds";
        self.each(sql, bounds(within), &mut |row| {
            let Place { interval, gpu } = self.place(row)?;
            if overlap(interval, within) {
                let (seconds, grams) = (amount(row, 3)?, amount(row, 4)?);
                let embodied_grams = Some(grams).filter(|&grams| grams != UNKNOWN_EMBODIED_GRAMS);
                visit(PresenceRow { gpu, interval, seconds, embodied_grams });
            }
            Ok(())
        })
    }

    /// The interval and GPU of a row, from its columns `start`, `gpu` and `seconds`. A row that is still growing ends
    /// at the last reading of its GPU.
    fn place(&self, row: &Row<'_>) -> Result<Place, SnapshotError> {
        let (start, id, seconds): (i64, i64, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let found = self.gpus.iter().enumerate().find(|(_, key)| key.id == id);
        let Some((gpu, key)) = found else {
            return Err(SnapshotError::Corrupt(format!("no GPU has the id {id}")));
        };
        let length = u64::try_from(seconds).ok().filter(|_| (1..=LONGEST_ROW).contains(&seconds));
        let length = length
            .ok_or_else(|| SnapshotError::Corrupt(format!("a row lasts {seconds} seconds")))?;
        if !STARTS.contains(&start) {
            return Err(SnapshotError::Corrupt(format!("a row begins {start} seconds after 1970")));
        }
        let start = Timestamp::from_unix_seconds(start);
        let whole = Interval::new(start, start + Span::from_seconds(length));
        let read = key.read_us.map(Timestamp::from_unix_micros);
        let interval = match read.map(|read| whole.split_at(read)) {
            Some((Some(until), Some(_))) => until,
            _ => whole,
        };
        Ok(Place { interval, gpu })
    }

    fn all<T>(
        &self,
        sql: &str,
        mut read: impl FnMut(&Row<'_>) -> Result<T, SnapshotError>,
    ) -> Result<Vec<T>, SnapshotError> {
        let mut all = Vec::new();
        self.each(sql, [], &mut |row| {
            all.push(read(row)?);
            Ok(())
        })?;
        Ok(all)
    }

    /// Reads each row, and checks afterwards that the file is unchanged.
    fn each(
        &self,
        sql: &str,
        params: impl rusqlite::Params,
        read: &mut dyn FnMut(&Row<'_>) -> Result<(), SnapshotError>,
    ) -> Result<(), SnapshotError> {
        let scan = || {
            let mut statement = self.connection.prepare(sql)?;
            let mut rows = statement.query(params)?;
            while let Some(row) = rows.next()? {
                read(row)?;
            }
            Ok(())
        };
        let outcome: Result<(), SnapshotError> = scan();
        match &self.unlocked {
            Some(Unlocked { path, opened }) if Modifications::at(path)? != *opened => {
                Err(SnapshotError::Changed)
            }
            _ => outcome,
        }
    }
}

/// Opens a connection with parameters that SQLite takes in a URI only (<https://sqlite.org/uri.html>).
fn connect(path: &Path, parameters: &str) -> Result<Connection, SnapshotError> {
    let mut uri = "file:".to_owned();
    for &byte in std::path::absolute(path)?.as_os_str().as_bytes() {
        match byte {
            b'/' | b'.' | b'-' | b'_' => uri.push(char::from(byte)),
            byte if byte.is_ascii_alphanumeric() => uri.push(char::from(byte)),
            byte => uri += &format!("%{byte:02X}"),
        }
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE // the parameter `mode` limits it
        | OpenFlags::SQLITE_OPEN_NO_MUTEX
        | OpenFlags::SQLITE_OPEN_URI;
    Ok(Connection::open_with_flags(format!("{uri}?{parameters}"), flags)?)
}

/// The starts between which all rows lie that overlap an interval, in seconds of UTC, both exclusive.
fn bounds(within: Interval) -> [i64; 2] {
    [
        unix_seconds(within.start()).saturating_sub(LONGEST_ROW + 1),
        unix_seconds(within.end()).saturating_add(1),
    ]
}

fn overlap(one: Interval, other: Interval) -> bool {
    one.start() < other.end() && other.start() < one.end()
}

fn amount(row: &Row<'_>, column: usize) -> Result<f64, SnapshotError> {
    plausible(row.get(column)?)
}

fn plausible(value: f64) -> Result<f64, SnapshotError> {
    if value.abs() <= HIGHEST_AMOUNT {
        Ok(value)
    } else {
        Err(SnapshotError::Corrupt(format!("an amount of {value}")))
    }
}
