//! The rows of `embodied`: the figures by which the embodied emissions of each GPU are computed, from a time on.

use std::collections::BTreeMap;

use gpu_carbon_core::embodied::{CountedFigure, CountedServer, EmbodiedBasis, FigureOrigin};
use gpu_carbon_core::{Mass, Span, Timestamp};
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, Row, params, params_from_iter};

use super::digest::Digest;
use super::error::SqliteError;
use super::plausible::Implausible;
use super::row_digests::{EMBODIED, EMBODIED_COLUMNS, EMBODIED_COUNT};
use super::row_scan::{ALL_ROWS, Readable};
use super::snapshot_error::SnapshotError;
use super::time::saturating_integer;
use crate::embodied::EmbodiedSince;

/// The longest row of a ledger.
const DAY: Span = Span::from_days(1);

/// The figures of GPUs by their ids, ordered by time.
pub(super) type ByGpu = BTreeMap<i64, Vec<EmbodiedSince>>;

/// Records the figures that are in use for a GPU, unless they are those of its newest row. They count from `since` on, and
/// replace rows from then on; the first ones of a GPU that was never present in this file count for all of the day. The caller
/// commits.
pub(super) fn record(
    connection: &Connection,
    gpu: i64,
    since: Timestamp,
    basis: &EmbodiedBasis,
) -> Result<(), SqliteError> {
    let mut find = connection.prepare_cached(&format!(
        "SELECT {EMBODIED_COLUMNS}, digest FROM embodied WHERE gpu = ?1 ORDER BY since_us DESC LIMIT 1"
    ))?;
    let newest = find.query_row([gpu], |row| Ok(parse(row))).optional()?;
    let since = match newest {
        Some(Ok(newest)) if newest.basis == *basis => return Ok(()),
        // A row of an hour or a day begins before the GPU was present.
        None if !was_present(connection, gpu)? => since.floor_to(DAY),
        _ => since,
    };
    connection
        .prepare_cached("DELETE FROM embodied WHERE gpu = ?1 AND since_us >= ?2")?
        .execute(params![gpu, since.as_unix_micros()])?;
    insert(connection, gpu, &EmbodiedSince { since, basis: basis.clone() })
}

fn was_present(connection: &Connection, gpu: i64) -> Result<bool, SqliteError> {
    let mut find = connection.prepare_cached("SELECT 1 FROM presence WHERE gpu = ?1 LIMIT 1")?;
    Ok(find.exists([gpu])?)
}

/// Adds a row. The caller commits.
pub(super) fn insert(
    connection: &Connection,
    gpu: i64,
    one: &EmbodiedSince,
) -> Result<(), SqliteError> {
    let mut values = values(gpu, one);
    let digest = Digest::of_row(EMBODIED, values.iter().map(|value| Ok(value.into())))?;
    values.push(Value::Integer(digest.as_integer()));
    let places = vec!["?"; values.len()].join(", ");
    let sql = format!("INSERT INTO embodied ({EMBODIED_COLUMNS}, digest) VALUES ({places})");
    connection.prepare_cached(&sql)?.execute(params_from_iter(values))?;
    Ok(())
}

/// Reads all figures of a file that may be damaged. Rows that are not as they were written are left out, and noted.
pub(super) fn all(file: &dyn Readable) -> Result<ByGpu, SnapshotError> {
    let mut by_gpu = ByGpu::new();
    let mut last = None;
    let sql = format!(
        "SELECT {EMBODIED_COLUMNS}, digest FROM embodied ORDER BY gpu, since_us LIMIT ?1 OFFSET ?2"
    );
    let left_out = |reason: &str| {
        let note = format!("a source of embodied emissions is left out: {reason}");
        file.damage().add(note);
    };
    let read = file.each(&sql, ALL_ROWS, &mut |row| {
        let key: (i64, i64) = (row.get(1)?, row.get(0)?);
        if last.is_some_and(|last| last >= key) {
            return Err(SnapshotError::Corrupt("its rows are out of order".to_owned()));
        }
        last = Some(key);
        match parse(row) {
            Ok(one) => by_gpu.entry(key.0).or_default().push(one),
            Err(Implausible(reason)) => left_out(&reason),
        }
        Ok(())
    });
    match read {
        Err(SnapshotError::Corrupt(reason)) => left_out(&reason),
        outcome => outcome?,
    }
    Ok(by_gpu)
}

/// True for a file that has the table.
pub(super) fn is_in(connection: &Connection) -> bool {
    connection.prepare("SELECT digest FROM embodied").is_ok()
}

/// The values of a row, in the order of [`EMBODIED_COLUMNS`].
fn values(gpu: i64, EmbodiedSince { since, basis }: &EmbodiedSince) -> Vec<Value> {
    let EmbodiedBasis { gpu: of_gpu, server, lifespan } = basis;
    let grams = |figure: &CountedFigure| Value::Real(figure.mass.as_grams());
    let model = |figure: &CountedFigure| match &figure.origin {
        FigureOrigin::Catalogue(model) => Value::Text(model.clone()),
        FigureOrigin::Operator(_) => Value::Null,
    };
    let source = |figure: &CountedFigure| match &figure.origin {
        FigureOrigin::Operator(Some(source)) => Value::Text(source.clone()),
        _ => Value::Null,
    };
    let of = |figure: Option<&CountedFigure>, value: &dyn Fn(&CountedFigure) -> Value| {
        figure.map_or(Value::Null, value)
    };
    let of_gpu = of_gpu.as_ref();
    let of_server = server.as_ref().map(|server| &server.figure);
    vec![
        Value::Integer(since.as_unix_micros()),
        Value::Integer(gpu),
        of(of_gpu, &grams),
        of(of_gpu, &model),
        of(of_gpu, &source),
        Value::Integer(saturating_integer(lifespan.as_micros())),
        of(of_server, &grams),
        server.as_ref().map_or(Value::Null, |server| Value::Integer(server.gpus.into())),
        of(of_server, &model),
        of(of_server, &source),
    ]
}

/// The figures in a row of [`EMBODIED_COLUMNS`] and the digest.
fn parse(row: &Row<'_>) -> Result<EmbodiedSince, Implausible> {
    let columns = (0..EMBODIED_COUNT).map(|column| row.get_ref(column));
    let digest = Digest::of_row(EMBODIED, columns)?;
    if row.get::<_, i64>(EMBODIED_COUNT)? != digest.as_integer() {
        return Err(Implausible("it is not as it was written".to_owned()));
    }
    let figure = |[grams, model, source]: [usize; 3]| {
        let Some(grams) = row.get::<_, Option<f64>>(grams)? else { return Ok(None) };
        let mass = Mass::from_grams(grams).map_err(|error| Implausible(error.to_string()))?;
        let origin = match row.get(model)? {
            Some(model) => FigureOrigin::Catalogue(model),
            None => FigureOrigin::Operator(row.get(source)?),
        };
        Ok::<_, Implausible>(Some(CountedFigure { mass, origin }))
    };
    let gpus: Option<u16> = row.get(7)?;
    let server = figure([6, 8, 9])?.zip(gpus).map(|(figure, gpus)| CountedServer { figure, gpus });
    let lifespan = Span::from_micros(row.get::<_, i64>(5)?.unsigned_abs());
    Ok(EmbodiedSince {
        since: Timestamp::from_unix_micros(row.get(0)?),
        basis: EmbodiedBasis { gpu: figure([2, 3, 4])?, server, lifespan },
    })
}
