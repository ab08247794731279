//! The expected rows and totals, by brute force: every posting is stored for itself.

use std::collections::BTreeMap;

use gpu_carbon_core::{Interval, Pue, Quality, SLOT, Signal};
use gpu_carbon_ledger::{
    EnergySource, GpuBatch, GpuTotals, IntensitySource, Origin, Posting, Presence, Retention,
    SlotIntensities, SlotIntensity,
};

use crate::fixtures::{NOON, ZONE, at, gpu, totals};
use crate::rows::{Amounts, EntryKey};

/// SlotIntensities by slot.
#[derive(Debug, Clone, Default)]
pub(crate) struct Table(pub(crate) BTreeMap<i64, SlotIntensity>);

impl SlotIntensities for Table {
    fn zone(&self) -> &str {
        ZONE
    }
    fn signal(&self) -> Signal {
        Signal::Average
    }
    fn slot_intensity(&self, part: Interval) -> Option<SlotIntensity> {
        self.0.get(&unix_seconds(part.start().floor_to(SLOT))).cloned()
    }
}

fn unix_seconds(time: gpu_carbon_core::Timestamp) -> i64 {
    time.as_unix_micros() / 1_000_000
}

/// A posting, with its present slot, origin and emissions.
#[derive(Debug, Clone)]
struct StoredPosting {
    gpu: u32,
    start: i64,
    seconds: i64,
    origin: Origin,
    source: EnergySource,
    joules: f64,
    grams: f64,
}

/// The totals of some GPUs, and every posting since the file was created.
#[derive(Debug, Default)]
pub(crate) struct Oracle {
    postings: Vec<StoredPosting>,
    totals: BTreeMap<u32, GpuTotals>,
}

impl Oracle {
    /// Adds postings and presence of a GPU, and returns the batch for them.
    pub(crate) fn enter(
        &mut self,
        index: u32,
        postings: Vec<Posting>,
        presence: Vec<Presence>,
    ) -> GpuBatch {
        let added = totals(&postings, &presence);
        let totals = self.totals.entry(index).or_insert_with(zero_totals);
        totals.energy_joules += added.energy_joules;
        totals.emissions_grams += added.emissions_grams;
        totals.embodied_grams += added.embodied_grams;
        totals.recovered_joules += added.recovered_joules;
        totals.published_grams =
            totals.published_grams.max(totals.emissions_grams + totals.restated_grams);
        self.postings.extend(postings.iter().map(|posting| StoredPosting {
            gpu: index,
            start: unix_seconds(posting.slot),
            seconds: 300,
            origin: posting.origin.clone(),
            source: posting.source,
            joules: posting.energy_joules,
            grams: posting.emissions_grams,
        }));
        GpuBatch { totals: *totals, ..gpu(index, postings, presence) }
    }

    /// Returns the batches that convert the pending energy of a slot, if its intensity is known by now.
    pub(crate) fn convert_pending(&mut self, intensities: &Table, slot: i64) -> Vec<GpuBatch> {
        let mut pending: BTreeMap<(u32, EnergySource), (Origin, f64)> = BTreeMap::new();
        for stored in &self.postings {
            let is_pending = stored.origin.intensity_source.is_none();
            if is_pending && stored.start == slot && stored.seconds == 300 {
                let new = || (stored.origin.clone(), 0.0);
                let (_, joules) = pending.entry((stored.gpu, stored.source)).or_insert_with(new);
                *joules += stored.joules;
            }
        }
        let Some(intensity) = intensities.0.get(&slot) else { return vec![] };
        let mut by_gpu: BTreeMap<u32, Vec<Posting>> = BTreeMap::new();
        for ((index, source), (origin, joules)) in pending {
            let mut post = |origin, energy_joules: f64| {
                let emissions_grams = grams(energy_joules, &origin, intensity);
                let slot = at(slot - NOON);
                let posting = Posting { slot, origin, source, energy_joules, emissions_grams };
                by_gpu.entry(index).or_default().push(posting);
            };
            let intensity_source = Some(intensity.source.clone());
            post(Origin { intensity_source, ..origin.clone() }, joules);
            post(origin, -joules);
        }
        let mut batches = Vec::new();
        for (index, postings) in by_gpu {
            batches.push(self.enter(index, postings, vec![]));
        }
        batches
    }

