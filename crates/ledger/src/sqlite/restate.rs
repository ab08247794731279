//! Restatement of rows whose intensity was revised.

use std::collections::BTreeMap;
use std::sync::Arc;

use gpu_carbon_core::{Energy, Interval, Pue, Quality, SLOT, Span, Timestamp};
use rusqlite::{Connection, params};

use super::column::{finite, named, sound};
use super::error::SqliteError;
use super::time::unix_seconds;
use super::write::{ADD_ENTRY, origin_id};
use crate::posting::Origin;
use crate::restate::{ConvertedRow, Revision, SlotIntensities, SlotIntensity};

/// A row that gets other emissions, and moves to another origin or stays at its own.
struct Restatement {
    start: i64,
    gpu: i64,
    from: i64,
    to: Origin,
    grams_before: f64,
    grams_after: f64,
}

/// Restates all rows that the intensities concern. The caller commits.
pub(super) fn rows(
    connection: &Connection,
    intensities: &dyn SlotIntensities,
    changed: Interval,
) -> Result<Vec<Revision>, SqliteError> {
    let mut by_gpu: BTreeMap<i64, f64> = BTreeMap::new();
    for restatement in restatements(connection, intensities, changed)? {
        *by_gpu.entry(restatement.gpu).or_default() +=
            restatement.grams_after - restatement.grams_before;
        apply(connection, &restatement)?;
    }
    let mut revisions = Vec::new();
    for (gpu, grams) in by_gpu {
        if grams != 0.0 {
            let mut add = connection.prepare_cached(
                "UPDATE gpu SET restated_grams = restated_grams + ?2 WHERE id = ?1 RETURNING uuid",
            )?;
            let uuid = add.query_row(params![gpu, grams], |row| row.get(0))?;
            revisions.push(Revision { uuid, grams });
        }
    }
    Ok(revisions)
}

/// The intensity of the slot that is being read.
struct CurrentSlot {
    start: i64,
    intensity: Option<SlotIntensity>,
}

/// The rows to restate. The intensity of each slot is requested once.
fn restatements(
    connection: &Connection,
    intensities: &dyn SlotIntensities,
    changed: Interval,
) -> Result<Vec<Restatement>, SqliteError> {
    let mut statement = connection.prepare_cached(
        "SELECT start, gpu, entry.origin AS origin, pue, source, quality, grams,
            counted_joules + integrated_joules + recovered_joules AS joules
         FROM entry JOIN origin ON origin.id = entry.origin
         WHERE start >= ?1 AND start < ?2 AND seconds = 300 AND grams IS NOT NULL
            AND zone = ?3 AND signal = ?4
         ORDER BY start",
    )?;
    let zone: Arc<str> = intensities.zone().into();
    let from = unix_seconds(changed.start().floor_to(SLOT));
    let to = unix_seconds(changed.end() + Span::from_micros(999_999)); // rounded up
    let mut rows = statement.query(params![from, to, &*zone, intensities.signal().name()])?;
    let mut slot: Option<CurrentSlot> = None;
    let mut restatements = Vec::new();
    while let Some(row) = rows.next()? {
        let start = row.get("start")?;
        if slot.as_ref().is_none_or(|current| current.start != start) {
            let begin = Timestamp::from_unix_seconds(start);
            let intensity = intensities.slot_intensity(Interval::new(begin, begin + SLOT));
            slot = Some(CurrentSlot { start, intensity });
        }
        let Some(CurrentSlot { intensity: Some(intensity), .. }) = &slot else { continue };
        // A negative amount is a remainder of rounding, and has no emissions.
        let Ok(energy) = Energy::from_joules(finite(row, "joules")?) else { continue };
        let grams_before = finite(row, "grams")?;
        let pue = sound(Pue::from_number(row.get("pue")?))?;
        let source_name: String = row.get("source")?;
        let quality = named(row, "quality", Quality::named)?;
        let converted =
            ConvertedRow { energy, grams: grams_before, pue, source_name: &source_name, quality };
        let Some(grams_after) = converted.restated_grams(intensity) else { continue };
        let to = Origin {
            zone: Arc::clone(&zone),
            signal: intensities.signal(),
            pue,
            intensity_source: Some(intensity.source.clone()),
        };
        let (gpu, from) = (row.get("gpu")?, row.get("origin")?);
        restatements.push(Restatement { start, gpu, from, to, grams_before, grams_after });
    }
    Ok(restatements)
}

fn apply(connection: &Connection, restatement: &Restatement) -> Result<(), SqliteError> {
    let Restatement { start, gpu, from, grams_before, grams_after, .. } = restatement;
    let to = origin_id(connection, &restatement.to)?;
    if to == *from {
        let mut update = connection.prepare_cached(
            "UPDATE entry SET grams = grams + ?4 WHERE start = ?1 AND gpu = ?2 AND seconds = 300 AND origin = ?3",
        )?;
        // Adding the difference keeps the grams of rows that were merged into this one before.
        update.execute(params![start, gpu, from, grams_after - grams_before])?;
        return Ok(());
    }
    let mut add = connection.prepare_cached(&format!(
        "INSERT INTO entry
         SELECT start, gpu, seconds, ?5, counted_joules, integrated_joules, recovered_joules, ?4 FROM entry
         WHERE start = ?1 AND gpu = ?2 AND seconds = 300 AND origin = ?3
         ON CONFLICT DO UPDATE SET {ADD_ENTRY}"
    ))?;
    add.execute(params![start, gpu, from, grams_after, to])?;
    let mut delete = connection.prepare_cached(
        "DELETE FROM entry WHERE start = ?1 AND gpu = ?2 AND seconds = 300 AND origin = ?3",
    )?;
    delete.execute(params![start, gpu, from])?;
    Ok(())
}
