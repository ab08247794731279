//! Restatement of rows whose intensity was revised.

use std::collections::BTreeMap;
use std::sync::Arc;

use gpu_carbon_core::{Energy, Interval, Pue, Quality, SLOT, Span, Timestamp};
use rusqlite::{Connection, params};

use super::column::{finite, named, sound};
use super::conversion::{self, Conversion, ConversionKey};
use super::error::SqliteError;
use super::share;
use super::time::unix_seconds;
use super::write::{ADD_ENTRY, origin_id};
use crate::posting::Origin;
use crate::restate::{ConvertedEnergy, Revision, SlotIntensities, SlotIntensity};

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
    let mut by_slot: BTreeMap<(i64, i64), f64> = BTreeMap::new();
    let mut moved: BTreeMap<ConversionKey, i64> = BTreeMap::new();
    let known = conversion::read(connection, starts(changed))?;
    for restatement in restatements(connection, intensities, changed, &known)? {
        let grams = restatement.grams_after - restatement.grams_before;
        *by_gpu.entry(restatement.gpu).or_default() += grams;
        *by_slot.entry((restatement.start, restatement.gpu)).or_default() += grams;
        let to = origin_id(connection, &restatement.to)?;
        apply(connection, &restatement, to)?;
        let key = ConversionKey { start: restatement.start, origin: restatement.from };
        moved.insert(key, to);
    }
    record_conversions(connection, intensities, &known, &moved)?;
    let mut shares = share::divide_revisions(connection, &by_slot)?;
    let mut revisions = Vec::new();
    for (gpu, grams) in by_gpu {
        if grams != 0.0 {
            let mut add = connection.prepare_cached(
                "UPDATE gpu SET restated_grams = restated_grams + ?2 WHERE id = ?1 RETURNING uuid",
            )?;
            let uuid = add.query_row(params![gpu, grams], |row| row.get(0))?;
            let shares = shares.remove(&gpu).unwrap_or_default();
            share::restate_totals(connection, gpu, grams, &shares)?;
            revisions.push(Revision { uuid, grams, shares });
        }
    }
    Ok(revisions)
}

/// Records the new intensities of rows that were restated.
fn record_conversions(
    connection: &Connection,
    intensities: &dyn SlotIntensities,
    known: &BTreeMap<ConversionKey, Conversion>,
    moved: &BTreeMap<ConversionKey, i64>,
) -> Result<(), SqliteError> {
    let mut parts: BTreeMap<ConversionKey, Option<Interval>> = BTreeMap::new();
    for (&from, &to) in moved {
        conversion::delete(connection, from)?;
        let to = ConversionKey { origin: to, ..from };
        // The rows of the other origin stay with those that were moved to it.
        let there = Some(&to).filter(|&to| *to != from && !moved.contains_key(to));
        let there = there.and_then(|to| known.get(to)).map(|conversion| conversion.part);
        let part = known.get(&from).map(|conversion| conversion.part);
        let hull = |one: Option<Interval>, other: Option<Interval>| match (one, other) {
            (Some(one), Some(other)) => Some(one.hull(other)),
            (one, other) => one.or(other),
        };
        let so_far = parts.remove(&to).flatten();
        parts.insert(to, hull(hull(part, there), so_far));
    }
    for (key, part) in parts {
        let begin = Timestamp::from_unix_seconds(key.start);
        let part = part.unwrap_or_else(|| Interval::new(begin, begin + SLOT));
        conversion::extend(connection, key, part, intensities)?;
    }
    Ok(())
}

/// The starts of the slots that overlap an interval, from the first to before the second.
fn starts(changed: Interval) -> [i64; 2] {
    let from = unix_seconds(changed.start().floor_to(SLOT));
    let to = unix_seconds(changed.end() + Span::from_micros(999_999)); // rounded up
    [from, to]
}

/// The rows to restate. The intensity of each part of a slot is requested once.
fn restatements(
    connection: &Connection,
    intensities: &dyn SlotIntensities,
    changed: Interval,
    known: &BTreeMap<ConversionKey, Conversion>,
) -> Result<Vec<Restatement>, SqliteError> {
    let mut statement = connection.prepare_cached(
        "SELECT start, gpu, entry.origin AS origin, pue, source, quality, grams,
            counted_joules + integrated_joules + recovered_joules AS joules
         FROM entry JOIN origin ON origin.id = entry.origin
         WHERE start >= ?1 AND start < ?2 AND seconds = 300 AND grams IS NOT NULL
            AND zone = ?3 AND signal = ?4
         ORDER BY start, entry.origin",
    )?;
    let zone: Arc<str> = intensities.zone().into();
    let [from, to] = starts(changed);
    let mut rows = statement.query(params![from, to, &*zone, intensities.signal().name()])?;
    let mut current: Option<(ConversionKey, Option<SlotIntensity>)> = None;
    let mut restatements = Vec::new();
    while let Some(row) = rows.next()? {
        let key = ConversionKey { start: row.get("start")?, origin: row.get("origin")? };
        let conversion = known.get(&key);
        if current.as_ref().is_none_or(|(of, _)| *of != key) {
            let part = conversion.map_or_else(|| past_part(key.start, changed), |it| it.part);
            current = Some((key, intensities.slot_intensity(part)));
        }
        let Some((_, Some(intensity))) = &current else { continue };
        // A negative amount is a remainder of rounding, and has no emissions.
        let Ok(energy) = Energy::from_joules(finite(row, "joules")?) else { continue };
        let grams_before = finite(row, "grams")?;
        let pue = sound(Pue::from_number(row.get("pue")?))?;
        let source_name: String = row.get("source")?;
        let converted = ConvertedEnergy {
            energy,
            grams: grams_before,
            pue,
            source_name: &source_name,
            quality: named(row, "quality", Quality::named)?,
            intensity: conversion.map(|conversion| conversion.intensity),
        };
        let Some(grams_after) = converted.restated_grams(intensity) else { continue };
        let to = Origin {
            zone: Arc::clone(&zone),
            signal: intensities.signal(),
            pue,
            intensity_source: Some(intensity.source.clone()),
        };
        let gpu = row.get("gpu")?;
        let (start, from) = (key.start, key.origin);
        restatements.push(Restatement { start, gpu, from, to, grams_before, grams_after });
    }
    Ok(restatements)
}

/// The part of a slot that is not after the time of the changes: no energy was used later.
fn past_part(start: i64, changed: Interval) -> Interval {
    let begin = Timestamp::from_unix_seconds(start);
    Interval::new(begin, (begin + SLOT).min(changed.end().max(begin)))
}

fn apply(connection: &Connection, restatement: &Restatement, to: i64) -> Result<(), SqliteError> {
    let Restatement { start, gpu, from, grams_before, grams_after, .. } = restatement;
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
