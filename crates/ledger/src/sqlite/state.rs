//! The state of each GPU: its totals, its last reading and its pending energy.

use std::collections::BTreeMap;

use gpu_carbon_core::{Pue, Signal, Span, Timestamp};
use rusqlite::{Connection, OptionalExtension, Row};

use super::column::{finite, lossy_text, named, natural, non_negative, sound};
use super::error::SqliteError;
use super::{plausible, schema, share, unsettled};
use crate::compact::MAX_INTENSITY_DELAY;
use crate::energy_source::EnergySource;
use crate::gpu::{GpuState, GpuTotals, LastReading, PendingEnergy};
use crate::posting::{Origin, Posting};
use crate::rows::Carried;
use crate::share::ShareState;

/// A row of the table `gpu`.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct GpuRow {
    pub(super) id: i64,
    /// The state, without pending energy.
    pub(super) state: GpuState,
    /// The part of the totals that has no rows.
    pub(super) carried: Carried,
}

/// All GPUs, ordered by index.
pub(super) fn gpus(connection: &Connection) -> Result<Vec<GpuRow>, SqliteError> {
    let mut statement = connection.prepare("SELECT * FROM gpu ORDER BY place, id")?;
    let mut rows = statement.query([])?;
    let mut gpus = Vec::new();
    while let Some(row) = rows.next()? {
        let (index, name) = (row.get("place")?, lossy_text(row, "name")?);
        gpus.push(gpu_row(row, index, name)?);
    }
    Ok(gpus)
}

/// All origins with their ids, in ascending order.
pub(super) fn origins(connection: &Connection) -> Result<Vec<(i64, Origin)>, SqliteError> {
    let scope = schema::scope_column(connection);
    let mut statement = connection.prepare(&format!(
        "SELECT zone, signal, pue, source, quality, {scope}, id FROM origin ORDER BY id"
    ))?;
    let mut rows = statement.query([])?;
    let mut origins = Vec::new();
    while let Some(row) = rows.next()? {
        origins.push((row.get(6)?, plausible::origin(row, 0)?));
    }
    Ok(origins)
}

/// All GPUs, each with the energy that is pending for this zone and signal.
pub(super) fn state(
    connection: &Connection,
    zone: &str,
    signal: Signal,
    now: Timestamp,
) -> Result<Vec<GpuState>, SqliteError> {
    let mut gpus = gpus(connection)?;
    for PendingRow { gpu, seconds, posting } in pending_rows(connection)? {
        let Some(GpuRow { state, .. }) = gpus.iter_mut().find(|row| row.id == gpu) else {
            continue;
        };
        let Posting { slot, origin, source, energy_joules, .. } = posting;
        let in_time = seconds == 300 && slot >= now - MAX_INTENSITY_DELAY;
        if in_time && *origin.zone == *zone && origin.signal == signal {
            state.pending.push(PendingEnergy { slot, pue: origin.pue, source, energy_joules });
        } else {
            state.given_up_joules += energy_joules;
        }
    }
    for GpuRow { id, state, .. } in &mut gpus {
        let shares = &mut state.shares;
        share::totals(connection, *id, &mut |total| shares.totals.push(total))?;
        let mut by_slot: BTreeMap<Timestamp, f64> = BTreeMap::new();
        for pending in &state.pending {
            *by_slot.entry(pending.slot).or_default() += pending.energy_joules;
        }
        for (slot, joules) in by_slot {
            shares.pending.extend(share::of_pending(connection, *id, slot, joules)?);
        }
    }
    Ok(gpus.into_iter().map(|row| row.state).collect())
}

/// The time of a GPU's last reading.
pub(super) fn read_at(
    connection: &Connection,
    uuid: &str,
) -> Result<Option<Timestamp>, SqliteError> {
    let mut find = connection.prepare_cached("SELECT read_us FROM gpu WHERE uuid = ?1")?;
    let micros: Option<Option<i64>> = find.query_row([uuid], |row| row.get(0)).optional()?;
    Ok(micros.flatten().map(Timestamp::from_unix_micros))
}

