//! The GPUs and origins of a snapshot, to which its rows refer by their ids.

use std::collections::{BTreeMap, HashMap};

use gpu_carbon_core::Timestamp;
use rusqlite::{Connection, Row};

use super::column::lossy_text;
use super::gpu_copy::GpuCopy;
use super::plausible::{self, Implausible, amount};
use super::row_scan::{ALL_ROWS, Readable};
use super::snapshot_error::SnapshotError;
use super::time::unix_seconds;
use super::{embodied, schema, workload};
use crate::host::is_of_host;
use crate::posting::Origin;
use crate::rows::{Carried, Gpu};
use crate::share::WorkloadRow;

/// The name of a GPU of which it cannot be read.
pub(super) const UNKNOWN_NAME: &str = "unknown";

/// Objects in the order of their positions, which are found by the ids.
#[derive(Debug)]
pub(super) struct Numbered<T> {
    all: Vec<T>,
    positions: HashMap<i64, usize>,
}

impl<T> Default for Numbered<T> {
    fn default() -> Numbered<T> {
        Numbered { all: Vec::new(), positions: HashMap::new() }
    }
}

impl<T> FromIterator<(i64, T)> for Numbered<T> {
    fn from_iter<I: IntoIterator<Item = (i64, T)>>(objects: I) -> Numbered<T> {
        let mut numbered = Numbered::default();
        for (id, object) in objects {
            numbered.positions.insert(id, numbered.all.len());
            numbered.all.push(object);
        }
        numbered
    }
}

impl<T> Numbered<T> {
    /// All objects.
    pub(super) fn all(&self) -> &[T] {
        &self.all
    }

    /// The position of an id, and its object.
    pub(super) fn find(&self, id: i64) -> Option<(usize, &T)> {
        let position = *self.positions.get(&id)?;
        Some((position, self.all.get(position)?))
    }
}

/// Reads all GPUs, ordered by index, and then the accounts of the host. One whose row is damaged is read from the copy, without its name.
pub(super) fn gpus(
    file: &dyn Readable,
    connection: &Connection,
) -> Result<Numbered<Gpu>, SnapshotError> {
    let columns = "id, uuid, read_us, carried_joules, carried_grams, carried_embodied_grams,
        unseen_seconds";
    let of_gpu = |row: &Row<'_>| gpu(file, row, (lossy_text(row, 7).ok(), row.get(8).ok()));
    let mut gpus = by_id(file, "gpu", &format!("{columns}, name, place"), &of_gpu)?;
    if gpus.is_incomplete || gpus.by_id.values().any(Result::is_err) {
        let of_copy = |row: &Row<'_>| {
            let id: i64 = row.get(0)?;
            let copy = GpuCopy::read(connection, id).ok().flatten();
            if !copy.is_some_and(|copy| copy.is_intact) {
                return Err(Implausible("its copy is damaged".to_owned()));
            }
            gpu(file, row, (None, u32::try_from(id - 1).ok()))
        };
        let copies = by_id(file, "gpu_copy", columns, &of_copy);
        for (id, copy) in copies.map(|copies| copies.by_id).unwrap_or_default() {
            if let (false, Ok(copy)) = (matches!(gpus.by_id.get(&id), Some(Ok(_))), copy) {
                file.damage().add(format!(
                    "the name of GPU {} cannot be read, and its totals are those of the second copy",
                    copy.uuid
                ));
                gpus.by_id.insert(id, Ok(copy));
            }
        }
    }
    let mut sound = gpus.sound(file, "gpu");
    if embodied::is_in(connection) {
        let mut figures = embodied::all(file)?;
        for (id, gpu) in &mut sound {
            gpu.embodied = figures.remove(id).unwrap_or_default();
        }
    }
    sound.sort_by_key(|(id, gpu)| (is_of_host(&gpu.uuid), gpu.index, *id));
    Ok(sound.into_iter().collect())
}

/// Reads all origins, in the order in which they were first used.
pub(super) fn origins(
    file: &dyn Readable,
    connection: &Connection,
) -> Result<Numbered<Origin>, SnapshotError> {
    let scope = schema::scope_column(connection);
    let columns = format!("id, zone, signal, pue, source, quality, {scope}");
    let origins = by_id(file, "origin", &columns, &|row| plausible::origin(row, 1))?;
    Ok(origins.sound(file, "origin").into_iter().collect())
}

