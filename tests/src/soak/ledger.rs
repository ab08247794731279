//! Totals of the ledger at the end, GPU by GPU.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result};
use gpu_carbon_ledger::Reader;

use super::feed;

/// Totals of one GPU in the ledger.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct LedgerTotals {
    /// The time of its last reading, in seconds since the epoch.
    pub read_at: f64,
    /// The whole energy.
    pub joules: f64,
    /// The part that was recovered after a time without an exporter.
    pub recovered_joules: f64,
    /// The part that is pending.
    pub pending_joules: f64,
    /// Emissions in the ledger.
    pub grams: f64,
    /// Emissions as they must be: the energy of each slot times the intensity of that slot.
    pub expected_grams: f64,
}

/// Reads the totals of each GPU in a ledger, by UUID.
///
/// # Errors
///
/// When the file is no ledger, or cannot be read.
pub fn read(path: &Path) -> Result<BTreeMap<String, LedgerTotals>> {
    let reader = Reader::open(path)?;
    let (gpus, extent) = (reader.gpus(), reader.extent().context("the ledger is empty")?);
    let mut totals: Vec<LedgerTotals> = gpus
        .iter()
        .map(|gpu| LedgerTotals {
            read_at: gpu.read_at.map_or(f64::NAN, |at| at.as_unix_seconds()),
            ..LedgerTotals::default()
        })
        .collect();
    reader.usage_rows(extent, |row| {
        let Some(totals) = totals.get_mut(row.gpu) else { return };
        let joules: f64 = row.energy.total_joules();
        totals.joules += joules;
        totals.recovered_joules += row.energy.recovered;
        match row.grams {
            Some(grams) => {
                #[allow(clippy::cast_possible_truncation, reason = "slots begin at whole seconds")]
                let start = row.interval.start().as_unix_seconds() as i64;
                totals.grams += grams;
                totals.expected_grams += feed::grams(joules, start);
            }
            None => totals.pending_joules += joules,
        }
    })?;
    Ok(gpus.iter().map(|gpu| gpu.uuid.clone()).zip(totals).collect())
}
