//! The part of a damaged ledger that can still be read, row by row.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use gpu_carbon_core::meter::Limits;
use gpu_carbon_core::{Interval, SLOT, Span, Timestamp};
use rusqlite::{Connection, OpenFlags, OptionalExtension, Row};

use super::connection::BUSY_TIMEOUT;
use super::damage_notes::DamageNotes;
use super::error::{SqliteError, single_line};
use super::gpu_copy::GpuCopy;
use super::identities::UNKNOWN_NAME;
use super::plausible::{self, Place};
use super::row_digests::{self, ENTRY_COLUMNS, GpuDigests, OriginDigests};
use super::row_scan::{self, ALL_ROWS, ENTRY, Readable};
use super::snapshot_error::SnapshotError;
use super::state::{self, GpuRow, PENDING_COLUMNS};
use super::sums::{self, GpuSums};
use super::work_limit::WorkLimit;
use super::{column, raw_copies, schema, share};
use crate::gpu::{GpuBatch, GpuTotals};
use crate::posting::Posting;
use crate::salvaged::Salvaged;
use crate::share::{PendingShare, ShareBatch, SharePosting, ShareTotal, Workload};

/// The number of row ids beyond the known ones that are tried where a table cannot be read in order.
const IDS_BEYOND: i64 = 64;

/// The length of a day, in seconds.
const DAY: i64 = 86_400;

/// The batch that begins a new file, and the account of what it lacks.
#[derive(Debug, Default)]
pub(crate) struct Salvage {
    pub(crate) gpus: Vec<GpuBatch>,
    pub(crate) salvaged: Salvaged,
}

/// A damaged ledger.
#[derive(Debug)]
pub(super) struct DamagedLedger {
    connection: Connection,
    limit: WorkLimit,
    damage: DamageNotes,
}

