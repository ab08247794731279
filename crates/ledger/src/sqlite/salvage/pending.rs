//! The pending rows of a damaged ledger, each read by its own key.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::Connection;

use super::damaged_ledger::DamagedLedger;
use crate::posting::Posting;
use crate::sqlite::error::SqliteError;
use crate::sqlite::plausible;
use crate::sqlite::row_digests::{self, ENTRY_COLUMNS, GpuDigests, OriginDigests};
use crate::sqlite::row_scan::{ALL_ROWS, Readable};
use crate::sqlite::state::{self, PENDING_COLUMNS};

/// The key of a pending row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct RowKey {
    pub(super) start: i64,
    pub(super) gpu: i64,
    pub(super) seconds: i64,
    pub(super) origin: i64,
}

/// The pending energy of a GPU that can be read.
#[derive(Debug, Default)]
pub(super) struct Pending {
    pub(super) postings: Vec<Posting>,
    pub(super) lost_rows: usize,
}

impl DamagedLedger {
    /// The keys of all pending rows by GPU: those of the rows that can be read, and those of the index, which has the whole
    /// key.
    pub(super) fn waiting_keys(
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
    pub(super) fn pending(
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
    plausible::place(row)?;
    row_digests::add_entry(digests, origins, &row_digests::values(row)?);
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
