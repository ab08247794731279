//! The intensities by which the slots of each origin were converted.

use std::collections::BTreeMap;

use gpu_carbon_core::{Intensity, Interval, SLOT, Timestamp};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row, params};

use super::digest::Digest;
use super::error::SqliteError;
use super::time::unix_seconds;
use super::write::origin_id;
use crate::restate::{ConvertedTime, SlotIntensities};

/// The number that begins the digest of a row.
const CONVERSION: u64 = 5;

/// A slot and an origin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct ConversionKey {
    /// The start of the slot, in seconds of UTC.
    pub(super) start: i64,
    /// The id of the origin.
    pub(super) origin: i64,
}

/// The intensity by which the energy of a part of a slot was converted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Conversion {
    /// The part of the slot.
    pub(super) part: Interval,
    /// The mean over that part.
    pub(super) intensity: Intensity,
}

/// Reads the conversions of the slots that start in a range. A damaged one is left out: it is unknown.
pub(super) fn read(
    connection: &Connection,
    starts: [i64; 2],
) -> Result<BTreeMap<ConversionKey, Conversion>, SqliteError> {
    let mut statement =
        connection.prepare_cached("SELECT * FROM conversion WHERE start >= ?1 AND start < ?2")?;
    let mut rows = statement.query(starts)?;
    let mut conversions = BTreeMap::new();
    while let Some(row) = rows.next()? {
        if let Some((key, conversion)) = conversion(row)? {
            conversions.insert(key, conversion);
        }
    }
    Ok(conversions)
}

fn conversion(row: &Row<'_>) -> Result<Option<(ConversionKey, Conversion)>, SqliteError> {
    let key = ConversionKey { start: row.get(0)?, origin: row.get(1)? };
    let (from, until, grams): (i64, i64, f64) = (row.get(2)?, row.get(3)?, row.get(4)?);
    let is_intact = row.get::<_, i64>(5)? == digest(key, [from, until], grams).as_integer();
    let part = Interval::new(Timestamp::from_unix_micros(from), Timestamp::from_unix_micros(until));
    let intensity = Intensity::from_grams_per_kilowatt_hour(grams).ok().filter(|_| is_intact);
    Ok(intensity.map(|intensity| (key, Conversion { part, intensity })))
}

/// Records the time whose energy is converted by these intensities, in addition to what the file has. The caller commits.
pub(super) fn record(
    connection: &Connection,
    converted: &[ConvertedTime],
    intensities: &dyn SlotIntensities,
) -> Result<(), SqliteError> {
    let mut parts: BTreeMap<ConversionKey, Interval> = BTreeMap::new();
    for ConvertedTime { origin, time } in converted {
        let start = unix_seconds(time.start().floor_to(SLOT));
        let key = ConversionKey { start, origin: origin_id(connection, origin)? };
        let part = parts.entry(key).or_insert(*time);
        *part = part.hull(*time);
    }
    for (key, part) in parts {
        let known = read(connection, [key.start, key.start + 1])?.remove(&key);
        extend(connection, key, known.map_or(part, |known| known.part.hull(part)), intensities)?;
    }
    Ok(())
}

/// Sets the part of a slot that was converted by these intensities. Where they do not cover all of it, the conversion is
/// unknown.
pub(super) fn extend(
    connection: &Connection,
    key: ConversionKey,
    part: Interval,
    intensities: &dyn SlotIntensities,
) -> Result<(), SqliteError> {
    let Some(new) = intensities.slot_intensity(part) else { return delete(connection, key) };
    let micros = [part.start(), part.end()].map(Timestamp::as_unix_micros);
    let grams = new.intensity.as_grams_per_kilowatt_hour();
    let digest = digest(key, micros, grams).as_integer();
    let mut insert = connection
        .prepare_cached("INSERT OR REPLACE INTO conversion VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?;
    insert.execute(params![key.start, key.origin, micros[0], micros[1], grams, digest])?;
    Ok(())
}

/// Forgets a conversion.
pub(super) fn delete(connection: &Connection, key: ConversionKey) -> Result<(), SqliteError> {
    let mut delete =
        connection.prepare_cached("DELETE FROM conversion WHERE start = ?1 AND origin = ?2")?;
    delete.execute([key.start, key.origin])?;
    Ok(())
}

/// Deletes the conversions of slots that are compacted.
pub(super) fn delete_before(connection: &Connection, start: i64) -> Result<(), SqliteError> {
    let mut delete = connection.prepare_cached("DELETE FROM conversion WHERE start < ?1")?;
    delete.execute([start])?;
    Ok(())
}

fn digest(key: ConversionKey, micros: [i64; 2], grams: f64) -> Digest {
    let integers = [key.start, key.origin, micros[0], micros[1]];
    let of_integers = integers
        .into_iter()
        .fold(Digest::of_table(CONVERSION), |digest, value| digest.with(ValueRef::Integer(value)));
    of_integers.with(ValueRef::Real(grams))
}