impl Readable for DamagedLedger {
    fn each(
        &self,
        sql: &str,
        params: [i64; 2],
        read: &mut dyn FnMut(&Row<'_>) -> Result<(), SnapshotError>,
    ) -> Result<(), SnapshotError> {
        self.limit.each(&self.connection, sql, params, read)
    }

    fn damage(&self) -> &DamageNotes {
        &self.damage
    }
}

impl DamagedLedger {
    /// Opens a damaged ledger. Its files are unchanged, but for the index of the log.
    pub(super) fn open(path: &Path) -> Result<DamagedLedger, SqliteError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags)?;
        connection.busy_timeout(BUSY_TIMEOUT)?;
        let limit = WorkLimit::set(&connection, path)?;
        // A table whose definition is damaged must not hide the others.
        connection.execute_batch(
            "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA writable_schema = ON;",
        )?;
        let _ = connection.prepare("SELECT id FROM gpu"); // reads the definitions
        WorkLimit::set_text(&connection)?;
        Ok(DamagedLedger { connection, limit, damage: DamageNotes::default() })
    }

    /// The copies of GPUs in a ledger of which SQLite finds no table.
    pub(super) fn of_raw_copies(path: &Path) -> Result<DamagedLedger, SqliteError> {
        let connection = raw_copies::database(path)?;
        let (limit, damage) = (WorkLimit::default(), DamageNotes::default());
        Ok(DamagedLedger { connection, limit, damage })
    }

    /// Reads all that can be read.
    pub(super) fn salvage(&self) -> Salvage {
        let connection = &self.connection;
        let has_copies = schema::version(connection).is_ok_and(|version| version > 1)
            || connection.prepare("SELECT digest FROM gpu_copy").is_ok();
        let rows = self.rows();
        let mut waiting = self.waiting_keys(rows.pending.clone());
        let origins = row_digests::origins(connection).unwrap_or_default();
        let names = self.names_by_index();
        let mut salvage = Salvage::default();
        for id in self.gpu_ids() {
            self.limit.restart();
            let copy = GpuCopy::read(connection, id).ok().flatten().filter(|copy| copy.is_intact);
            let original = original(connection, id);
            let of_copy = copy.as_ref().and_then(|_| copied(connection, id, original.as_ref()));
            let sums = rows.sums.get(&id);
            let complete = sums.filter(|_| rows.is_complete && !has_copies);
            let row = of_copy.or_else(|| Some(settled(original?, complete)));
            let keys = waiting.remove(&id).unwrap_or_default();
            let Some(row) = row else {
                let name = names.get(&id).cloned();
                let numbered =
                    || (sums.is_some() && exists(connection, id)).then(|| format!("row {id}"));
                if let Some(name) = name.or_else(numbered) {
                    salvage.salvaged.lost_gpus.push(name);
                    salvage.salvaged.lost_joules += sums.map_or(0.0, |sums| sums.joules);
                }
                continue;
            };
            let pending = self.pending(&keys, &origins, copy.map(|copy| copy.digests));
            let shares = self.shares(id, &pending.postings);
            salvage.add(row, pending, shares);
        }
        let is_known = rows.is_complete || !rows.days.is_empty();
        salvage.salvaged.days_left_behind = is_known.then_some(rows.days.len());
        salvage
    }

    /// The ids of all GPUs that may be in the file. A page that cannot be read ends a scan, so that each table and index
    /// is scanned from both of its ends, and ids between are tried.
    fn gpu_ids(&self) -> BTreeSet<i64> {
        let mut ids: BTreeSet<i64> = BTreeSet::new();
        for source in ["gpu", "gpu_copy", "gpu INDEXED BY sqlite_autoindex_gpu_1"] {
            for order in ["id", "id DESC", "uuid", "uuid DESC"] {
                let sql = format!("SELECT id FROM {source} ORDER BY {order} LIMIT ?1 OFFSET ?2");
                let _ = self.each(&sql, ALL_ROWS, &mut |row| {
                    ids.insert(row.get(0)?);
                    Ok(())
                }); // the rows before the damage are there
            }
        }
        let last = ids.last().copied().unwrap_or_default().clamp(0, 4096);
        ids.extend(1..=last.saturating_add(IDS_BEYOND));
        ids
    }

    /// The UUIDs of GPUs by their index.
    fn names_by_index(&self) -> BTreeMap<i64, String> {
        let mut names = BTreeMap::new();
        for order in ["uuid", "uuid DESC"] {
            let sql = format!(
                "SELECT id, uuid FROM gpu INDEXED BY sqlite_autoindex_gpu_1
                 ORDER BY {order} LIMIT ?1 OFFSET ?2"
            );
            let _ = self.each(&sql, ALL_ROWS, &mut |row| {
                names.insert(row.get(0)?, single_line(&row.get::<_, String>(1)?));
                Ok(())
            });
        }
        names
    }

    /// Reads the rows of `entry`, as far as they can be read.
    fn rows(&self) -> Rows {
        let mut rows = Rows::default();
        let all = Interval::new(Timestamp::FIRST, Timestamp::FIRST + Span::ALL);
        let parse = |row: &Row<'_>| {
            let Place { start, gpu, seconds } = plausible::place(row)?;
            let key = RowKey { start, gpu, seconds, origin: row.get(3)? };
            let mut joules = 0.0;
            for column in 4..7 {
                joules += plausible::amount(row, column)?;
            }
            Ok(Some((key, joules, plausible::optional_amount(row, 7)?)))
        };
        let read = row_scan::rows(self, &ENTRY, all, &parse, &mut |(key, joules, grams)| {
            let sums = rows.sums.entry(key.gpu).or_default();
            sums.joules += joules;
            sums.grams += grams.unwrap_or_default();
            rows.days.insert(key.start.div_euclid(DAY));
            if grams.is_none() {
                rows.pending.entry(key.gpu).or_default().insert(key);
            }
        });
        rows.is_complete = read.is_ok() && self.damage.is_empty();
        rows
    }

    /// The keys of all pending rows by GPU: those of the rows that can be read, and those of the index, which has the whole
    /// key.
    fn waiting_keys(
        &self,
        mut keys: BTreeMap<i64, BTreeSet<RowKey>>,
    ) -> BTreeMap<i64, BTreeSet<RowKey>> {
        for order in ["gpu", "gpu DESC"] {
            let sql = format!(
                "SELECT start, gpu, seconds, origin FROM entry INDEXED BY waiting
                 WHERE grams IS NULL ORDER BY {order} LIMIT ?1 OFFSET ?2"
            );
            let _ = self.each(&sql, ALL_ROWS, &mut |row| {
                let (start, gpu) = (row.get(0)?, row.get(1)?);
                let key = RowKey { start, gpu, seconds: row.get(2)?, origin: row.get(3)? };
                keys.entry(gpu).or_default().insert(key);
                Ok(())
            });
        }
        keys
    }

    /// Reads pending rows. Where all of them can be read and their digest is not the one that was written, at least one
    /// is false, and none is carried over.
    fn pending(
        &self,
        keys: &BTreeSet<RowKey>,
        origins: &OriginDigests,
        expected: Option<GpuDigests>,
    ) -> Pending {
        let mut digests = GpuDigests::default();
        let mut pending = Pending::default();
        for &key in keys {
            self.limit.restart();
            match pending_row(&self.connection, key, origins, &mut digests) {
                Ok(Some(postings)) => pending.postings.extend(postings),
                Ok(None) => {} // the index has a row that the table has not
                Err(_) => pending.lost_rows += 1,
            }
        }
        let is_false = expected.is_some_and(|expected| expected.pending != digests.pending);
        if is_false && pending.lost_rows == 0 {
            return Pending { postings: Vec::new(), lost_rows: keys.len().max(1) };
        }
        pending
    }

    /// Reads the counters of the workloads of a GPU, each of which has its digest, and their shares in its pending energy.
    fn shares(&self, gpu: i64, pending: &[Posting]) -> ShareBatch {
        let mut totals: Vec<ShareTotal> = Vec::new();
        let read = share::totals(&self.connection, gpu, &mut |total| {
            if totals.iter().all(|known| known.workload != total.workload) {
                totals.push(total);
            }
        });
        let mut by_slot: BTreeMap<Timestamp, f64> = BTreeMap::new();
        for posting in pending {
            *by_slot.entry(posting.slot).or_default() += posting.energy_joules;
        }
        let mut postings = Vec::new();
        if !share::are_any(&self.connection) {
            by_slot.clear();
        }
        for (slot, joules) in by_slot {
            let shares = share::of_pending(&self.connection, gpu, slot, joules);
            let mut shares = shares.unwrap_or_default();
            let known: f64 = shares.iter().map(|share| share.energy_joules).sum();
            let workload = Arc::new(Workload::stand_in(Workload::UNKNOWN));
            shares.push(PendingShare { slot, workload, energy_joules: joules - known });
            postings.extend(shares.into_iter().map(|share| SharePosting {
                slot,
                workload: share.workload,
                time: Interval::new(slot, slot + SLOT),
                energy_joules: share.energy_joules,
                held_seconds: 0.0,
            }));
        }
        let is_known = read.is_ok() || !totals.is_empty();
        ShareBatch { postings, totals: is_known.then_some(totals) }
    }
}

