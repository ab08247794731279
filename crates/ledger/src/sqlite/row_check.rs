//! The reading of all rows of a ledger that is checked: their order, their digests and, for the first version, their
//! values.

use std::collections::BTreeMap;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row};

use super::error::SqliteError;
use super::plausible::{self, Place};
use super::row_digests::{
    self, EMBODIED_COLUMNS, EMBODIED_COUNT, ENTRY_COLUMNS, ENTRY_COUNT, GpuDigests, OriginDigests,
    PRESENCE_COLUMNS, PRESENCE_COUNT, SHARE_COLUMNS, SHARE_COUNT, values,
};
use super::sums::GpuSums;
use super::{schema, state};

/// The sums and digests over all rows of a file, by the id of the GPU.
#[derive(Debug, Default)]
pub(super) struct Scan {
    pub(super) digests: BTreeMap<i64, GpuDigests>,
    pub(super) sums: BTreeMap<i64, GpuSums>,
}

/// A part of the rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// Those of `entry`; of the first version, all rows.
    Entries,
    /// Those of `presence`, `share` and `embodied`, of later versions.
    Others,
}

impl Part {
    pub(super) const ALL: [Part; 2] = [Part::Entries, Part::Others];
}

impl Scan {
    /// Adds the sums and digests over other rows.
    pub(super) fn add(&mut self, other: Scan) {
        for (gpu, digests) in other.digests {
            let of_gpu = self.digests.entry(gpu).or_default();
            *of_gpu = of_gpu.plus(digests);
        }
        self.sums.extend(other.sums);
    }
}

/// Reads a part of the rows of a ledger of a version.
///
/// # Errors
///
/// The first damage.
pub(super) fn scan(connection: &Connection, version: i32, part: Part) -> Result<Scan, SqliteError> {
    match part {
        Part::Entries if version == 1 => scan_values(connection),
        Part::Entries => scan_entries(connection),
        Part::Others if version == 1 => Ok(Scan::default()),
        Part::Others => {
            let mut scan = scan_presence(connection)?;
            if schema::has_shares(version) {
                scan_shares(connection, &mut scan)?;
            }
            if schema::has_embodied(version) {
                scan_embodied(connection, &mut scan)?;
            }
            Ok(scan)
        }
    }
}

