//! What the ledger says in the end, GPU by GPU.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result};
use gpu_carbon_ledger::Reader;

use super::feed;

/// What the ledger says of one GPU.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Kept {
    /// Until when it was read: seconds since the epoch.
    pub read_at: f64,
    /// All its energy.
    pub joules: f64,
    /// The part that was found after nobody had watched.
    pub recovered_joules: f64,
    /// The part that has no price.
    pub unpriced_joules: f64,
    /// What it emitted.
    pub grams: f64,
    /// What it must have emitted: the energy of each slot by the price of that slot.
    pub due_grams: f64,
}

/// Reads a ledger: what it says of each GPU, by its UUID.
///
/// # Errors
///
/// When it is none, or cannot be read.
pub fn read(path: &Path) -> Result<BTreeMap<String, Kept>> {
    let reader = Reader::open(path)?;
    let (gpus, extent) = (reader.gpus(), reader.extent().context("the ledger is empty")?);
    let mut kept: Vec<Kept> = gpus
        .iter()
        .map(|gpu| Kept {
            read_at: gpu.read_at.map_or(f64::NAN, |at| at.as_unix_seconds()),
            ..Kept::default()
        })
        .collect();
    reader.usage_rows(extent, |row| {
        let Some(kept) = kept.get_mut(row.gpu) else { return };
        let joules: f64 = row.energy.total_joules();
        kept.joules += joules;
        kept.recovered_joules += row.energy.recovered;
        match row.grams {
            Some(grams) => {
                #[allow(clippy::cast_possible_truncation)] // slots begin at whole seconds
                let start = row.interval.start().as_unix_seconds() as i64;
                kept.grams += grams;
                kept.due_grams += feed::grams(joules, start);
            }
            None => kept.unpriced_joules += joules,
        }
    })?;
    Ok(gpus.iter().map(|gpu| gpu.uuid.clone()).zip(kept).collect())
}
