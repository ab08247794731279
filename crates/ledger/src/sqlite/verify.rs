//! The check of a whole ledger at its start: SQLite's structures, each value, and the digests.

use std::collections::BTreeMap;
use std::panic::resume_unwind;
use std::path::Path;
use std::thread;

use rusqlite::Connection;

use super::digest::SetDigest;
use super::error::SqliteError;
use super::gpu_copy::GpuCopy;
use super::row_check::{self, Order, Part, Scan, unknown};
use super::row_digests::{self, ENTRY_COLUMNS, GpuDigests, values};
use super::work_limit::WorkLimit;
use super::{raw_copies, schema, share, state, workload};

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
    let mut scan = Scan::default();
    for part in Part::ALL {
        scan.add(row_check::scan(connection, version, part)?);
    }
    compare(connection, version, scan)
}

/// Checks a ledger as [`check`] does, in less time: other connections read the rows while this one checks SQLite's structures.
///
/// # Errors
///
/// The first damage.
pub(super) fn check_with_readers(
    connection: &Connection,
    version: i32,
    limit: &WorkLimit,
    readers: [Connection; Part::ALL.len()],
) -> Result<Scan, SqliteError> {
    limit.restart();
    let (structures, parts) = thread::scope(|scope| {
        let readings = readers.into_iter().zip(Part::ALL).map(|(reader, part)| {
            let read = move || row_check::scan(&reader, version, part);
            (part, thread::Builder::new().spawn_scoped(scope, read))
        });
        let readings: Vec<_> = readings.collect();
        let structures = schema::check_integrity(connection, version);
        let parts = readings.into_iter().map(|(part, reading)| match reading {
            Ok(reading) => reading.join().unwrap_or_else(|panic| resume_unwind(panic)),
            // The system provides no thread.
            Err(_) => {
                limit.restart();
                row_check::scan(connection, version, part)
            }
        });
        (structures, parts.collect::<Vec<_>>())
    });
    structures?;
    limit.restart();
    let mut scan = Scan::default();
    for part in parts {
        scan.add(part?);
    }
    compare(connection, version, scan)
}

/// Compares the rows of GPUs with what was read of all rows, and checks the other tables.
fn compare(connection: &Connection, version: i32, mut scan: Scan) -> Result<Scan, SqliteError> {
    let gpus = state::gpus(connection)?;
    state::origins(connection)?;
    if version > 1 {
        check_conversions(connection)?;
    }
    if schema::has_shares(version) {
        check_workloads(connection, &mut scan)?;
    }
    let is_known = |id: i64| gpus.iter().any(|gpu| gpu.id == id);
    if let Some(&gpu) = scan.digests.keys().find(|&&id| !is_known(id)) {
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

/// Checks that the log of a ledger at a path, to which no other process writes, has no later totals in commits that cannot
/// be read.
///
/// # Errors
///
/// When it has.
pub(super) fn check_log(connection: &Connection, path: &Path) -> Result<(), SqliteError> {
    let gpus = state::gpus(connection)?;
    let known = gpus.iter().map(|gpu| (gpu.id, gpu.state.totals.energy_joules)).collect();
    match raw_copies::gpus_with_later_totals(path, &known)? {
        0 => Ok(()),
        count => Err(SqliteError::Unsound(format!(
            "its log has later totals of {count} GPUs, behind a part that is damaged"
        ))),
    }
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
        let of_gpu = pending.entry(row.get(1)?).or_default();
        row_digests::add_entry(of_gpu, &origins, &values(row)?);
    }
    Ok(pending.into_iter().map(|(gpu, digests)| (gpu, digests.pending)).collect())
}

/// Checks all workloads and all counters.
fn check_workloads(connection: &Connection, scan: &mut Scan) -> Result<(), SqliteError> {
    let workloads = workload::all(connection)?;
    let columns = share::TOTAL_COLUMNS;
    let mut statement = connection.prepare(&format!("SELECT {columns} FROM share_total"))?;
    let mut rows = statement.query([])?;
    let mut order = Order::of("share_total");
    while let Some(row) = rows.next()? {
        let [gpu, workload] = order.check([row.get_ref(0)?, row.get_ref(1)?])?;
        if !workloads.contains_key(&workload) {
            return Err(unknown("workload", workload));
        }
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
        order.check([row.get_ref(0)?, row.get_ref(1)?])?;
    }
    Ok(())
}

/// Reports whether the copy of a GPU's row is intact, equals the row, and has the digests of its rows.
fn is_copied(connection: &Connection, id: i64, digests: GpuDigests) -> Result<bool, SqliteError> {
    let Some(copy) = GpuCopy::read(connection, id)? else { return Ok(false) };
    Ok(copy.is_intact && copy.digests == digests && copy.equals_row(connection, id)?)
}
