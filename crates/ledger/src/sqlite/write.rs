//! Writing a batch.

use gpu_carbon_core::SLOT;
use rusqlite::{Connection, OptionalExtension, Params, named_params, params};

use super::fault::Fault;
use super::seconds;
use crate::error::LedgerError;
use crate::gpu::{Batch, GpuBatch};
use crate::posting::{How, Origin, Posting, Presence};

/// Energy below this, in joules, is what rounding leaves of a row whose energy has gone to another one; ...
const NO_JOULES: f64 = 1e-6;
/// ... and so are so few grams.
const NO_GRAMS: f64 = 1e-9;

/// How an amount is added to a row that is there.
pub(super) const ADD_ENTRY: &str = "counted_joules = counted_joules + excluded.counted_joules,
    integrated_joules = integrated_joules + excluded.integrated_joules,
    recovered_joules = recovered_joules + excluded.recovered_joules,
    grams = grams + excluded.grams";

/// The same of a presence.
pub(super) const ADD_PRESENCE: &str =
    "present_seconds = present_seconds + excluded.present_seconds,
    embodied_grams = embodied_grams + excluded.embodied_grams";

/// Refuses amounts that are not finite: a database would keep them as missing ones.
pub(super) fn check(batch: &Batch) -> Result<(), LedgerError> {
    for gpu in &batch.gpus {
        let totals = &gpu.totals;
        let totals = [
            totals.energy_joules,
            totals.emissions_grams,
            totals.restated_grams,
            totals.published_grams,
            totals.embodied_grams,
            totals.recovered_joules,
            totals.unseen_seconds,
        ];
        let posted = gpu.postings.iter().flat_map(|one| [one.energy_joules, one.emissions_grams]);
        let present = gpu.presence.iter().flat_map(|one| [one.seconds, one.embodied_grams]);
        let refuse = |what| Err(LedgerError::NotFinite { uuid: gpu.uuid.clone(), what });
        if !totals.into_iter().all(f64::is_finite) {
            return refuse("a total");
        } else if !posted.into_iter().all(f64::is_finite) {
            return refuse("a posting");
        } else if !present.into_iter().all(f64::is_finite) {
            return refuse("a presence");
        }
    }
    Ok(())
}

/// Writes all of a batch, within a transaction of the caller's.
pub(super) fn batch(connection: &Connection, batch: &Batch) -> Result<(), Fault> {
    for gpu in &batch.gpus {
        let id = gpu_id(connection, gpu)?;
        totals(connection, id, gpu)?;
        for posting in &gpu.postings {
            post(connection, id, posting)?;
        }
        for &presence in &gpu.presence {
            be_present(connection, id, presence)?;
        }
    }
    Ok(())
}

/// The row of a GPU. A GPU that is new to the file carries what its totals have beyond its postings.
fn gpu_id(connection: &Connection, gpu: &GpuBatch) -> Result<i64, Fault> {
    let mut find = connection.prepare_cached("SELECT id FROM gpu WHERE uuid = ?1")?;
    if let Some(id) = find.query_row([&gpu.uuid], |row| row.get(0)).optional()? {
        return Ok(id);
    }
    let joules: f64 = gpu.postings.iter().map(|posting| posting.energy_joules).sum();
    let priced = gpu.postings.iter().filter(|posting| posting.origin.price.is_some());
    let grams: f64 = priced.map(|posting| posting.emissions_grams).sum();
    let embodied: f64 = gpu.presence.iter().map(|presence| presence.embodied_grams).sum();
    let totals = &gpu.totals;
    let carried = |total: f64, posted: f64, none: f64| {
        let beyond = total - posted;
        if beyond.abs() < none { 0.0 } else { beyond }
    };
    connection.execute(
        "INSERT INTO gpu (uuid, name, place, since_us, energy_joules, emissions_grams, restated_grams,
            published_grams, embodied_grams, recovered_joules, unseen_seconds, resets,
            carried_joules, carried_grams, carried_embodied_grams)
         VALUES (?1, ?2, ?3, ?4, 0, 0, ?5, 0, 0, 0, 0, 0, ?6, ?7, ?8)",
        params![
            gpu.uuid,
            gpu.name,
            gpu.index,
            totals.since.as_unix_micros(),
            totals.restated_grams,
            carried(totals.energy_joules, joules, NO_JOULES),
            carried(totals.emissions_grams + totals.restated_grams, grams, NO_GRAMS),
            carried(totals.embodied_grams, embodied, NO_GRAMS),
        ],
    )?;
    Ok(connection.last_insert_rowid())
}

