//! The check of a whole ledger at its start: SQLite's structures, each value, and the digests.

use std::collections::BTreeMap;

use rusqlite::{Connection, Row};

use super::digest::SetDigest;
use super::error::SqliteError;
use super::gpu_copy::GpuCopy;
use super::plausible::{self, Place};
use super::row_digests::{
    self, ENTRY_COLUMNS, GpuDigests, OriginDigests, PRESENCE_COLUMNS, SHARE_COLUMNS,
};
use super::sums::GpuSums;
use super::work_limit::WorkLimit;
use super::{schema, share, state, workload};

/// The sums and digests over all rows of a file, by the id of the GPU.
#[derive(Debug, Default)]
pub(super) struct Scan {
    pub(super) digests: BTreeMap<i64, GpuDigests>,
    pub(super) sums: BTreeMap<i64, GpuSums>,
}

/// Checks a ledger of a version, and returns the sums of its rows.
///
/// # Errors
///
/// The first damage.
pub(super) fn check(
    connection: &Connection,
    version: i32,
    limit: &WorkLimit,
) -> Result<Scan, SqliteError> {
    limit.restart();
    schema::check_integrity(connection, version)?;
    limit.restart();
    let gpus = state::gpus(connection)?;
    let known: Vec<i64> = gpus.iter().map(|gpu| gpu.id).collect();
    state::origins(connection)?;
    let scan = if version == 1 {
        scan(connection, &known)?
    } else {
        check_conversions(connection)?;
        let mut scan = digests(connection)?;
        if schema::has_shares(version) {
            check_shares(connection, &mut scan)?;
        }
        scan
    };
    if let Some(&gpu) = scan.digests.keys().find(|id| !known.contains(id)) {
        return Err(unknown("GPU", gpu));
    }
    let by_index = pending_by_index(connection)?;
    for gpu in &gpus {
        let uuid = &gpu.state.uuid;
        let digests = scan.digests.get(&gpu.id).copied().unwrap_or_default();
        if by_index.get(&gpu.id).copied().unwrap_or_default() != digests.pending {
            let reason = format!("GPU {uuid}: the index of its pending rows is damaged");
            return Err(SqliteError::Unsound(reason));
        }
        if version == 1 {
            let sums = scan.sums.get(&gpu.id).copied().unwrap_or_default();
            if let Some(contradiction) = sums.contradiction(&gpu.carried, &gpu.state.totals) {
                return Err(SqliteError::Unsound(format!("GPU {uuid}: {contradiction}")));
            }
        } else if !is_copied(connection, gpu.id, digests)? {
            let reason = format!("GPU {uuid}: its totals or rows are not those that were written");
            return Err(SqliteError::Unsound(reason));
        }
    }
    Ok(scan)
}

/// The digests of the pending rows of each GPU, as the index finds them.
fn pending_by_index(connection: &Connection) -> Result<BTreeMap<i64, SetDigest>, SqliteError> {
    let origins = row_digests::origins(connection)?;
    let mut statement = connection.prepare(&format!(
        "SELECT {ENTRY_COLUMNS} FROM entry INDEXED BY waiting WHERE grams IS NULL"
    ))?;
    let mut rows = statement.query([])?;
    let mut pending: BTreeMap<i64, GpuDigests> = BTreeMap::new();
    while let Some(row) = rows.next()? {
        row_digests::add_entry(pending.entry(row.get(1)?).or_default(), &origins, row)?;
    }
    Ok(pending.into_iter().map(|(gpu, digests)| (gpu, digests.pending)).collect())
}

/// Reads all rows of a file that has their digests: what agrees with these is what was written.
fn digests(connection: &Connection) -> Result<Scan, SqliteError> {
    let mut scan = Scan::default();
    let origins = row_digests::origins(connection)?;
    let mut statement = connection.prepare(&format!("SELECT {ENTRY_COLUMNS} FROM entry"))?;
    let mut rows = statement.query([])?;
    let mut order = Order::of("entry");
    while let Some(row) = rows.next()? {
        order.check([row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?])?;
        row_digests::add_entry(scan.digests.entry(row.get(1)?).or_default(), &origins, row)?;
    }
    let mut statement = connection.prepare(&format!("SELECT {PRESENCE_COLUMNS} FROM presence"))?;
    let mut rows = statement.query([])?;
    let mut order = Order::of("presence");
    while let Some(row) = rows.next()? {
        order.check([row.get(0)?, row.get(1)?, row.get(2)?, 0])?;
        row_digests::add_presence(scan.digests.entry(row.get(1)?).or_default(), row)?;
    }
    Ok(scan)
}

