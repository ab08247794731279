//! Batches: postings, presence and totals are written to their tables.

use gpu_carbon_core::{SLOT, Scope};
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, Params, named_params, params, params_from_iter};

use super::error::SqliteError;
use super::time::{saturating_integer, unix_seconds};
use super::{embodied, share, state, unsettled};
use crate::energy_source::EnergyBySource;
use crate::error::LedgerError;
use crate::gpu::{Batch, GpuBatch};
use crate::posting::{Origin, Posting, Presence};
use crate::rows::Carried;

/// Energy below this, in joules, is a remainder of rounding in a row whose energy has moved to another one.
const ROUNDING_JOULES: f64 = 1e-6;
/// Emissions below this, in grams, are a remainder of rounding.
const ROUNDING_GRAMS: f64 = 1e-9;

/// The value of `presence.embodied_grams`, which cannot be NULL, where the embodied emissions are unknown.
pub(super) const UNKNOWN_EMBODIED_GRAMS: f64 = 0.0;

/// The SQL that adds an amount to an existing row of `entry`.
pub(super) const ADD_ENTRY: &str = "counted_joules = counted_joules + excluded.counted_joules,
    integrated_joules = integrated_joules + excluded.integrated_joules,
    recovered_joules = recovered_joules + excluded.recovered_joules,
    grams = grams + excluded.grams";

/// The SQL that adds an amount to an existing row of `presence`.
pub(super) const ADD_PRESENCE: &str =
    "present_seconds = present_seconds + excluded.present_seconds,
    embodied_grams = embodied_grams + excluded.embodied_grams";

/// Rejects amounts that are not finite, which SQLite would store as NULL.
pub(super) fn check_finite(batch: &Batch) -> Result<(), LedgerError> {
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
        let present = gpu.presence.iter().flat_map(|one| [one.seconds, stored(one)]);
        let reject = |amount| Err(LedgerError::NotFinite { uuid: gpu.uuid.clone(), amount });
        if !totals.into_iter().all(f64::is_finite) {
            return reject("a total");
        } else if !posted.into_iter().all(f64::is_finite) {
            return reject("a posting");
        } else if !present.into_iter().all(f64::is_finite) {
            return reject("a presence");
        }
        let shared =
            gpu.shares.postings.iter().flat_map(|one| [one.energy_joules, one.held_seconds]);
        let counters = gpu.shares.totals.iter().flatten().flat_map(share::amounts);
        if !shared.chain(counters).all(f64::is_finite) {
            return reject("a share");
        }
    }
    Ok(())
}

/// Writes all of a batch. The caller commits.
pub(super) fn batch(connection: &Connection, batch: &Batch) -> Result<(), SqliteError> {
    for gpu in &batch.gpus {
        let id = gpu_id(connection, gpu)?;
        if let Some(basis) = &gpu.embodied {
            let read = state::read_at(connection, &gpu.uuid)?;
            embodied::record(connection, id, read.unwrap_or(gpu.totals.since), basis)?;
        }
        write_totals(connection, id, gpu)?;
        for posting in &gpu.postings {
            add_posting(connection, id, posting)?;
        }
        for presence in &gpu.presence {
            add_presence(connection, id, presence)?;
        }
        share::write(connection, id, &gpu.shares, batch.at)?;
    }
    Ok(())
}

/// Deletes the rows of a GPU, whose next batch has all of its totals and its pending energy. The amounts that are carried
/// become those beyond the postings of that batch. The caller commits.
pub(super) fn restart_gpu(connection: &Connection, gpu: &GpuBatch) -> Result<(), SqliteError> {
    let mut find = connection.prepare_cached("SELECT id FROM gpu WHERE uuid = ?1")?;
    let Some(id) = find.query_row([&gpu.uuid], |row| row.get::<_, i64>(0)).optional()? else {
        return Ok(());
    };
    for table in ["entry", "presence", "share", "share_total"] {
        connection.execute(&format!("DELETE FROM {table} WHERE gpu = ?1"), [id])?;
    }
    let Carried { joules, grams, embodied_grams } = carried(gpu);
    connection.execute(
        "UPDATE gpu SET restated_grams = ?2, carried_joules = ?3, carried_grams = ?4,
            carried_embodied_grams = ?5 WHERE id = ?1",
        params![id, gpu.totals.restated_grams, joules, grams, embodied_grams],
    )?;
    Ok(())
}

/// The part of a GPU's totals beyond its postings, which have no rows in the file.
fn carried(gpu: &GpuBatch) -> Carried {
    let joules: f64 = gpu.postings.iter().map(|posting| posting.energy_joules).sum();
    let converted = gpu.postings.iter().filter(|posting| posting.origin.intensity_source.is_some());
    let grams: f64 = converted.map(|posting| posting.emissions_grams).sum();
    let embodied: f64 = gpu.presence.iter().map(stored).sum();
    let totals = &gpu.totals;
    let beyond = |total: f64, posted: f64, rounding: f64| {
        let beyond = total - posted;
        if beyond.abs() < rounding { 0.0 } else { beyond }
    };
    Carried {
        joules: beyond(totals.energy_joules, joules, ROUNDING_JOULES),
        grams: beyond(totals.emissions_grams + totals.restated_grams, grams, ROUNDING_GRAMS),
        embodied_grams: beyond(totals.embodied_grams, embodied, ROUNDING_GRAMS),
    }
}

