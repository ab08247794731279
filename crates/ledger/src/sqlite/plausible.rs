//! The values that a row of the ledger can have. Any other is damage; writer and readers check the same.

use std::ops::RangeInclusive;
use std::sync::Arc;

use gpu_carbon_core::{Pue, Quality, Scope, Signal};
use rusqlite::Row;

use super::error::{SqliteError, single_line};
use crate::posting::{IntensitySource, Origin};

/// The lengths of rows, in seconds: a slot, an hour and a day.
pub(super) const LENGTHS: [i64; 3] = [300, 3600, 86_400];

/// The starts that rows have, in seconds of UTC: from 1970 to 2199.
pub(super) const STARTS: std::ops::Range<i64> = 0..7_258_118_400;

/// The highest amount of joules, grams or seconds, above all that humanity uses in a millennium.
const HIGHEST_AMOUNT: f64 = 1e24;

/// The amounts of rows and totals. A negative amount in a row is a remainder of rounding.
const AMOUNTS: RangeInclusive<f64> = -HIGHEST_AMOUNT..=HIGHEST_AMOUNT;

/// The place of a row: its first three columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    /// The start, in seconds of UTC.
    pub(super) start: i64,
    /// The id of the GPU.
    pub(super) gpu: i64,
    /// The length, in seconds.
    pub(super) seconds: i64,
}

/// The reason why a row cannot be one that the ledger wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Implausible(pub(super) String);

impl From<rusqlite::Error> for Implausible {
    fn from(error: rusqlite::Error) -> Implausible {
        Implausible(single_line(&error.to_string()))
    }
}

impl From<Implausible> for SqliteError {
    fn from(Implausible(reason): Implausible) -> SqliteError {
        SqliteError::Unsound(reason)
    }
}

/// The place of a row that begins with the columns `start`, `gpu` and `seconds`.
pub(super) fn place(row: &Row<'_>) -> Result<Place, Implausible> {
    let place = Place { start: row.get(0)?, gpu: row.get(1)?, seconds: row.get(2)? };
    let Place { start, seconds, .. } = place;
    if !STARTS.contains(&start) {
        Err(Implausible(format!("a row begins {start} seconds after 1970")))
    } else if !LENGTHS.contains(&seconds) {
        Err(Implausible(format!("a row at {start} lasts {seconds} seconds")))
    } else {
        Ok(place)
    }
}

/// The origin in a row with the columns `zone`, `signal`, `pue`, `source`, `quality` and `scope`, of which the first is at
/// `from`.
pub(super) fn origin(row: &Row<'_>, from: usize) -> Result<Origin, Implausible> {
    let unknown = |name: &str| Implausible(single_line(&format!("an origin with `{name}`")));
    let (zone, signal): (String, String) = (row.get(from)?, row.get(from + 1)?);
    let signal = Signal::named(&signal).ok_or_else(|| unknown(&signal))?;
    let pue =
        Pue::from_number(row.get(from + 2)?).map_err(|error| Implausible(error.to_string()))?;
    let (name, quality): (Option<String>, Option<String>) =
        (row.get(from + 3)?, row.get(from + 4)?);
    let quality =
        quality.map(|name| Quality::named(&name).ok_or_else(|| unknown(&name))).transpose()?;
    let scope: Option<String> = row.get(from + 5)?;
    let scope = scope.map(|name| Scope::named(&name).ok_or_else(|| unknown(&name))).transpose()?;
    let intensity_source = name
        .map(Arc::from)
        .zip(quality)
        .map(|(name, quality)| IntensitySource { name, quality, scope });
    Ok(Origin { zone: zone.into(), signal, pue, intensity_source })
}

/// The amount in a column.
pub(super) fn amount(row: &Row<'_>, column: usize) -> Result<f64, Implausible> {
    checked(row.get(column)?)
}

/// The amount in a column that may be NULL.
pub(super) fn optional_amount(row: &Row<'_>, column: usize) -> Result<Option<f64>, Implausible> {
    row.get::<_, Option<f64>>(column)?.map(checked).transpose()
}

fn checked(amount: f64) -> Result<f64, Implausible> {
    if AMOUNTS.contains(&amount) {
        Ok(amount)
    } else {
        Err(Implausible(format!("an amount of {amount:e}")))
    }
}
