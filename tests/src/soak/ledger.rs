//! Totals of the ledger at the end, GPU by GPU.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result};
use gpu_carbon_core::Timestamp;
use gpu_carbon_ledger::{Ledger, Reader, UsageRow};

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

/// The totals of the converted rows that stay in ledgers which were set aside. Their energy and emissions continue in the
/// new ledger as carried amounts, and pending energy as rows.
#[derive(Debug, Clone, Default)]
pub struct LeftBehind {
    by_uuid: BTreeMap<String, LedgerTotals>,
    /// The number of ledgers.
    pub count: usize,
}

impl LeftBehind {
    /// Adds the totals of a ledger that is set aside.
    pub fn add(&mut self, totals: BTreeMap<String, LedgerTotals>) {
        self.count += 1;
        for (uuid, totals) in totals {
            let sum = self.by_uuid.entry(uuid).or_default();
            sum.joules += totals.joules - totals.pending_joules;
            sum.recovered_joules += totals.recovered_joules;
            sum.grams += totals.grams;
            sum.expected_grams += totals.expected_grams;
        }
    }

    /// The totals of the last ledger and of those that were set aside.
    #[must_use]
    pub fn added_to(
        &self,
        mut totals: BTreeMap<String, LedgerTotals>,
    ) -> BTreeMap<String, LedgerTotals> {
        for (uuid, left) in &self.by_uuid {
            let sum = totals.entry(uuid.clone()).or_default();
            sum.joules += left.joules;
            sum.recovered_joules += left.recovered_joules;
            sum.grams += left.grams;
            sum.expected_grams += left.expected_grams;
        }
        totals
    }
}

/// Damages a ledger that no process has open, and returns the totals of its rows. It may be damaged from before, where the exporter
/// was killed before it had replaced it: then it is replaced here.
///
/// # Errors
///
/// When the file is no ledger, or cannot be written.
pub fn damage(path: &Path) -> Result<BTreeMap<String, LedgerTotals>> {
    // The log is moved into the file, which then has all of it.
    Ledger::open(path, Timestamp::EPOCH)?.0.close()?;
    let totals = read(path)?;
    let mut bytes = std::fs::read(path)?;
    let page = bytes.len().checked_sub(PAGE).context("a ledger has pages")?;
    *bytes.get_mut(page).context("a ledger has pages")? = WRONG_TYPE;
    std::fs::write(path, bytes)?;
    Ok(totals)
}

/// The number of ledgers in a folder that were set aside as damaged, without the files beside them.
///
/// # Errors
///
/// When the folder cannot be read.
pub fn ledgers_aside(folder: &Path) -> Result<usize> {
    let mut count = 0;
    for entry in std::fs::read_dir(folder)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        let time = name.strip_prefix("ledger.db.corrupt-");
        count += usize::from(time.is_some_and(|time| {
            time.chars().all(|letter| letter.is_ascii_digit() || "TZ-".contains(letter))
        }));
    }
    Ok(count)
}

/// The bytes of a page, and a type that no page has.
const PAGE: usize = 4096;
const WRONG_TYPE: u8 = 0x77;

/// Reads the totals of each GPU in a ledger, by UUID.
///
/// # Errors
///
/// When the file is no ledger, or cannot be read.
pub fn read(path: &Path) -> Result<BTreeMap<String, LedgerTotals>> {
    let reader = Reader::open(path)?;
    let gpus = reader.gpus();
    let mut totals: Vec<LedgerTotals> = gpus
        .iter()
        .map(|gpu| LedgerTotals {
            read_at: gpu.read_at.map_or(f64::NAN, |at| at.as_unix_seconds()),
            ..LedgerTotals::default()
        })
        .collect();
    let mut add = |row: UsageRow| {
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
    };
    // A ledger that was begun shortly before its exporter was killed has carried totals, and no row.
    if let Some(extent) = reader.extent() {
        reader.usage_rows(extent, &mut add)?;
    }
    Ok(gpus.iter().map(|gpu| gpu.uuid.clone()).zip(totals).collect())
}
