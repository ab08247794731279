//! The shares of workloads, and their counters.

use std::collections::BTreeMap;
use std::sync::Arc;

use gpu_carbon_core::{Interval, SLOT, Timestamp};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row, params};

use super::digest::Digest;
use super::error::SqliteError;
use super::plausible::{Implausible, amount};
use super::time::unix_seconds;
use super::workload::{self, Workloads};
use crate::share::{
    PendingShare, ShareBatch, SharePosting, ShareRevision, ShareState, ShareTotal, Workload,
};

/// The SQL that adds an amount to an existing row of `share`.
pub(super) const ADD_SHARE: &str = "joules = joules + excluded.joules,
    held_seconds = held_seconds + excluded.held_seconds";

/// The columns of `share_total`, in the order in which they are digested.
pub(super) const TOTAL_COLUMNS: &str = "gpu, workload, holds, energy_joules, emissions_grams,
    published_grams, embodied_grams, held_seconds, digest";

/// The number that begins the digest of a row of `share_total`.
const SHARE_TOTAL: u64 = 8;

/// The number of the columns before the digest.
const TOTAL_COUNT: usize = 8;

/// Writes the shares of a GPU in a batch. The caller commits.
pub(super) fn write(
    connection: &Connection,
    gpu: i64,
    shares: &ShareBatch,
    at: Timestamp,
) -> Result<(), SqliteError> {
    for SharePosting { slot, workload, time, energy_joules, held_seconds } in &shares.postings {
        let workload = workload::id_of(connection, workload, *time)?;
        let mut add = connection.prepare_cached(&format!(
            "INSERT INTO share VALUES (?1, ?2, 300, ?3, ?4, ?5)
             ON CONFLICT DO UPDATE SET {ADD_SHARE}"
        ))?;
        let start = unix_seconds(slot.floor_to(SLOT));
        add.execute(params![start, gpu, workload, energy_joules, held_seconds])?;
    }
    match &shares.totals {
        Some(totals) => write_totals(connection, gpu, totals, at),
        None => Ok(()),
    }
}

/// Applies a change of a GPU's emissions, and its known parts, to the counters of its workloads. The caller commits.
pub(super) fn restate_totals(
    connection: &Connection,
    gpu: i64,
    grams: f64,
    parts: &[ShareRevision],
) -> Result<(), SqliteError> {
    let mut state = ShareState::default();
    totals(connection, gpu, &mut |total| state.totals.push(total))?;
    if state.totals.is_empty() {
        return Ok(());
    }
    state.restate(grams, parts);
    write_totals(connection, gpu, &state.totals, Timestamp::EPOCH)
}

