//! The rows of `workload`, to which shares refer by their ids.

use std::collections::BTreeMap;
use std::sync::Arc;

use gpu_carbon_core::{Interval, Timestamp};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::digest::Digest;
use super::error::SqliteError;
use super::plausible::Implausible;
use crate::share::{Pod, Workload, WorkloadRow};

/// The columns, in the order in which they are digested.
pub(super) const COLUMNS: &str = "id, name, kind, namespace, pod, since_us, until_us, digest";

/// The number that begins the digest of a row.
const WORKLOAD: u64 = 7;

/// The number of the columns before the digest.
const COUNT: usize = 7;

/// All workloads by their ids.
pub(super) type Workloads = BTreeMap<i64, Arc<Workload>>;

/// The id of a workload's row; `None` where there is none.
pub(super) fn find_id(
    connection: &Connection,
    workload: &Workload,
) -> Result<Option<i64>, SqliteError> {
    let mut find =
        connection.prepare_cached("SELECT id FROM workload WHERE name = ?1 AND kind = ?2")?;
    let key = params![&*workload.name, &*workload.kind];
    Ok(find.query_row(key, |row| row.get(0)).optional()?)
}

/// The id of a workload's row, which is inserted where there is none. The time of its shares grows by another one.
pub(super) fn id_of(
    connection: &Connection,
    workload: &Workload,
    time: Interval,
) -> Result<i64, SqliteError> {
    let [mut since, mut until] = [time.start(), time.end()].map(Timestamp::as_unix_micros);
    let mut find = connection.prepare_cached(
        "SELECT id, since_us, until_us FROM workload WHERE name = ?1 AND kind = ?2",
    )?;
    let key = params![&*workload.name, &*workload.kind];
    let found: Option<[i64; 3]> =
        find.query_row(key, |row| Ok([row.get(0)?, row.get(1)?, row.get(2)?])).optional()?;
    let id = match found {
        Some([id, from, to]) if from <= since && until <= to => return Ok(id),
        Some([id, from, to]) => {
            (since, until) = (since.min(from), until.max(to));
            id
        }
        None => {
            let last = "SELECT ifnull(max(id), 0) FROM workload";
            connection.query_row(last, [], |row| row.get::<_, i64>(0))? + 1
        }
    };
    let pod = workload.pod.as_ref();
    let (namespace, name) = pod.map(|pod| (&*pod.namespace, &*pod.name)).unzip();
    let values = [
        ValueRef::Integer(id),
        ValueRef::Text(workload.name.as_bytes()),
        ValueRef::Text(workload.kind.as_bytes()),
        namespace.map_or(ValueRef::Null, |text: &str| ValueRef::Text(text.as_bytes())),
        name.map_or(ValueRef::Null, |text: &str| ValueRef::Text(text.as_bytes())),
        ValueRef::Integer(since),
        ValueRef::Integer(until),
    ];
    let digest = Digest::of_row(WORKLOAD, values.into_iter().map(Ok))?.as_integer();
    let mut write = connection.prepare_cached(
        "INSERT INTO workload VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
         ON CONFLICT DO UPDATE SET namespace = excluded.namespace, pod = excluded.pod,
            since_us = excluded.since_us, until_us = excluded.until_us, digest = excluded.digest",
    )?;
    let (kind, of) = (&*workload.kind, &*workload.name);
    write.execute(params![id, of, kind, namespace, name, since, until, digest])?;
    Ok(id)
}

/// The workload in a row of [`COLUMNS`].
pub(super) fn parse(row: &Row<'_>) -> Result<WorkloadRow, Implausible> {
    let stored: i64 = row.get(COUNT)?;
    let digest = Digest::of_row(WORKLOAD, (0..COUNT).map(|column| row.get_ref(column)))?;
    if digest.as_integer() != stored {
        return Err(Implausible("it is not as it was written".to_owned()));
    }
    let (namespace, pod): (Option<String>, Option<String>) = (row.get(3)?, row.get(4)?);
    let pod = namespace.zip(pod).map(|(namespace, name)| Pod { namespace, name });
    let (name, kind): (String, String) = (row.get(1)?, row.get(2)?);
    let [since, until] = [row.get(5)?, row.get(6)?].map(Timestamp::from_unix_micros);
    let workload = Workload { name: name.into(), kind: kind.into(), pod };
    Ok(WorkloadRow { workload, time: Interval::new(since, until) })
}

/// Reads all workloads.
///
/// # Errors
///
/// When one of them is not as it was written.
pub(super) fn all(connection: &Connection) -> Result<Workloads, SqliteError> {
    let mut statement = connection.prepare_cached(&format!("SELECT {COLUMNS} FROM workload"))?;
    let mut rows = statement.query([])?;
    let mut workloads = Workloads::new();
    while let Some(row) = rows.next()? {
        let of_row = parse(row).map_err(|Implausible(reason)| {
            SqliteError::Unsound(format!("a row of workload: {reason}"))
        })?;
        workloads.insert(row.get(0)?, Arc::new(of_row.workload));
    }
    Ok(workloads)
}

/// Reads a workload; `None` where its row is not as it was written.
pub(super) fn find(connection: &Connection, id: i64) -> Result<Option<WorkloadRow>, SqliteError> {
    let mut find = connection
        .prepare_cached(&format!("SELECT {COLUMNS} FROM workload NOT INDEXED WHERE id = ?1"))?;
    let mut rows = find.query([id])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    Ok(parse(row).ok())
}
