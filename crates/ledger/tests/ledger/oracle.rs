//! What the books and the ledger should come to, by brute force: every posting is kept.

use std::collections::BTreeMap;

use gpu_carbon_core::{Interval, Pue, Quality, Signal};
use gpu_carbon_ledger::{
    EnergySource, GpuBatch, GpuTotals, IntensitySource, Origin, Posting, Presence, Retention,
    SlotIntensities, SlotIntensity,
};

use crate::made::{NOON, ZONE, at, gpu, totals};
use crate::rows::{Amounts, Key};

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
    fn slot_intensity(&self, slot: Interval) -> Option<SlotIntensity> {
        self.0.get(&unix(slot.start())).cloned()
    }
}

fn unix(moment: gpu_carbon_core::Timestamp) -> i64 {
    moment.as_unix_micros() / 1_000_000
}

/// A posting, and what has become of it.
#[derive(Debug, Clone)]
struct Kept {
    gpu: u32,
    start: i64,
    seconds: i64,
    origin: Origin,
    source: EnergySource,
    joules: f64,
    grams: f64,
}

/// The books of some GPUs, and every posting since the file began.
#[derive(Debug, Default)]
pub(crate) struct Oracle {
    kept: Vec<Kept>,
    totals: BTreeMap<u32, GpuTotals>,
}

impl Oracle {
    /// Enters what a GPU used, and makes the batch for it.
    pub(crate) fn enter(
        &mut self,
        index: u32,
        postings: Vec<Posting>,
        presence: Vec<Presence>,
    ) -> GpuBatch {
        let added = totals(&postings, &presence);
        let totals = self.totals.entry(index).or_insert_with(totals_of_nothing);
        totals.energy_joules += added.energy_joules;
        totals.emissions_grams += added.emissions_grams;
        totals.embodied_grams += added.embodied_grams;
        totals.recovered_joules += added.recovered_joules;
        totals.published_grams =
            totals.published_grams.max(totals.emissions_grams + totals.restated_grams);
        self.kept.extend(postings.iter().map(|posting| Kept {
            gpu: index,
            start: unix(posting.slot),
            seconds: 300,
            origin: posting.origin.clone(),
            source: posting.source,
            joules: posting.energy_joules,
            grams: posting.emissions_grams,
        }));
        GpuBatch { totals: *totals, ..gpu(index, postings, presence) }
    }

    /// Late prices: all that waits in a slot, and has a price by now, leaves the waiting.
    pub(crate) fn price_late(&mut self, prices: &Table, slot: i64) -> Vec<GpuBatch> {
        let mut waiting: BTreeMap<(u32, EnergySource), (Origin, f64)> = BTreeMap::new();
        for kept in &self.kept {
            let waits =
                kept.start == slot && kept.seconds == 300 && kept.origin.intensity_source.is_none();
            if waits {
                let of = (kept.gpu, kept.source);
                waiting.entry(of).or_insert_with(|| (kept.origin.clone(), 0.0)).1 += kept.joules;
            }
        }
        let Some(price) = prices.0.get(&slot) else { return vec![] };
        let mut by_gpu: BTreeMap<u32, Vec<Posting>> = BTreeMap::new();
        for ((index, source), (origin, joules)) in waiting {
            let mut post = |origin, energy_joules: f64| {
                let emissions_grams = grams(energy_joules, &origin, price);
                let slot = at(slot - NOON);
                let posting = Posting { slot, origin, source, energy_joules, emissions_grams };
                by_gpu.entry(index).or_default().push(posting);
            };
            let intensity_source = Some(price.source.clone());
            post(Origin { intensity_source, ..origin.clone() }, joules);
            post(origin, -joules);
        }
        let mut batches = Vec::new();
        for (index, postings) in by_gpu {
            batches.push(self.enter(index, postings, vec![]));
        }
        batches
    }

    /// Restates what newer prices price otherwise; by how much, by GPU.
    pub(crate) fn restate(&mut self, prices: &Table, changed: (i64, i64)) -> BTreeMap<u32, f64> {
        let mut by_gpu = BTreeMap::new();
        for kept in &mut self.kept {
            let concerned = kept.start < changed.1 && kept.start + 300 > changed.0;
            let Some(price) = prices.0.get(&kept.start) else { continue };
            let Some(source) = &kept.origin.intensity_source else { continue };
            let better = rank(price.source.quality) < rank(source.quality);
            if concerned && kept.seconds == 300 && (*source == price.source || better) {
                let after = grams(kept.joules, &kept.origin, price);
                *by_gpu.entry(kept.gpu).or_insert(0.0) += after - kept.grams;
                kept.grams = after;
                kept.origin.intensity_source = Some(price.source.clone());
            }
        }
        for (index, grams) in &by_gpu {
            self.totals.get_mut(index).unwrap().restated_grams += grams;
        }
        by_gpu
    }

    /// Puts old postings together.
    pub(crate) fn compact(&mut self, now: i64, retention: Retention) {
        for kept in &mut self.kept {
            for (length, age) in [(3600, retention.hours_after()), (86_400, retention.days_after())]
            {
                let whole = kept.start - kept.start.rem_euclid(length);
                let age = i64::try_from(age.as_micros()).unwrap() / 1_000_000;
                if kept.seconds < length && whole + length <= now - age {
                    (kept.start, kept.seconds) = (whole, length);
                }
            }
        }
    }

    /// A new file: the rows of the old one are gone, and the totals go on.
    pub(crate) fn recreate(&mut self) {
        self.kept.clear();
    }

    pub(crate) fn totals(&self) -> &BTreeMap<u32, GpuTotals> {
        &self.totals
    }

    /// The rows that the ledger should have, but for those of which nothing is left.
    pub(crate) fn rows(&self) -> BTreeMap<Key, Amounts> {
        let mut rows: BTreeMap<Key, Amounts> = BTreeMap::new();
        for kept in &self.kept {
            let Origin { zone, signal, pue, intensity_source } = &kept.origin;
            let mut origin = format!("{zone} {signal} {:?}", pue.as_number());
            if let Some(IntensitySource { name, quality }) = intensity_source {
                origin += &format!(" {name} {quality}");
            }
            let key = (kept.start, format!("GPU-{}", kept.gpu), kept.seconds, origin);
            let none = ([0.0; 3], intensity_source.as_ref().map(|_| 0.0));
            let (joules, grams) = rows.entry(key).or_insert(none);
            joules[EnergySource::ALL.iter().position(|&source| source == kept.source).unwrap()] +=
                kept.joules;
            if let Some(grams) = grams {
                *grams += kept.grams;
            }
        }
        rows.retain(|_, (joules, _)| joules.iter().any(|joules| joules.abs() > 1e-6));
        rows
    }
}

fn totals_of_nothing() -> GpuTotals {
    totals(&[], &[])
}

/// What energy emits, from the definition.
pub(crate) fn grams(joules: f64, origin: &Origin, price: &SlotIntensity) -> f64 {
    joules / 3.6e6 * origin.pue.as_number() * price.intensity.as_grams_per_kilowatt_hour()
}

pub(crate) fn pue(number: f64) -> Pue {
    Pue::from_number(number).unwrap()
}

/// How well a quality knows: the lower the better.
fn rank(quality: Quality) -> u8 {
    match quality {
        Quality::Measured => 0,
        Quality::Estimated => 1,
        Quality::Forecast => 2,
        Quality::Fallback => 3,
    }
}
