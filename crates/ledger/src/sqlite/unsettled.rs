//! The questions that a GPU's meter left open, in the rows of `gpu` and of its copy.

use gpu_carbon_core::meter::{CounterUse, OddValue, Unsettled};
use gpu_carbon_core::{Energy, Span};
use rusqlite::types::Value;
use rusqlite::{Connection, Row};

use super::column::{named, natural, non_negative, sound};
use super::error::SqliteError;
use super::time::saturating_integer;

/// The columns, which a file of version 3 or earlier does not have.
pub(super) const COLUMNS: &str = "read_use, read_moved_us, read_settled_us, read_ahead_joules,
    read_unresolved_us, read_unresolved_since_us, odd_millijoules, odd_since_us, odd_moved_us,
    odd_is_repeated";
/// The number of these columns.
pub(super) const COUNT: usize = 10;

/// Reports whether a file has the columns.
pub(super) fn are_in(connection: &Connection) -> bool {
    connection.prepare_cached(&format!("SELECT {COLUMNS} FROM gpu")).is_ok()
}

/// The questions in a row, of which all columns were selected.
pub(super) fn read(row: &Row<'_>) -> Result<Option<Unsettled>, SqliteError> {
    let has_columns = row.as_ref().column_index("read_use").is_ok();
    if !has_columns || row.get_ref("read_use")? == rusqlite::types::ValueRef::Null {
        return Ok(None);
    }
    let micros = |column| -> Result<Span, SqliteError> {
        let missing = || SqliteError::Unsound(format!("{column} is NULL"));
        Ok(Span::from_micros(natural(row, column)?.ok_or_else(missing)?))
    };
    let odd = match natural(row, "odd_millijoules")? {
        None => None,
        Some(millijoules) => {
            let (since, moved) = (micros("odd_since_us")?, micros("odd_moved_us")?);
            let is_repeated = natural(row, "odd_is_repeated")? == Some(1);
            Some(OddValue { since, millijoules, moved, is_repeated })
        }
    };
    Ok(Some(Unsettled {
        use_of_counter: named(row, "read_use", CounterUse::named)?,
        moved: micros("read_moved_us")?,
        settled_at: micros("read_settled_us")?,
        odd,
        ahead: sound(Energy::from_joules(non_negative(row, "read_ahead_joules")?))?,
        unresolved: micros("read_unresolved_us")?,
        unresolved_since: micros("read_unresolved_since_us")?,
    }))
}

/// The values of the columns.
pub(super) fn values(unsettled: Option<&Unsettled>) -> [Value; COUNT] {
    let Some(unsettled) = unsettled else { return [const { Value::Null }; COUNT] };
    let micros = |span: Span| Value::Integer(saturating_integer(span.as_micros()));
    let of_odd =
        |value: &dyn Fn(&OddValue) -> Value| unsettled.odd.as_ref().map_or(Value::Null, value);
    [
        Value::Text(unsettled.use_of_counter.name().to_owned()),
        micros(unsettled.moved),
        micros(unsettled.settled_at),
        Value::Real(unsettled.ahead.as_joules()),
        micros(unsettled.unresolved),
        micros(unsettled.unresolved_since),
        of_odd(&|odd| Value::Integer(saturating_integer(odd.millijoules))),
        of_odd(&|odd| micros(odd.since)),
        of_odd(&|odd| micros(odd.moved)),
        of_odd(&|odd| Value::Integer(i64::from(odd.is_repeated))),
    ]
}
