//! The rows of GPUs in a damaged ledger: each by its row in `gpu`, or by the copy.

use std::collections::{BTreeMap, BTreeSet};

use gpu_carbon_core::meter::Limits;
use rusqlite::{Connection, OptionalExtension};

use super::damaged_ledger::DamagedLedger;
use crate::gpu::GpuTotals;
use crate::sqlite::column;
use crate::sqlite::error::{SqliteError, single_line};
use crate::sqlite::identities::UNKNOWN_NAME;
use crate::sqlite::row_scan::{ALL_ROWS, Readable};
use crate::sqlite::state::{self, GpuRow};
use crate::sqlite::sums::{self, GpuSums};

/// The number of row ids beyond the known ones that are tried where a table cannot be read in order.
const IDS_BEYOND: i64 = 64;

impl DamagedLedger {
    /// The ids of all GPUs that may be in the file. A page that cannot be read ends a scan, so that each table and index
    /// is scanned from both of its ends, and ids between are tried.
    pub(super) fn gpu_ids(&self) -> BTreeSet<i64> {
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
    pub(super) fn names_by_index(&self) -> BTreeMap<i64, String> {
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
}

/// The row of a GPU in `gpu`, if it can be read.
pub(super) fn original(connection: &Connection, id: i64) -> Option<GpuRow> {
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
pub(super) fn copied(
    connection: &Connection,
    id: i64,
    original: Option<&GpuRow>,
) -> Option<GpuRow> {
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
pub(super) fn settled(mut row: GpuRow, sums: Option<&GpuSums>) -> GpuRow {
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
pub(super) fn exists(connection: &Connection, id: i64) -> bool {
    let sql = "SELECT 1 FROM gpu WHERE id = ?1";
    let Ok(mut find) = connection.prepare_cached(sql) else { return false };
    !matches!(find.query_row([id], |_| Ok(())).optional(), Ok(None))
}