/// The signal of the newest converted row.
pub(super) fn signal(connection: &Connection) -> Result<Option<Signal>, SqliteError> {
    let mut statement = connection.prepare(
        "SELECT signal FROM entry JOIN origin ON origin.id = entry.origin
         WHERE grams IS NOT NULL ORDER BY start DESC LIMIT 1",
    )?;
    let mut rows = statement.query([])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    named(row, 0, Signal::named).map(Some)
}

/// Pending energy of one GPU and source.
#[derive(Debug, Clone)]
pub(super) struct PendingRow {
    pub(super) gpu: i64,
    /// The length of the row.
    pub(super) seconds: i64,
    pub(super) posting: Posting,
}

/// All pending energy, ordered by start.
fn pending_rows(connection: &Connection) -> Result<Vec<PendingRow>, SqliteError> {
    let mut statement = connection.prepare(&format!(
        "SELECT {PENDING_COLUMNS} FROM entry JOIN origin ON origin.id = entry.origin
         WHERE grams IS NULL ORDER BY start, gpu, origin",
    ))?;
    let mut rows = statement.query([])?;
    let mut pending = Vec::new();
    while let Some(row) = rows.next()? {
        pending.extend(pending_row(row)?);
    }
    Ok(pending)
}

/// The columns of a pending row and its origin.
pub(super) const PENDING_COLUMNS: &str = "start, gpu, seconds, zone, signal, pue,
    counted_joules, integrated_joules, recovered_joules";

/// The pending energy of a row, of which [`PENDING_COLUMNS`] were selected, by its source.
pub(super) fn pending_row(row: &Row<'_>) -> Result<Vec<PendingRow>, SqliteError> {
    let (gpu, seconds) = (row.get("gpu")?, row.get("seconds")?);
    let slot = Timestamp::from_unix_seconds(row.get("start")?);
    let zone: String = row.get("zone")?;
    let signal = named(row, "signal", Signal::named)?;
    let pue = sound(Pue::from_number(row.get("pue")?))?;
    let origin = Origin { zone: zone.into(), signal, pue, intensity_source: None };
    let columns = ["counted_joules", "integrated_joules", "recovered_joules"];
    let mut pending = Vec::new();
    for (source, column) in EnergySource::ALL.into_iter().zip(columns) {
        let energy_joules = finite(row, column)?;
        if energy_joules != 0.0 {
            let origin = origin.clone();
            let posting = Posting { slot, origin, source, energy_joules, emissions_grams: 0.0 };
            pending.push(PendingRow { gpu, seconds, posting });
        }
    }
    Ok(pending)
}

/// A row of `gpu` or of its copy, which has neither the index nor the name.
pub(super) fn gpu_row(row: &Row<'_>, index: u32, name: String) -> Result<GpuRow, SqliteError> {
    let totals = GpuTotals {
        since: Timestamp::from_unix_micros(row.get("since_us")?),
        energy_joules: non_negative(row, "energy_joules")?,
        emissions_grams: non_negative(row, "emissions_grams")?,
        restated_grams: finite(row, "restated_grams")?,
        published_grams: non_negative(row, "published_grams")?,
        embodied_grams: non_negative(row, "embodied_grams")?,
        recovered_joules: non_negative(row, "recovered_joules")?,
        unseen_seconds: non_negative(row, "unseen_seconds")?,
        resets: natural(row, "resets")?.unwrap_or_default(),
    };
    let carried = Carried {
        joules: finite(row, "carried_joules")?,
        grams: finite(row, "carried_grams")?,
        embodied_grams: finite(row, "carried_embodied_grams")?,
    };
    let read: Option<i64> = row.get("read_us")?;
    let last = match read {
        None => None,
        Some(at) => Some(LastReading {
            at: Timestamp::from_unix_micros(at),
            millijoules: natural(row, "read_millijoules")?,
            boot: row.get("read_boot")?,
            uptime: Span::from_micros(natural(row, "read_uptime_us")?.unwrap_or_default()),
            driver: row.get("read_driver")?,
            unsettled: unsettled::read(row)?,
        }),
    };
    let state = GpuState {
        uuid: row.get("uuid")?,
        name,
        index,
        totals,
        last,
        pending: Vec::new(),
        given_up_joules: 0.0,
        shares: ShareState::default(),
    };
    Ok(GpuRow { id: row.get("id")?, state, carried })
}
