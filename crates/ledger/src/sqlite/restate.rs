//! Restating rows whose price was revised.

use std::collections::BTreeMap;
use std::sync::Arc;

use gpu_carbon_core::{Energy, Interval, Pue, Quality, SLOT, Span, Timestamp};
use rusqlite::{Connection, params};

use super::fault::Fault;
use super::read::{finite, named, sound};
use super::seconds;
use super::write::{ADD_ENTRY, origin_id};
use crate::posting::Origin;
use crate::restate::{Priced, Prices, Revision, SlotPrice, restated};

/// A row that moves to another origin, or stays at its own, with other emissions.
struct Move {
    start: i64,
    gpu: i64,
    from: i64,
    to: Origin,
    before: f64,
    after: f64,
}

/// Restates all rows that the prices concern, within a transaction of the caller's.
pub(super) fn rows(
    connection: &Connection,
    prices: &dyn Prices,
    changed: Interval,
) -> Result<Vec<Revision>, Fault> {
    let mut by_gpu: BTreeMap<i64, f64> = BTreeMap::new();
    for moved in moves(connection, prices, changed)? {
        *by_gpu.entry(moved.gpu).or_default() += moved.after - moved.before;
        make(connection, &moved)?;
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

/// What moves. The prices of one slot are asked for once.
fn moves(
    connection: &Connection,
    prices: &dyn Prices,
    changed: Interval,
) -> Result<Vec<Move>, Fault> {
    let mut statement = connection.prepare_cached(
        "SELECT start, gpu, entry.origin AS origin, pue, source, quality, grams,
            counted_joules + integrated_joules + recovered_joules AS joules
         FROM entry JOIN origin ON origin.id = entry.origin
         WHERE start >= ?1 AND start < ?2 AND seconds = 300 AND grams IS NOT NULL
            AND zone = ?3 AND signal = ?4
         ORDER BY start",
    )?;
    let zone: Arc<str> = prices.zone().into();
    let from = seconds(changed.start().floor_to(SLOT));
    let to = seconds(changed.end() + Span::from_micros(999_999)); // rounded up
    let mut rows = statement.query(params![from, to, &*zone, prices.signal().name()])?;
    let mut slot: Option<(i64, Option<SlotPrice>)> = None;
    let mut moves = Vec::new();
    while let Some(row) = rows.next()? {
        let start = row.get("start")?;
        if slot.as_ref().is_none_or(|&(of, _)| of != start) {
            let begin = Timestamp::from_unix_seconds(start);
            slot = Some((start, prices.of(Interval::new(begin, begin + SLOT))));
        }
        let Some((_, Some(price))) = &slot else { continue };
        // Less than nothing is no energy to price: it is what rounding left.
        let Ok(energy) = Energy::from_joules(finite(row, "joules")?) else { continue };
        let grams = finite(row, "grams")?;
        let pue = sound(Pue::from_number(row.get("pue")?))?;
        let source: String = row.get("source")?;
        let quality = named(row, "quality", Quality::named)?;
        let priced = Priced { energy, grams, pue, source: &source, quality };
        let Some(after) = restated(priced, price) else { continue };
        let to = Origin {
            zone: Arc::clone(&zone),
            signal: prices.signal(),
            pue,
            price: Some((Arc::clone(&price.source), price.quality)),
        };
        let (gpu, from) = (row.get("gpu")?, row.get("origin")?);
        moves.push(Move { start, gpu, from, to, before: grams, after });
    }
    Ok(moves)
}

fn make(connection: &Connection, moved: &Move) -> Result<(), Fault> {
    let Move { start, gpu, from, before, after, .. } = moved;
    let to = origin_id(connection, &moved.to)?;
    if to == *from {
        let mut update = connection.prepare_cached(
            "UPDATE entry SET grams = grams + ?4 WHERE start = ?1 AND gpu = ?2 AND seconds = 300 AND origin = ?3",
        )?;
        // What has moved to this row before stays in it.
        update.execute(params![start, gpu, from, after - before])?;
        return Ok(());
    }
    let mut add = connection.prepare_cached(&format!(
        "INSERT INTO entry
         SELECT start, gpu, seconds, ?5, counted_joules, integrated_joules, recovered_joules, ?4 FROM entry
         WHERE start = ?1 AND gpu = ?2 AND seconds = 300 AND origin = ?3
         ON CONFLICT DO UPDATE SET {ADD_ENTRY}"
    ))?;
    add.execute(params![start, gpu, from, after, to])?;
    let mut delete = connection.prepare_cached(
        "DELETE FROM entry WHERE start = ?1 AND gpu = ?2 AND seconds = 300 AND origin = ?3",
    )?;
    delete.execute(params![start, gpu, from])?;
    Ok(())
}