fn write_totals(
    connection: &Connection,
    gpu: i64,
    totals: &[ShareTotal],
    at: Timestamp,
) -> Result<(), SqliteError> {
    connection.prepare_cached("DELETE FROM share_total WHERE gpu = ?1")?.execute([gpu])?;
    for total in totals {
        let id = match workload::find_id(connection, &total.workload)? {
            Some(id) => id,
            None => workload::id_of(connection, &total.workload, Interval::instant(at))?,
        };
        let integers = [gpu, id, i64::from(total.holds)];
        let amounts = amounts(total);
        let values = integers.map(ValueRef::Integer).into_iter().chain(amounts.map(ValueRef::Real));
        let digest = Digest::of_row(SHARE_TOTAL, values.map(Ok))?.as_integer();
        let mut insert = connection.prepare_cached(
            "INSERT INTO share_total VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        )?;
        let [joules, grams, published, embodied, held] = amounts;
        let [gpu, id, holds] = integers;
        insert
            .execute(params![gpu, id, holds, joules, grams, published, embodied, held, digest])?;
    }
    Ok(())
}

/// The amounts of a total, in the order of their columns.
pub(super) const fn amounts(total: &ShareTotal) -> [f64; 5] {
    [
        total.energy_joules,
        total.emissions_grams,
        total.published_grams,
        total.embodied_grams,
        total.held_seconds,
    ]
}

/// The counters of a GPU. Those that are not as they were written are left out.
pub(super) fn totals(
    connection: &Connection,
    gpu: i64,
    visit: &mut dyn FnMut(ShareTotal),
) -> Result<(), SqliteError> {
    let mut statement = connection
        .prepare_cached(&format!("SELECT {TOTAL_COLUMNS} FROM share_total WHERE gpu = ?1"))?;
    let mut rows = statement.query([gpu])?;
    while let Some(row) = rows.next()? {
        if check_total(row).is_err() {
            continue;
        }
        let Some(found) = workload::find(connection, row.get(1)?)? else { continue };
        visit(ShareTotal {
            workload: Arc::new(found.workload),
            holds: row.get::<_, i64>(2)? == 1,
            energy_joules: row.get(3)?,
            emissions_grams: row.get(4)?,
            published_grams: row.get(5)?,
            embodied_grams: row.get(6)?,
            held_seconds: row.get(7)?,
        });
    }
    Ok(())
}

/// Checks a row of [`TOTAL_COLUMNS`].
pub(super) fn check_total(row: &Row<'_>) -> Result<(), Implausible> {
    let digest = Digest::of_row(SHARE_TOTAL, (0..TOTAL_COUNT).map(|column| row.get_ref(column)))?;
    if row.get::<_, i64>(TOTAL_COUNT)? == digest.as_integer() {
        Ok(())
    } else {
        Err(Implausible("a row of share_total is not as it was written".to_owned()))
    }
}

/// The shares of a slot: the joules by the id of the workload.
fn of_slot(connection: &Connection, start: i64, gpu: i64) -> Result<Vec<(i64, f64)>, SqliteError> {
    let mut statement = connection.prepare_cached(
        "SELECT start, workload, joules FROM share WHERE start = ?1 AND gpu = ?2 AND seconds = 300",
    )?;
    let mut rows = statement.query([start, gpu])?;
    let mut shares = Vec::new();
    while let Some(row) = rows.next()? {
        let joules = amount(row, 2)?;
        if joules > 0.0 {
            shares.push((row.get(1)?, joules));
        }
    }
    Ok(shares)
}

/// True if the energy of some GPU is shared, as far as that can be read.
pub(super) fn are_any(connection: &Connection) -> bool {
    let sql = "SELECT EXISTS (SELECT 1 FROM workload)";
    let Ok(mut find) = connection.prepare_cached(sql) else { return false };
    find.query_row([], |row| row.get(0)).unwrap_or(true)
}

/// Divides the pending energy of a slot as all of its energy was shared. The part without a share is no one's.
pub(super) fn of_pending(
    connection: &Connection,
    gpu: i64,
    slot: Timestamp,
    pending_joules: f64,
) -> Result<Vec<PendingShare>, SqliteError> {
    let start = unix_seconds(slot);
    let shares = of_slot(connection, start, gpu)?;
    let shared: f64 = shares.iter().map(|(_, joules)| joules).sum();
    let whole = slot_joules(connection, start, gpu)?.max(shared);
    let mut pending = Vec::new();
    for (id, joules) in shares {
        let Some(found) = workload::find(connection, id)? else { continue };
        let energy_joules = pending_joules * joules / whole;
        if energy_joules > 0.0 && energy_joules.is_finite() {
            let workload = Arc::new(found.workload);
            pending.push(PendingShare { slot, workload, energy_joules });
        }
    }
    Ok(pending)
}

/// The energy of a GPU in a slot, in joules.
fn slot_joules(connection: &Connection, start: i64, gpu: i64) -> Result<f64, SqliteError> {
    let mut sum = connection.prepare_cached(
        "SELECT total(counted_joules + integrated_joules + recovered_joules) FROM entry
         WHERE start = ?1 AND gpu = ?2 AND seconds = 300",
    )?;
    Ok(sum.query_row([start, gpu], |row| row.get(0))?)
}

/// Divides changes of emissions, by slot and GPU, as the energy of the slot was shared. Returns those of each GPU; the
/// part without a share is no one's.
pub(super) fn divide_revisions(
    connection: &Connection,
    grams: &BTreeMap<(i64, i64), f64>,
) -> Result<BTreeMap<i64, Vec<ShareRevision>>, SqliteError> {
    let mut by_workload: BTreeMap<(i64, i64), f64> = BTreeMap::new();
    for (&(start, gpu), grams) in grams {
        let shares = of_slot(connection, start, gpu)?;
        if shares.is_empty() {
            continue;
        }
        let whole = slot_joules(connection, start, gpu)?;
        for (workload, joules) in shares {
            *by_workload.entry((gpu, workload)).or_default() += grams * joules / whole;
        }
    }
    if by_workload.is_empty() {
        return Ok(BTreeMap::new());
    }
    let workloads: Workloads = workload::all(connection)?;
    let mut revisions: BTreeMap<i64, Vec<ShareRevision>> = BTreeMap::new();
    for ((gpu, id), grams) in by_workload {
        if let Some(workload) = workloads.get(&id).filter(|_| grams.is_finite()) {
            let workload = Arc::clone(workload);
            revisions.entry(gpu).or_default().push(ShareRevision { workload, grams });
        }
    }
    Ok(revisions)
}

/// Removes the names of workloads that have no share since a time: all of a kind become one, whose shares are the sums of
/// theirs. Returns the number of workloads. The caller commits.
pub(super) fn forget_before(
    connection: &Connection,
    time: Timestamp,
) -> Result<usize, SqliteError> {
    let mut statement = connection.prepare_cached(
        "SELECT id, kind, since_us, until_us FROM workload AS one
         WHERE until_us < ?1 AND name != ?2 AND name != kind
            AND NOT EXISTS (SELECT 1 FROM share_total WHERE workload = one.id)",
    )?;
    let old = statement
        .query_map(params![time.as_unix_micros(), Workload::FORGOTTEN], |row| {
            Ok((row.get(0)?, row.get(1)?, [row.get(2)?, row.get(3)?]))
        })?
        .collect::<Result<Vec<(i64, String, [i64; 2])>, _>>()?;
    for (id, kind, times) in &old {
        let [since, until] = times.map(Timestamp::from_unix_micros);
        let (name, kind) = (Workload::FORGOTTEN.into(), kind.as_str().into());
        let forgotten = Workload { name, kind, pod: None };
        let to = workload::id_of(connection, &forgotten, Interval::new(since, until))?;
        // Rows of a day may start before the first share.
        let from = unix_seconds(since).saturating_sub(super::row_scan::LONGEST_ROW);
        let range = params![id, from, unix_seconds(until), to];
        connection
            .prepare_cached(&format!(
                "INSERT INTO share SELECT start, gpu, seconds, ?4, joules, held_seconds FROM share
                 WHERE start BETWEEN ?2 AND ?3 AND workload = ?1
                 ON CONFLICT DO UPDATE SET {ADD_SHARE}"
            ))?
            .execute(range)?;
        connection
            .prepare_cached("DELETE FROM share WHERE start BETWEEN ?2 AND ?3 AND workload = ?1")?
            .execute(params![id, from, unix_seconds(until)])?;
        connection.prepare_cached("DELETE FROM workload WHERE id = ?1")?.execute([id])?;
    }
    Ok(old.len())
}
