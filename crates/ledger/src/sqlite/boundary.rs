//! The row of the table `boundary`.

use gpu_carbon_core::boundary::{Boundary, BoundaryChoice, Declaration, Knowledge};
use gpu_carbon_core::{Power, Ratio};
use rusqlite::types::Value;
use rusqlite::{Connection, Row, params_from_iter};

use super::digest::Digest;
use super::error::SqliteError;
use crate::host::RecordedBoundary;

/// The number that begins the digest of the row.
const BOUNDARY: u64 = 9;

/// The number of the columns before the digest.
const COUNT: usize = 9;

/// The boundary; `None` before the first one, in a file of an earlier version, and where the row is not as it was written.
pub(super) fn read(connection: &Connection) -> Option<RecordedBoundary> {
    let mut statement = connection.prepare("SELECT * FROM boundary").ok()?;
    let mut rows = statement.query([]).ok()?;
    parse(rows.next().ok()??)
}

/// Replaces the boundary. The caller commits.
pub(super) fn write(
    connection: &Connection,
    boundary: &RecordedBoundary,
) -> Result<(), SqliteError> {
    connection.execute("DELETE FROM boundary", [])?;
    let mut values = values(boundary);
    let digest = Digest::of_row(BOUNDARY, values.iter().map(|value| Ok(value.into())))?;
    values.push(Value::Integer(digest.as_integer()));
    let places = vec!["?"; values.len()].join(", ");
    connection
        .execute(&format!("INSERT INTO boundary VALUES ({places})"), params_from_iter(values))?;
    Ok(())
}

fn values(boundary: &RecordedBoundary) -> Vec<Value> {
    let RecordedBoundary { choice, parts } = boundary;
    let text = |text: &str| Value::Text(text.to_owned());
    let watts = |known: Knowledge| match known.declaration() {
        Some(Declaration::Power(power)) => Value::Real(power.as_watts()),
        _ => Value::Null,
    };
    let share = match parts.rest.declaration() {
        Some(Declaration::ShareOfGpus(share)) => Value::Real(share.as_number()),
        _ => Value::Null,
    };
    let Boundary { gpus, cpu, memory, rest } = *parts;
    let mut values = vec![text(choice.name())];
    values.extend([gpus, cpu, memory, rest].map(|known| text(known.name())));
    values.extend([cpu, memory, rest].map(watts));
    values.push(share);
    values
}

fn parse(row: &Row<'_>) -> Option<RecordedBoundary> {
    let digest = Digest::of_row(BOUNDARY, (0..COUNT).map(|column| row.get_ref(column))).ok()?;
    if row.get::<_, i64>(COUNT).ok()? != digest.as_integer() {
        return None;
    }
    let name = |column| row.get::<_, String>(column).ok();
    let number = |column| row.get::<_, Option<f64>>(column).ok().flatten();
    let watts = |column| Some(Declaration::Power(Power::from_watts(number(column)?).ok()?));
    let share = || Some(Declaration::ShareOfGpus(Ratio::from_number(number(8)?).ok()?));
    let known = |column, declaration| Knowledge::named(&name(column)?, declaration);
    let parts = Boundary {
        gpus: known(1, None)?,
        cpu: known(2, watts(5))?,
        memory: known(3, watts(6))?,
        rest: known(4, watts(7).or_else(share))?,
    };
    Some(RecordedBoundary { choice: BoundaryChoice::named(&name(0)?)?, parts })
}
