//! The state of each GPU: its totals, its last reading and its pending energy.

use gpu_carbon_core::{Pue, Signal, Span, Timestamp};
use rusqlite::{Connection, OptionalExtension, Row};

use super::column::{finite, named, natural, non_negative, sound};
use super::error::SqliteError;
use crate::compact::MAX_INTENSITY_DELAY;
use crate::energy_source::EnergySource;
use crate::gpu::{GpuBatch, GpuState, GpuTotals, LastReading, PendingEnergy};
use crate::posting::{Origin, Posting};

/// A row of the table `gpu`.
pub(super) struct GpuRow {
    id: i64,
    /// The state, without pending energy.
    state: GpuState,
}

/// All GPUs, ordered by index.
pub(super) fn gpus(connection: &Connection) -> Result<Vec<GpuRow>, SqliteError> {
    let mut statement = connection.prepare("SELECT * FROM gpu ORDER BY place, id")?;
    let mut rows = statement.query([])?;
    let mut gpus = Vec::new();
    while let Some(row) = rows.next()? {
        gpus.push(GpuRow { id: row.get("id")?, state: gpu_state(row)? });
    }
    Ok(gpus)
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

/// The batch that starts a new file in place of a damaged one: each GPU with its totals and its pending energy, if
/// both are readable for all GPUs.
pub(super) fn salvage(connection: &Connection) -> Result<Vec<GpuBatch>, SqliteError> {
    let pending = pending_rows(connection)?;
    let of_gpu = |id| pending.iter().filter(move |row| row.gpu == id);
    let batch = |GpuRow { id, state }: GpuRow| GpuBatch {
        uuid: state.uuid,
        name: state.name,
        index: state.index,
        totals: state.totals,
        last: state.last,
        postings: of_gpu(id).map(|row| row.posting.clone()).collect(),
        presence: Vec::new(),
    };
    Ok(gpus(connection)?.into_iter().map(batch).collect())
}

/// Pending energy of one GPU and source.
struct PendingRow {
    gpu: i64,
    /// The length of the row.
    seconds: i64,
    posting: Posting,
}

/// All pending energy, ordered by start.
fn pending_rows(connection: &Connection) -> Result<Vec<PendingRow>, SqliteError> {
    let mut statement = connection.prepare(
        "SELECT start, gpu, seconds, zone, signal, pue,
            counted_joules, integrated_joules, recovered_joules
         FROM entry JOIN origin ON origin.id = entry.origin
         WHERE grams IS NULL ORDER BY start, gpu, origin",
    )?;
    let mut rows = statement.query([])?;
    let mut pending = Vec::new();
    while let Some(row) = rows.next()? {
        let (gpu, seconds) = (row.get("gpu")?, row.get("seconds")?);
        let slot = Timestamp::from_unix_seconds(row.get("start")?);
        let zone: String = row.get("zone")?;
        let signal = named(row, "signal", Signal::named)?;
        let pue = sound(Pue::from_number(row.get("pue")?))?;
        let origin = Origin { zone: zone.into(), signal, pue, intensity_source: None };
        let columns = ["counted_joules", "integrated_joules", "recovered_joules"];
        for (source, column) in EnergySource::ALL.into_iter().zip(columns) {
            let energy_joules = finite(row, column)?;
            if energy_joules != 0.0 {
                let origin = origin.clone();
                let posting = Posting { slot, origin, source, energy_joules, emissions_grams: 0.0 };
                pending.push(PendingRow { gpu, seconds, posting });
            }
        }
    }
    Ok(pending)
}

fn gpu_state(row: &Row<'_>) -> Result<GpuState, SqliteError> {
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
    let read: Option<i64> = row.get("read_us")?;
    let last = match read {
        None => None,
        Some(at) => Some(LastReading {
            at: Timestamp::from_unix_micros(at),
            millijoules: natural(row, "read_millijoules")?,
            boot: row.get("read_boot")?,
            uptime: Span::from_micros(natural(row, "read_uptime_us")?.unwrap_or_default()),
            driver: row.get("read_driver")?,
        }),
    };
    Ok(GpuState {
        uuid: row.get("uuid")?,
        name: row.get("name")?,
        index: row.get("place")?,
        totals,
        last,
        pending: Vec::new(),
        given_up_joules: 0.0,
    })
}