/// Reads all workloads, in the order in which they first had a share.
pub(super) fn workloads(file: &dyn Readable) -> Result<Numbered<WorkloadRow>, SnapshotError> {
    let workloads = by_id(file, "workload", workload::COLUMNS, &workload::parse)?;
    Ok(workloads.sound(file, "workload").into_iter().collect())
}

/// The GPU in a row of `gpu` or of its copy, with its name and index.
fn gpu(
    file: &dyn Readable,
    row: &Row<'_>,
    (name, index): (Option<String>, Option<u32>),
) -> Result<Gpu, Implausible> {
    let uuid: String = row.get(1)?;
    let read = row.get::<_, Option<i64>>(2)?.map(Timestamp::from_unix_micros);
    let is_possible = |at: &Timestamp| plausible::STARTS.contains(&unix_seconds(*at));
    if let Some(at) = read.filter(|at| !is_possible(at)) {
        let seconds = unix_seconds(at);
        file.damage().add(format!(
            "the last reading of GPU {uuid} is left out: it is {seconds} seconds after 1970"
        ));
    }
    let amount = |column| {
        amount(row, column).unwrap_or_else(|Implausible(reason)| {
            file.damage().add(format!("a total of GPU {uuid} is left out: {reason}"));
            0.0
        })
    };
    let carried = Carried { joules: amount(3), grams: amount(4), embodied_grams: amount(5) };
    let unseen_seconds = amount(6);
    Ok(Gpu {
        name: name.unwrap_or_else(|| UNKNOWN_NAME.to_owned()),
        index: index.unwrap_or_default(),
        read_at: read.filter(is_possible),
        carried,
        unseen_seconds,
        embodied: Vec::new(),
        uuid,
    })
}

/// The rows of a table by their ids.
struct ById<T> {
    by_id: BTreeMap<i64, Result<T, Implausible>>,
    /// True if SQLite cannot read a part of the table.
    is_incomplete: bool,
}

impl<T> ById<T> {
    /// The rows that are sound; the others are noted.
    fn sound(self, file: &dyn Readable, table: &str) -> Vec<(i64, T)> {
        let sound = |(id, row)| match row {
            Ok(row) => Some((id, row)),
            Err(Implausible(reason)) => {
                let note = format!("the row of {table} with the id {id} is left out: {reason}");
                file.damage().add(note);
                None
            }
        };
        self.by_id.into_iter().filter_map(sound).collect()
    }
}

/// Reads a table from both of its ends, of which the first column is the id. A page that cannot be read ends a reading, and
/// so does an id out of order, which a page has that is the child of two others.
fn by_id<T>(
    file: &dyn Readable,
    table: &str,
    columns: &str,
    parse: &dyn Fn(&Row<'_>) -> Result<T, Implausible>,
) -> Result<ById<T>, SnapshotError> {
    let mut rows = ById { by_id: BTreeMap::new(), is_incomplete: false };
    let mut first_error = None;
    for order in ["ASC", "DESC"] {
        let sql = format!(
            "SELECT {columns} FROM {table} NOT INDEXED ORDER BY id {order} LIMIT ?1 OFFSET ?2"
        );
        let mut before: Option<i64> = None;
        let read = file.each(&sql, ALL_ROWS, &mut |row| {
            let id: i64 = row.get(0)?;
            let is_in_order =
                before.is_none_or(|before| if order == "ASC" { id > before } else { id < before });
            if !is_in_order {
                return Err(SnapshotError::Corrupt("its rows are out of order".to_owned()));
            }
            before = Some(id);
            rows.by_id.insert(id, parse(row));
            Ok(())
        });
        match read {
            Ok(()) => return Ok(rows),
            Err(SnapshotError::Corrupt(reason)) => {
                let note = format!("some rows of {table} cannot be read: {reason}");
                file.damage().add(note.clone());
                first_error.get_or_insert(SnapshotError::Corrupt(reason));
                rows.is_incomplete = true;
            }
            Err(error) => return Err(error),
        }
    }
    match first_error {
        Some(error) if rows.by_id.is_empty() => Err(error),
        _ => Ok(rows),
    }
}