impl Salvage {
    fn add(&mut self, row: GpuRow, pending: Pending, shares: ShareBatch) {
        let GpuRow { state, .. } = row;
        let joules = |posting: &Posting| posting.energy_joules;
        self.salvaged.gpus += 1;
        self.salvaged.joules += state.totals.energy_joules;
        self.salvaged.pending_joules += pending.postings.iter().map(joules).sum::<f64>();
        self.salvaged.lost_pending_rows += pending.lost_rows;
        self.gpus.push(GpuBatch {
            uuid: state.uuid,
            name: state.name,
            index: state.index,
            totals: state.totals,
            last: state.last,
            postings: pending.postings,
            presence: Vec::new(),
            shares,
        });
    }
}

/// The row of a GPU in `gpu`, if it can be read.
fn original(connection: &Connection, id: i64) -> Option<GpuRow> {
    let read = || -> Result<Option<GpuRow>, SqliteError> {
        let mut find = connection.prepare_cached("SELECT * FROM gpu WHERE id = ?1")?;
        let mut rows = find.query([id])?;
        let Some(row) = rows.next()? else { return Ok(None) };
        let name = column::lossy_text(row, "name").unwrap_or_else(|_| UNKNOWN_NAME.to_owned());
        Ok(Some(state::gpu_row(row, row.get("place").unwrap_or_default(), name)?))
    };
    read().ok().flatten()
}

