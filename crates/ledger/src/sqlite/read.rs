//! Reading what is known of each GPU.

use std::fmt::Display;

use gpu_carbon_core::{Pue, Signal, Span, Timestamp};
use rusqlite::{Connection, OptionalExtension, Row, RowIndex};

use super::fault::Fault;
use crate::compact::PRICED_WITHIN;
use crate::gpu::{GpuBatch, GpuState, GpuTotals, LastReading, Waiting};
use crate::posting::{How, Origin, Posting};

/// Each GPU by its row's id, without what waits.
pub(super) fn gpus(connection: &Connection) -> Result<Vec<(i64, GpuState)>, Fault> {
    let mut statement = connection.prepare("SELECT * FROM gpu ORDER BY place, id")?;
    let mut rows = statement.query([])?;
    let mut gpus = Vec::new();
    while let Some(row) = rows.next()? {
        gpus.push((row.get("id")?, gpu(row)?));
    }
    Ok(gpus)
}

/// Each GPU, with what waits of it for a price of this zone and signal.
pub(super) fn state(
    connection: &Connection,
    zone: &str,
    signal: Signal,
    now: Timestamp,
) -> Result<Vec<GpuState>, Fault> {
    let mut gpus = gpus(connection)?;
    for Unpriced { gpu, seconds, posting } in unpriced(connection)? {
        let Some((_, state)) = gpus.iter_mut().find(|(id, _)| *id == gpu) else { continue };
        let Posting { slot, origin, how, energy_joules, .. } = posting;
        let in_time = seconds == 300 && slot >= now - PRICED_WITHIN;
        if in_time && *origin.zone == *zone && origin.signal == signal {
            state.waiting.push(Waiting { slot, pue: origin.pue, how, energy_joules });
        } else {
            state.given_up_joules += energy_joules;
        }
    }
    Ok(gpus.into_iter().map(|(_, gpu)| gpu).collect())
}

/// When a GPU was read last.
pub(super) fn read_at(connection: &Connection, uuid: &str) -> Result<Option<Timestamp>, Fault> {
    let mut find = connection.prepare_cached("SELECT read_us FROM gpu WHERE uuid = ?1")?;
    let micros: Option<Option<i64>> = find.query_row([uuid], |row| row.get(0)).optional()?;
    Ok(micros.flatten().map(Timestamp::from_unix_micros))
}

/// The signal of the newest row that has a price.
pub(super) fn signal(connection: &Connection) -> Result<Option<Signal>, Fault> {
    let mut statement = connection.prepare(
        "SELECT signal FROM entry JOIN origin ON origin.id = entry.origin
         WHERE grams IS NOT NULL ORDER BY start DESC LIMIT 1",
    )?;
    let mut rows = statement.query([])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    named(row, 0, Signal::named).map(Some)
}

/// What a new file is begun with, where this one is damaged: each GPU with its totals and with what waits for
/// a price, if both can be read still.
pub(super) fn salvage(connection: &Connection) -> Result<Vec<GpuBatch>, Fault> {
    let unpriced = unpriced(connection)?;
    let of = |gpu| unpriced.iter().filter(move |one| one.gpu == gpu);
    let batch = |(id, state): (i64, GpuState)| GpuBatch {
        uuid: state.uuid,
        name: state.name,
        index: state.index,
        totals: state.totals,
        last: state.last,
        postings: of(id).map(|one| one.posting.clone()).collect(),
        presence: Vec::new(),
    };
    Ok(gpus(connection)?.into_iter().map(batch).collect())
}

/// Energy without a price, in a row of so many seconds.
struct Unpriced {
    gpu: i64,
    seconds: i64,
    posting: Posting,
}

/// All energy without a price, in order of time.
fn unpriced(connection: &Connection) -> Result<Vec<Unpriced>, Fault> {
    let mut statement = connection.prepare(
        "SELECT start, gpu, seconds, zone, signal, pue,
            counted_joules, integrated_joules, recovered_joules
         FROM entry JOIN origin ON origin.id = entry.origin
         WHERE grams IS NULL ORDER BY start, gpu, origin",
    )?;
    let mut rows = statement.query([])?;
    let mut unpriced = Vec::new();
    while let Some(row) = rows.next()? {
        let (gpu, seconds) = (row.get("gpu")?, row.get("seconds")?);
        let slot = Timestamp::from_unix_seconds(row.get("start")?);
        let zone: String = row.get("zone")?;
        let signal = named(row, "signal", Signal::named)?;
        let pue = sound(Pue::from_number(row.get("pue")?))?;
        let origin = Origin { zone: zone.into(), signal, pue, price: None };
        let columns = ["counted_joules", "integrated_joules", "recovered_joules"];
        for (how, column) in How::ALL.into_iter().zip(columns) {
            let energy_joules = finite(row, column)?;
            if energy_joules != 0.0 {
                let origin = origin.clone();
                let posting = Posting { slot, origin, how, energy_joules, emissions_grams: 0.0 };
                unpriced.push(Unpriced { gpu, seconds, posting });
            }
        }
    }
    Ok(unpriced)
}

fn gpu(row: &Row<'_>) -> Result<GpuState, Fault> {
    let totals = GpuTotals {
        since: Timestamp::from_unix_micros(row.get("since_us")?),
        energy_joules: amount(row, "energy_joules")?,
        emissions_grams: amount(row, "emissions_grams")?,
        restated_grams: finite(row, "restated_grams")?,
        published_grams: amount(row, "published_grams")?,
        embodied_grams: amount(row, "embodied_grams")?,
        recovered_joules: amount(row, "recovered_joules")?,
        unseen_seconds: amount(row, "unseen_seconds")?,
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
        waiting: Vec::new(),
        given_up_joules: 0.0,
    })
}

/// A number that is not infinite.
pub(super) fn finite(row: &Row<'_>, column: &'static str) -> Result<f64, Fault> {
    let value: f64 = row.get(column)?;
    let unsound = || Fault::Unsound(format!("{column} is {value}"));
    if value.is_finite() { Ok(value) } else { Err(unsound()) }
}

/// A number that is zero or more.
fn amount(row: &Row<'_>, column: &'static str) -> Result<f64, Fault> {
    let value = finite(row, column)?;
    let unsound = || Fault::Unsound(format!("{column} is {value}"));
    if value >= 0.0 { Ok(value) } else { Err(unsound()) }
}

/// A whole number that is zero or more.
fn natural(row: &Row<'_>, column: &'static str) -> Result<Option<u64>, Fault> {
    let value: Option<i64> = row.get(column)?;
    value.map(|value| sound(u64::try_from(value))).transpose()
}

/// What a row names in a column.
pub(super) fn named<T>(
    row: &Row<'_>,
    column: impl RowIndex,
    known: impl Fn(&str) -> Option<T>,
) -> Result<T, Fault> {
    let name: String = row.get(column)?;
    known(&name).ok_or_else(|| Fault::Unsound(format!("`{name}` is no name that it has")))
}

/// What the ledger has written can be read again; anything else is damage.
pub(super) fn sound<T, E: Display>(value: Result<T, E>) -> Result<T, Fault> {
    value.map_err(|error| Fault::Unsound(error.to_string()))
}