/// Reads the workloads, all shares and all counters.
fn check_shares(connection: &Connection, scan: &mut Scan) -> Result<(), SqliteError> {
    let workloads = workload::all(connection)?;
    let is_known = |id: i64| {
        if workloads.contains_key(&id) { Ok(()) } else { Err(unknown("workload", id)) }
    };
    let mut statement = connection.prepare(&format!("SELECT {SHARE_COLUMNS} FROM share"))?;
    let mut rows = statement.query([])?;
    let mut order = Order::of("share");
    while let Some(row) = rows.next()? {
        let workload = row.get(3)?;
        order.check([row.get(0)?, row.get(1)?, row.get(2)?, workload])?;
        is_known(workload)?;
        row_digests::add_share(scan.digests.entry(row.get(1)?).or_default(), row)?;
    }
    let columns = share::TOTAL_COLUMNS;
    let mut statement = connection.prepare(&format!("SELECT {columns} FROM share_total"))?;
    let mut rows = statement.query([])?;
    let mut order = Order::of("share_total");
    while let Some(row) = rows.next()? {
        let (gpu, workload) = (row.get(0)?, row.get(1)?);
        order.check([gpu, workload, 0, 0])?;
        is_known(workload)?;
        share::check_total(row)?;
        scan.digests.entry(gpu).or_default();
    }
    Ok(())
}

/// Checks the order of the conversions, of which each has its own digest.
fn check_conversions(connection: &Connection) -> Result<(), SqliteError> {
    let mut statement = connection.prepare("SELECT start, origin FROM conversion")?;
    let mut rows = statement.query([])?;
    let mut order = Order::of("conversion");
    while let Some(row) = rows.next()? {
        order.check([row.get(0)?, row.get(1)?, 0, 0])?;
    }
    Ok(())
}

/// The order of the rows of a table without row ids, which `quick_check` does not check. A row out of order is not found
/// by its key.
struct Order {
    table: &'static str,
    last: Option<[i64; 4]>,
}

impl Order {
    const fn of(table: &'static str) -> Order {
        Order { table, last: None }
    }

    fn check(&mut self, key: [i64; 4]) -> Result<(), SqliteError> {
        if self.last.is_some_and(|last| last >= key) {
            let reason = format!("the rows of {} are out of order", self.table);
            return Err(SqliteError::Unsound(reason));
        }
        self.last = Some(key);
        Ok(())
    }
}

/// Reports whether the copy of a GPU's row is intact, equals the row, and has the digests of its rows.
fn is_copied(connection: &Connection, id: i64, digests: GpuDigests) -> Result<bool, SqliteError> {
    let Some(copy) = GpuCopy::read(connection, id)? else { return Ok(false) };
    Ok(copy.is_intact && copy.digests == digests && copy.equals_row(connection, id)?)
}

/// Reads all rows, and checks each value.
fn scan(connection: &Connection, gpus: &[i64]) -> Result<Scan, SqliteError> {
    let mut scan = Scan::default();
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
        let origin: i64 = row.get(3)?;
        order.check([row.get(0)?, gpu, row.get(2)?, origin])?;
        if known_origins.binary_search(&origin).is_err() {
            return Err(unknown("origin", origin));
        }
        row_digests::add_entry(scan.digests.entry(gpu).or_default(), &origins, row)?;
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
        order.check([row.get(0)?, gpu, row.get(2)?, 0])?;
        row_digests::add_presence(scan.digests.entry(gpu).or_default(), row)?;
        plausible::amount(row, 3)?;
        scan.sums.entry(gpu).or_default().embodied_grams += plausible::amount(row, 4)?;
    }
    Ok(scan)
}

fn unknown(object: &str, id: i64) -> SqliteError {
    SqliteError::Unsound(format!("a row is of a {object} with the id {id}, which there is not"))
}