/// The row of a GPU by its copy, with the name and the index of the original.
fn copied(connection: &Connection, id: i64, original: Option<&GpuRow>) -> Option<GpuRow> {
    let (index, name) = match original {
        Some(row) => (row.state.index, row.state.name.clone()),
        None => (u32::try_from(id - 1).unwrap_or_default(), UNKNOWN_NAME.to_owned()),
    };
    let read = || -> Result<Option<GpuRow>, SqliteError> {
        let mut find = connection.prepare_cached("SELECT * FROM gpu_copy WHERE id = ?1")?;
        let mut rows = find.query([id])?;
        let Some(row) = rows.next()? else { return Ok(None) };
        Ok(Some(state::gpu_row(row, index, name)?))
    };
    read().ok().flatten()
}

/// A row without a copy. In a file of version 1, which has no copies, a total that is not the sum of the rows is replaced
/// by that sum where it is higher, so that no counter falls, and where the GPU could not have used the energy of the
/// total.
fn settled(mut row: GpuRow, sums: Option<&GpuSums>) -> GpuRow {
    if let Some(sums) = sums {
        let seconds = row
            .state
            .last
            .as_ref()
            .map(|last| last.at.duration_since(row.state.totals.since).as_seconds());
        let highest =
            seconds.map_or(f64::INFINITY, |seconds| seconds * Limits::default().ceiling.as_watts());
        let totals: &mut GpuTotals = &mut row.state.totals;
        let by_rows = row.carried.joules + sums.joules;
        let is_possible = |joules: f64| joules >= 0.0 && joules <= highest;
        if !sums::agree(by_rows, totals.energy_joules)
            && is_possible(by_rows)
            && (by_rows > totals.energy_joules || !is_possible(totals.energy_joules))
        {
            totals.energy_joules = by_rows;
        }
    }
    row
}

/// Reports whether there may be a row of `gpu` with this id, which may be unreadable.
fn exists(connection: &Connection, id: i64) -> bool {
    let sql = "SELECT 1 FROM gpu WHERE id = ?1";
    let Ok(mut find) = connection.prepare_cached(sql) else { return false };
    !matches!(find.query_row([id], |_| Ok(())).optional(), Ok(None))
}

/// The rows of `entry` that can be read.
#[derive(Debug, Default)]
struct Rows {
    sums: BTreeMap<i64, GpuSums>,
    /// The days that have rows, as multiples of a day since 1970.
    days: BTreeSet<i64>,
    /// The keys of pending rows by GPU.
    pending: BTreeMap<i64, BTreeSet<RowKey>>,
    /// True if each row can be read.
    is_complete: bool,
}

/// The key of a pending row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct RowKey {
    start: i64,
    gpu: i64,
    seconds: i64,
    origin: i64,
}

/// The pending energy of a GPU that can be read.
#[derive(Debug, Default)]
struct Pending {
    postings: Vec<Posting>,
    lost_rows: usize,
}

fn pending_row(
    connection: &Connection,
    key: RowKey,
    origins: &OriginDigests,
    digests: &mut GpuDigests,
) -> Result<Option<Vec<Posting>>, SqliteError> {
    let RowKey { start, gpu, seconds, origin } = key;
    let condition =
        "WHERE start = ?1 AND gpu = ?2 AND seconds = ?3 AND origin = ?4 AND grams IS NULL";
    let key = [start, gpu, seconds, origin];
    let mut find = connection
        .prepare_cached(&format!("SELECT {ENTRY_COLUMNS} FROM entry NOT INDEXED {condition}"))?;
    let mut rows = find.query(key)?;
    let Some(row) = rows.next()? else { return Ok(None) };
    super::plausible::place(row)?;
    row_digests::add_entry(digests, origins, row)?;
    let mut find = connection.prepare_cached(&format!(
        "SELECT {PENDING_COLUMNS} FROM entry NOT INDEXED JOIN origin ON origin.id = entry.origin {condition}"
    ))?;
    let mut rows = find.query(key)?;
    let Some(row) = rows.next()? else {
        return Err(SqliteError::Unsound(format!("there is no origin with the id {origin}")));
    };
    let energies = state::pending_row(row)?;
    Ok(Some(energies.into_iter().map(|energy| energy.posting).collect()))
}
