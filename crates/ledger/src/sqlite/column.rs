//! Values of columns, checked: a value that the ledger never writes is damage.

use std::fmt::Display;

use rusqlite::{Row, RowIndex};

use super::error::SqliteError;

/// A finite number.
pub(super) fn finite(row: &Row<'_>, column: &'static str) -> Result<f64, SqliteError> {
    let value: f64 = row.get(column)?;
    let unsound = || SqliteError::Unsound(format!("{column} is {value}"));
    if value.is_finite() { Ok(value) } else { Err(unsound()) }
}

/// A finite number, zero or more.
pub(super) fn non_negative(row: &Row<'_>, column: &'static str) -> Result<f64, SqliteError> {
    let value = finite(row, column)?;
    let unsound = || SqliteError::Unsound(format!("{column} is {value}"));
    if value >= 0.0 { Ok(value) } else { Err(unsound()) }
}

/// A whole number, zero or more; `None` where the column is NULL.
pub(super) fn natural(row: &Row<'_>, column: &'static str) -> Result<Option<u64>, SqliteError> {
    let value: Option<i64> = row.get(column)?;
    value.map(|value| sound(u64::try_from(value))).transpose()
}

/// A text of which bytes that are not UTF-8 are replaced: one that only people read.
pub(super) fn lossy_text(row: &Row<'_>, column: impl RowIndex) -> Result<String, SqliteError> {
    let bytes = row.get_ref(column)?.as_bytes().map_err(rusqlite::Error::from)?;
    Ok(String::from_utf8_lossy(bytes).into_owned())
}

/// The value of which the column has the name.
pub(super) fn named<T>(
    row: &Row<'_>,
    column: impl RowIndex,
    parse: impl Fn(&str) -> Option<T>,
) -> Result<T, SqliteError> {
    let name: String = row.get(column)?;
    parse(&name)
        .ok_or_else(|| SqliteError::Unsound(format!("`{name}` is not a name that a ledger has")))
}

/// A value that the ledger can have written; any other is damage.
pub(super) fn sound<T, E: Display>(value: Result<T, E>) -> Result<T, SqliteError> {
    value.map_err(|error| SqliteError::Unsound(error.to_string()))
}
