//! Reading what is known of each GPU.

use std::fmt::Display;

use gpu_carbon_core::{Ratio, Signal, Span, Timestamp};
use rusqlite::{Connection, Row, params};

use super::fault::Fault;
use super::seconds;
use crate::compact::PRICED_WITHIN;
use crate::gpu::{GpuState, GpuTotals, LastReading, Waiting};
use crate::posting::How;

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
    let mut statement = connection.prepare(
        "SELECT start, pue, counted_joules, integrated_joules, recovered_joules,
            seconds = 300 AND start >= ?2 AND zone = ?3 AND signal = ?4 AS waits
         FROM entry JOIN origin ON origin.id = entry.origin
         WHERE grams IS NULL AND gpu = ?1 ORDER BY start, origin",
    )?;
    let oldest = seconds(now - PRICED_WITHIN);
    for (id, gpu) in &mut gpus {
        let mut rows = statement.query(params![*id, oldest, zone, signal.name()])?;
        while let Some(row) = rows.next()? {
            let slot = Timestamp::from_unix_seconds(row.get("start")?);
            let pue = sound(Ratio::from_number(row.get("pue")?))?;
            let waits: bool = row.get("waits")?;
            let columns = ["counted_joules", "integrated_joules", "recovered_joules"];
            for (how, column) in How::ALL.into_iter().zip(columns) {
                let energy_joules = finite(row, column)?;
                if !waits {
                    gpu.given_up_joules += energy_joules;
                } else if energy_joules != 0.0 {
                    gpu.waiting.push(Waiting { slot, pue, how, energy_joules });
                }
            }
        }
    }
    Ok(gpus.into_iter().map(|(_, gpu)| gpu).collect())
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

/// What the ledger has written can be read again; anything else is damage.
pub(super) fn sound<T, E: Display>(value: Result<T, E>) -> Result<T, Fault> {
    value.map_err(|error| Fault::Unsound(error.to_string()))
}