/// The id of a GPU's row. A GPU that is new to the file gets a row with the part of its totals beyond its postings as
/// carried amounts.
fn gpu_id(connection: &Connection, gpu: &GpuBatch) -> Result<i64, SqliteError> {
    let mut find = connection.prepare_cached("SELECT id FROM gpu WHERE uuid = ?1")?;
    if let Some(id) = find.query_row([&gpu.uuid], |row| row.get(0)).optional()? {
        return Ok(id);
    }
    let Carried { joules, grams, embodied_grams } = carried(gpu);
    let totals = &gpu.totals;
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
            joules,
            grams,
            embodied_grams,
        ],
    )?;
    Ok(connection.last_insert_rowid())
}

fn write_totals(connection: &Connection, id: i64, gpu: &GpuBatch) -> Result<(), SqliteError> {
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
        ":resets": saturating_integer(totals.resets),
    })?;
    let Some(last) = &gpu.last else { return Ok(()) };
    let mut update = connection.prepare_cached(
        "UPDATE gpu SET read_us = ?2, read_millijoules = ?3, read_boot = ?4, read_uptime_us = ?5,
            read_driver = ?6 WHERE id = ?1",
    )?;
    update.execute(params![
        id,
        last.at.as_unix_micros(),
        last.millijoules.map(saturating_integer),
        last.boot,
        saturating_integer(last.uptime.as_micros()),
        last.driver,
    ])?;
    let columns = unsettled::COLUMNS;
    let places = ["?"; unsettled::COUNT].join(", ");
    let mut update = connection
        .prepare_cached(&format!("UPDATE gpu SET ({columns}) = ({places}) WHERE id = ?"))?;
    let values = unsettled::values(last.unsettled.as_ref());
    update.execute(params_from_iter(values.into_iter().chain([Value::Integer(id)])))?;
    Ok(())
}

/// Adds a posting to its row, and deletes a row from which everything was taken.
fn add_posting(connection: &Connection, gpu: i64, posting: &Posting) -> Result<(), SqliteError> {
    let origin = origin_id(connection, &posting.origin)?;
    let energy = EnergyBySource::of(posting.source, posting.energy_joules);
    let grams = posting.origin.intensity_source.as_ref().map(|_| posting.emissions_grams);
    let mut add = connection.prepare_cached(&format!(
        "INSERT INTO entry VALUES (?1, ?2, 300, ?3, ?4, ?5, ?6, ?7)
         ON CONFLICT DO UPDATE SET {ADD_ENTRY}"
    ))?;
    let start = unix_seconds(posting.slot.floor_to(SLOT));
    let EnergyBySource { counted, integrated, recovered } = energy;
    add.execute(params![start, gpu, origin, counted, integrated, recovered, grams])?;
    let row = "start = ?1 AND gpu = ?2 AND seconds = 300 AND origin = ?3";
    delete_empty(connection, row, params![start, gpu, origin])
}

/// Deletes those of the selected rows of `entry` that hold only a remainder of rounding.
pub(super) fn delete_empty(
    connection: &Connection,
    condition: &str,
    params: impl Params,
) -> Result<(), SqliteError> {
    let mut delete = connection.prepare_cached(&format!(
        "DELETE FROM entry WHERE {condition}
            AND max(abs(counted_joules), abs(integrated_joules), abs(recovered_joules)) < {ROUNDING_JOULES}
            AND ifnull(abs(grams), 0) < {ROUNDING_GRAMS}"
    ))?;
    delete.execute(params)?;
    Ok(())
}

/// The embodied emissions of a presence as the column holds them, which cannot be NULL: 0 stands for unknown.
fn stored(presence: &Presence) -> f64 {
    presence.embodied_grams.unwrap_or(UNKNOWN_EMBODIED_GRAMS)
}

fn add_presence(connection: &Connection, gpu: i64, presence: &Presence) -> Result<(), SqliteError> {
    let mut add = connection.prepare_cached(&format!(
        "INSERT INTO presence VALUES (?1, ?2, 300, ?3, ?4)
         ON CONFLICT DO UPDATE SET {ADD_PRESENCE}"
    ))?;
    let start = unix_seconds(presence.slot.floor_to(SLOT));
    add.execute(params![start, gpu, presence.seconds, stored(presence)])?;
    Ok(())
}

/// The id of an origin's row, which is inserted where there is none.
pub(super) fn origin_id(connection: &Connection, origin: &Origin) -> Result<i64, SqliteError> {
    let (source, quality) = origin
        .intensity_source
        .as_ref()
        .map(|source| (&*source.name, source.quality.name()))
        .unzip();
    let scope = origin.intensity_source.as_ref().and_then(|source| source.scope).map(Scope::name);
    let (zone, signal, pue) = (&*origin.zone, origin.signal.name(), origin.pue.as_number());
    let key = params![zone, signal, pue, source, quality, scope];
    let mut find = connection.prepare_cached(
        "SELECT id FROM origin WHERE zone = ?1 AND signal = ?2 AND pue = ?3
            AND ifnull(source, '') = ifnull(?4, '') AND ifnull(quality, '') = ifnull(?5, '')
            AND ifnull(scope, '') = ifnull(?6, '')",
    )?;
    if let Some(id) = find.query_row(key, |row| row.get(0)).optional()? {
        return Ok(id);
    }
    connection.execute(
        "INSERT INTO origin (zone, signal, pue, source, quality, scope) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        key,
    )?;
    Ok(connection.last_insert_rowid())
}