    /// Restates by newer intensities, in slots that overlap the time from `start` to `end`. Returns the change of
    /// emissions by GPU.
    pub(crate) fn restate(
        &mut self,
        intensities: &Table,
        start: i64,
        end: i64,
    ) -> BTreeMap<u32, f64> {
        let mut by_gpu = BTreeMap::new();
        for stored in &mut self.postings {
            let overlaps = stored.start < end && stored.start + 300 > start;
            let Some(intensity) = intensities.0.get(&stored.start) else { continue };
            let Some(source) = &stored.origin.intensity_source else { continue };
            let better = rank(intensity.source.quality) < rank(source.quality);
            if overlaps && stored.seconds == 300 && (*source == intensity.source || better) {
                let after = grams(stored.joules, &stored.origin, intensity);
                *by_gpu.entry(stored.gpu).or_insert(0.0) += after - stored.grams;
                stored.grams = after;
                stored.origin.intensity_source = Some(intensity.source.clone());
            }
        }
        for (index, grams) in &by_gpu {
            self.totals.get_mut(index).unwrap().restated_grams += grams;
        }
        by_gpu
    }

    /// Moves old postings to their hour or day.
    pub(crate) fn compact(&mut self, now: i64, retention: Retention) {
        for stored in &mut self.postings {
            for (length, age) in [(3600, retention.hours_after()), (86_400, retention.days_after())]
            {
                let whole = stored.start - stored.start.rem_euclid(length);
                let age = i64::try_from(age.as_micros()).unwrap() / 1_000_000;
                if stored.seconds < length && whole + length <= now - age {
                    (stored.start, stored.seconds) = (whole, length);
                }
            }
        }
    }

    /// Starts a new file: the rows of the old one are dropped, and the totals continue.
    pub(crate) fn recreate(&mut self) {
        self.postings.clear();
    }

    pub(crate) fn totals(&self) -> &BTreeMap<u32, GpuTotals> {
        &self.totals
    }

    /// The rows that the ledger should have, without those whose energy has moved to another row.
    pub(crate) fn rows(&self) -> BTreeMap<EntryKey, Amounts> {
        let mut rows: BTreeMap<EntryKey, Amounts> = BTreeMap::new();
        for stored in &self.postings {
            let Origin { zone, signal, pue, intensity_source } = &stored.origin;
            let mut origin = format!("{zone} {signal} {:?}", pue.as_number());
            if let Some(IntensitySource { name, quality, .. }) = intensity_source {
                origin += &format!(" {name} {quality}");
            }
            let key = EntryKey {
                start: stored.start,
                uuid: format!("GPU-{}", stored.gpu),
                seconds: stored.seconds,
                origin,
            };
            let grams = intensity_source.as_ref().map(|_| 0.0);
            let amounts = rows.entry(key).or_insert(Amounts { joules: [0.0; 3], grams });
            let column = EnergySource::ALL.iter().position(|&source| source == stored.source);
            amounts.joules[column.unwrap()] += stored.joules;
            if let Some(grams) = &mut amounts.grams {
                *grams += stored.grams;
            }
        }
        rows.retain(|_, amounts| amounts.joules.iter().any(|joules| joules.abs() > 1e-6));
        rows
    }
}

fn zero_totals() -> GpuTotals {
    totals(&[], &[])
}

/// The emissions of energy, by definition.
pub(crate) fn grams(joules: f64, origin: &Origin, intensity: &SlotIntensity) -> f64 {
    joules / 3.6e6 * origin.pue.as_number() * intensity.intensity.as_grams_per_kilowatt_hour()
}

pub(crate) fn pue(number: f64) -> Pue {
    Pue::from_number(number).unwrap()
}

/// The rank of a quality: lower is better.
fn rank(quality: Quality) -> u8 {
    match quality {
        Quality::Measured => 0,
        Quality::Estimated => 1,
        Quality::Forecast => 2,
        Quality::Fallback => 3,
    }
}