fn scan_entries(connection: &Connection) -> Result<Scan, SqliteError> {
    let mut scan = Scan::default();
    let origins = row_digests::origins(connection)?;
    let mut statement = connection.prepare(&format!("SELECT {ENTRY_COLUMNS} FROM entry"))?;
    let mut rows = statement.query([])?;
    let mut order = Order::of("entry");
    while let Some(row) = rows.next()? {
        let values: [ValueRef<'_>; ENTRY_COUNT] = values(row)?;
        let [start, gpu, seconds, origin, ..] = values;
        let [_, gpu, ..] = order.check([start, gpu, seconds, origin])?;
        row_digests::add_entry(scan.digests.entry(gpu).or_default(), &origins, &values);
    }
    Ok(scan)
}

fn scan_presence(connection: &Connection) -> Result<Scan, SqliteError> {
    let mut scan = Scan::default();
    let mut statement = connection.prepare(&format!("SELECT {PRESENCE_COLUMNS} FROM presence"))?;
    let mut rows = statement.query([])?;
    let mut order = Order::of("presence");
    while let Some(row) = rows.next()? {
        let values: [ValueRef<'_>; PRESENCE_COUNT] = values(row)?;
        let [start, gpu, seconds, ..] = values;
        let [_, gpu, ..] = order.check([start, gpu, seconds])?;
        row_digests::add_presence(scan.digests.entry(gpu).or_default(), &values);
    }
    Ok(scan)
}

fn scan_shares(connection: &Connection, scan: &mut Scan) -> Result<(), SqliteError> {
    let mut statement = connection.prepare("SELECT id FROM workload ORDER BY id")?;
    let workloads: Vec<i64> =
        statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    let mut statement = connection.prepare(&format!("SELECT {SHARE_COLUMNS} FROM share"))?;
    let mut rows = statement.query([])?;
    let mut order = Order::of("share");
    while let Some(row) = rows.next()? {
        let values: [ValueRef<'_>; SHARE_COUNT] = values(row)?;
        let [start, gpu, seconds, workload, ..] = values;
        let [_, gpu, _, workload] = order.check([start, gpu, seconds, workload])?;
        if workloads.binary_search(&workload).is_err() {
            return Err(unknown("workload", workload));
        }
        row_digests::add_share(scan.digests.entry(gpu).or_default(), &values);
    }
    Ok(())
}

fn scan_embodied(connection: &Connection, scan: &mut Scan) -> Result<(), SqliteError> {
    let mut statement = connection.prepare(&format!("SELECT {EMBODIED_COLUMNS} FROM embodied"))?;
    let mut rows = statement.query([])?;
    let mut order = Order::of("embodied");
    while let Some(row) = rows.next()? {
        let values: [ValueRef<'_>; EMBODIED_COUNT] = values(row)?;
        let [since, gpu, ..] = values;
        let [gpu, _] = order.check([gpu, since])?;
        row_digests::add_embodied(scan.digests.entry(gpu).or_default(), &values);
    }
    Ok(())
}

/// Reads all rows of a file without digests, and checks each value.
fn scan_values(connection: &Connection) -> Result<Scan, SqliteError> {
    let mut scan = Scan::default();
    let gpus: Vec<i64> = state::gpus(connection)?.iter().map(|gpu| gpu.id).collect();
    let origins: OriginDigests = row_digests::origins(connection)?;
    let known_origins: Vec<i64> =
        state::origins(connection)?.into_iter().map(|(id, _)| id).collect();
    let gpu_of = |row: &Row<'_>| {
        let Place { gpu, .. } = plausible::place(row)?;
        if gpus.contains(&gpu) { Ok(gpu) } else { Err(unknown("GPU", gpu)) }
    };
    let mut statement = connection.prepare(&format!("SELECT {ENTRY_COLUMNS} FROM entry"))?;
    let mut rows = statement.query([])?;
    let mut order = Order::of("entry");
    while let Some(row) = rows.next()? {
        let gpu = gpu_of(row)?;
        let values: [ValueRef<'_>; ENTRY_COUNT] = values(row)?;
        let [start, of_gpu, seconds, origin, ..] = values;
        let [.., origin] = order.check([start, of_gpu, seconds, origin])?;
        if known_origins.binary_search(&origin).is_err() {
            return Err(unknown("origin", origin));
        }
        row_digests::add_entry(scan.digests.entry(gpu).or_default(), &origins, &values);
        let sums = scan.sums.entry(gpu).or_default();
        for column in 4..7 {
            sums.joules += plausible::amount(row, column)?;
        }
        sums.grams += plausible::optional_amount(row, 7)?.unwrap_or_default();
    }
    let mut statement = connection.prepare(&format!("SELECT {PRESENCE_COLUMNS} FROM presence"))?;
    let mut rows = statement.query([])?;
    let mut order = Order::of("presence");
    while let Some(row) = rows.next()? {
        let gpu = gpu_of(row)?;
        let values: [ValueRef<'_>; PRESENCE_COUNT] = values(row)?;
        let [start, of_gpu, seconds, ..] = values;
        order.check([start, of_gpu, seconds])?;
        row_digests::add_presence(scan.digests.entry(gpu).or_default(), &values);
        plausible::amount(row, 3)?;
        scan.sums.entry(gpu).or_default().embodied_grams += plausible::amount(row, 4)?;
    }
    Ok(scan)
}

/// The order of the rows of a table without row ids, which `quick_check` does not check. A row out of order is not found
/// by its key.
pub(super) struct Order<const COLUMNS: usize> {
    table: &'static str,
    last: Option<[i64; COLUMNS]>,
}

impl<const COLUMNS: usize> Order<COLUMNS> {
    /// The order of a table, before its first row.
    pub(super) const fn of(table: &'static str) -> Order<COLUMNS> {
        Order { table, last: None }
    }

    /// Checks the key of the next row, and returns its columns.
    pub(super) fn check(
        &mut self,
        key: [ValueRef<'_>; COLUMNS],
    ) -> Result<[i64; COLUMNS], SqliteError> {
        let mut columns = [0; COLUMNS];
        for (column, value) in columns.iter_mut().zip(key) {
            let ValueRef::Integer(value) = value else {
                let reason = format!("a key of {} is no integer", self.table);
                return Err(SqliteError::Unsound(reason));
            };
            *column = value;
        }
        if self.last.is_some_and(|last| last >= columns) {
            let reason = format!("the rows of {} are out of order", self.table);
            return Err(SqliteError::Unsound(reason));
        }
        self.last = Some(columns);
        Ok(columns)
    }
}

/// The error of a row that refers to another one, which there is not.
pub(super) fn unknown(object: &str, id: i64) -> SqliteError {
    SqliteError::Unsound(format!("a row is of a {object} with the id {id}, which there is not"))
}
