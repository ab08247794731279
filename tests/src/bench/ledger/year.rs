//! A year of GPUs in a ledger.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use anyhow::Result;
use gpu_carbon_core::{Intensity, Interval, Pue, Quality, SLOT, Signal, Span, Timestamp};
use gpu_carbon_ledger::{
    Batch, EnergySource, GpuBatch, GpuTotals, IntensitySource, LastReading, Ledger, Origin,
    Posting, Presence, Retention, ShareBatch, SharePosting, SlotIntensities, SlotIntensity,
    Workload,
};

/// Number of GPUs.
pub const GPUS: u32 = 16;
/// Number of days.
pub const DAYS: u64 = 366;
/// Grid zone of the intensities.
pub const ZONE: &str = "GB";

/// 2025-11-24T00:00:00Z.
const FIRST: Timestamp = Timestamp::from_unix_seconds(1_763_942_400);

/// The end of the year.
#[must_use]
pub fn end() -> Timestamp {
    FIRST + Span::from_days(DAYS)
}

/// Makes a ledger of a year, day by day, as an exporter would: each slot is converted by a forecast, restated a day later
/// by a measurement, and compacted when it is old. Returns the accounts at the end of the year.
///
/// # Errors
///
/// When the ledger cannot be written.
pub fn make(path: &Path, progress: &dyn Fn(&str)) -> Result<YearAccounts> {
    let mut ledger = Ledger::open(path, FIRST)?.0;
    let mut accounts = YearAccounts::default();
    for day in 0..DAYS {
        let start = FIRST + Span::from_days(day);
        let end = start + Span::from_days(1);
        let slots = (0..288_u64).map(|slot| start + Span::from_seconds(slot * 300));
        let gpus = slots.flat_map(|slot| (0..GPUS).map(move |gpu| (slot, gpu)));
        let gpus =
            gpus.map(|(slot, gpu)| accounts.slot(slot, gpu, Quality::Forecast, 1.0)).collect();
        ledger.write(&Batch { at: end, gpus })?;
        let yesterday = Interval::new(start - Span::from_days(1), start);
        for revision in ledger.restate(&Measured, yesterday)? {
            accounts.restate(&revision.uuid, revision.grams);
        }
        while !ledger.compact(end, Retention::default())?.done {}
        if day % 61 == 60 {
            progress(&format!("{} days of {DAYS} are written", day + 1));
        }
    }
    Ok(accounts)
}

/// The totals of every GPU.
#[derive(Debug, Default)]
pub struct YearAccounts(BTreeMap<String, GpuTotals>);

impl YearAccounts {
    /// The energy and emissions of a GPU in a part of a slot.
    pub fn slot(&mut self, slot: Timestamp, gpu: u32, quality: Quality, part: f64) -> GpuBatch {
        let uuid = format!("GPU-8f3c2b1a-0000-4000-8000-{gpu:012}");
        let watts = 80.0 + 620.0 * chance(slot, u64::from(gpu) + 1);
        let energy_joules = 300.0 * watts * part;
        let emissions_grams = energy_joules / 3.6e6 * intensity(slot, quality);
        let presence =
            Presence { slot, seconds: 300.0 * part, embodied_grams: Some(0.285_4 * part) };
        let totals = self.0.entry(uuid.clone()).or_insert(GpuTotals::zero(slot));
        totals.energy_joules += energy_joules;
        totals.emissions_grams += emissions_grams;
        totals.embodied_grams += presence.embodied_grams.unwrap_or_default();
        totals.published_grams =
            totals.published_grams.max(totals.emissions_grams + totals.restated_grams);
        let origin = Origin {
            zone: ZONE.into(),
            signal: Signal::Average,
            pue: Pue::ONE,
            intensity_source: Some(IntensitySource { name: Arc::from("gb"), quality, scope: None }),
        };
        let posting =
            Posting { slot, origin, source: EnergySource::Counted, energy_joules, emissions_grams };
        // A job of two days for each GPU.
        let days = slot.as_unix_micros() / (2 * 86_400_000_000);
        let name = format!("slurm:{}", days * 100 + i64::from(gpu));
        let share = SharePosting {
            slot,
            workload: Arc::new(Workload { name: name.into(), kind: "slurm_job".into(), pod: None }),
            time: Interval::new(slot, slot + SLOT),
            energy_joules,
            held_seconds: 300.0 * part,
        };
        GpuBatch {
            uuid,
            name: "NVIDIA H100 80GB HBM3".to_owned(),
            index: gpu,
            totals: *totals,
            last: Some(LastReading {
                at: slot + SLOT,
                millijoules: Some(123_456_789_012),
                boot: "6f1d7c2e-8a55-4f0e-9d0a-3b1c5e7f9a2b".to_owned(),
                uptime: Span::from_days(40),
                driver: "580.65.06".to_owned(),
                unsettled: None,
            }),
            embodied: None,
            postings: vec![posting],
            presence: vec![presence],
            shares: ShareBatch { postings: vec![share], totals: None },
        }
    }

    fn restate(&mut self, uuid: &str, grams: f64) {
        if let Some(totals) = self.0.get_mut(uuid) {
            totals.restated_grams += grams;
            totals.published_grams =
                totals.published_grams.max(totals.emissions_grams + totals.restated_grams);
        }
    }
}

/// The measured intensities, which come afterwards.
struct Measured;

impl SlotIntensities for Measured {
    fn zone(&self) -> &str {
        ZONE
    }
    fn signal(&self) -> Signal {
        Signal::Average
    }
    fn slot_intensity(&self, slot: Interval) -> Option<SlotIntensity> {
        let quality = Quality::Measured;
        let intensity = intensity(slot.start(), quality);
        let intensity = Intensity::from_grams_per_kilowatt_hour(intensity).ok()?;
        let source = IntensitySource { name: Arc::from("gb"), quality, scope: None };
        Some(SlotIntensity { intensity, is_uniform: true, source })
    }
}

/// Intensity in g/kWh: constant in each half hour; a forecast is off by a tenth at most.
fn intensity(slot: Timestamp, quality: Quality) -> f64 {
    let half_hour = slot.floor_to(Span::from_seconds(1800));
    let measured = 120.0 + 80.0 * chance(half_hour, 0);
    if quality == Quality::Measured {
        measured
    } else {
        measured * (0.9 + 0.2 * chance(half_hour, 1))
    }
}

/// A pseudo-random number from 0 to 1, with as many digits as a measured value.
#[allow(clippy::cast_precision_loss, reason = "of 53 bits")]
fn chance(at: Timestamp, salt: u64) -> f64 {
    // SplitMix64's steps (Steele, Lea, Flood, 2014).
    let mut bits =
        at.as_unix_micros().unsigned_abs().wrapping_add(salt.wrapping_mul(0x9E37_79B9_7F4A_7C15));
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    ((bits ^ (bits >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
}