fn totals(connection: &Connection, id: i64, gpu: &GpuBatch) -> Result<(), Fault> {
    let totals = &gpu.totals;
    let mut update = connection.prepare_cached(
        "UPDATE gpu SET name = :name, place = :place, energy_joules = :energy_joules,
            emissions_grams = :emissions_grams, published_grams = :published_grams,
            embodied_grams = :embodied_grams, recovered_joules = :recovered_joules,
            unseen_seconds = :unseen_seconds, resets = :resets
         WHERE id = :id",
    )?;
    update.execute(named_params! {
        ":id": id,
        ":name": gpu.name,
        ":place": gpu.index,
        ":energy_joules": totals.energy_joules,
        ":emissions_grams": totals.emissions_grams,
        ":published_grams": totals.published_grams,
        ":embodied_grams": totals.embodied_grams,
        ":recovered_joules": totals.recovered_joules,
        ":unseen_seconds": totals.unseen_seconds,
        ":resets": stored(totals.resets),
    })?;
    let Some(last) = &gpu.last else { return Ok(()) };
    let mut update = connection.prepare_cached(
        "UPDATE gpu SET read_us = ?2, read_millijoules = ?3, read_boot = ?4, read_uptime_us = ?5,
            read_driver = ?6 WHERE id = ?1",
    )?;
    update.execute(params![
        id,
        last.at.as_unix_micros(),
        last.millijoules.map(stored),
        last.boot,
        stored(last.uptime.as_micros()),
        last.driver,
    ])?;
    Ok(())
}

/// Adds a posting to its row; a row from which all has been taken is gone.
fn post(connection: &Connection, gpu: i64, posting: &Posting) -> Result<(), Fault> {
    let origin = origin_id(connection, &posting.origin)?;
    let joules = |how| if posting.how == how { posting.energy_joules } else { 0.0 };
    let grams = posting.origin.price.as_ref().map(|_| posting.emissions_grams);
    let mut add = connection.prepare_cached(&format!(
        "INSERT INTO entry VALUES (?1, ?2, 300, ?3, ?4, ?5, ?6, ?7)
         ON CONFLICT DO UPDATE SET {ADD_ENTRY}"
    ))?;
    let start = seconds(posting.slot.floor_to(SLOT));
    let [counted, integrated, recovered] = How::ALL.map(joules);
    add.execute(params![start, gpu, origin, counted, integrated, recovered, grams])?;
    let row = "start = ?1 AND gpu = ?2 AND seconds = 300 AND origin = ?3";
    clear(connection, row, params![start, gpu, origin])
}

/// Removes those of some rows of which only rounding is left.
pub(super) fn clear(
    connection: &Connection,
    which: &str,
    params: impl Params,
) -> Result<(), Fault> {
    let mut delete = connection.prepare_cached(&format!(
        "DELETE FROM entry WHERE {which}
            AND max(abs(counted_joules), abs(integrated_joules), abs(recovered_joules)) < {NO_JOULES}
            AND ifnull(abs(grams), 0) < {NO_GRAMS}"
    ))?;
    delete.execute(params)?;
    Ok(())
}

fn be_present(connection: &Connection, gpu: i64, presence: Presence) -> Result<(), Fault> {
    let mut add = connection.prepare_cached(&format!(
        "INSERT INTO presence VALUES (?1, ?2, 300, ?3, ?4)
         ON CONFLICT DO UPDATE SET {ADD_PRESENCE}"
    ))?;
    let start = seconds(presence.slot.floor_to(SLOT));
    add.execute(params![start, gpu, presence.seconds, presence.embodied_grams])?;
    Ok(())
}

/// The row of an origin, new where there is none.
pub(super) fn origin_id(connection: &Connection, origin: &Origin) -> Result<i64, Fault> {
    let (source, quality) =
        origin.price.as_ref().map(|(source, quality)| (&**source, quality.name())).unzip();
    let key = params![&*origin.zone, origin.signal.name(), origin.pue.as_number(), source, quality];
    let mut find = connection.prepare_cached(
        "SELECT id FROM origin WHERE zone = ?1 AND signal = ?2 AND pue = ?3
            AND ifnull(source, '') = ifnull(?4, '') AND ifnull(quality, '') = ifnull(?5, '')",
    )?;
    if let Some(id) = find.query_row(key, |row| row.get(0)).optional()? {
        return Ok(id);
    }
    connection.execute(
        "INSERT INTO origin (zone, signal, pue, source, quality) VALUES (?1, ?2, ?3, ?4, ?5)",
        key,
    )?;
    Ok(connection.last_insert_rowid())
}

/// A number as SQLite can keep it; none that occurs is too large.
fn stored(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
