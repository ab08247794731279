//! The entries of an account that are not in the ledger yet.
//!
//! Entries of the same slot, key and source are added up, so that a disk that does not answer costs some hundred
//! bytes for each account and five minutes. Entries older than 32 days are added up by hour, and those older than a
//! year by day, as the ledger would do: after a long absence of the exporter, recovered energy makes some
//! thousand postings at most.

use std::collections::BTreeMap;
use std::sync::Arc;

use gpu_carbon_core::{
    Energy, Entry, EntryKind, Flow, Interval, Mass, Pue, Quality, SLOT, Span, Timestamp, embodied,
};
use gpu_carbon_ledger::{
    ConvertedEnergy, ConvertedTime, EnergySource, IntensitySource, MAX_INTENSITY_DELAY, Origin,
    Posting, Presence, Retention, SlotIntensities,
};

use super::accounts::AccountKey;
use crate::intensity::Grid;
use crate::ledger::GridIntensities;

/// The age from which pending energy is not converted any more, and no intensity is revised.
pub(super) const SETTLED_AFTER: Span = MAX_INTENSITY_DELAY;

const HOUR: Span = Span::from_seconds(3600);
const DAY: Span = Span::from_days(1);

/// The entries that are to be posted.
#[derive(Debug, Clone, Default)]
pub(super) struct Journal {
    energy: BTreeMap<PostingKey, EnergyAmount>,
    presence: BTreeMap<Timestamp, PresenceAmount>,
}

/// The properties that entries of one posting share.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct PostingKey {
    slot: Timestamp,
    source: EnergySource,
    /// The source of the intensity; `None` for pending energy.
    intensity: Option<IntensityOrigin>,
    pue: Pue,
}

/// The emissions of entries by other intensities.
struct Revision {
    intensity: IntensityOrigin,
    grams: f64,
}

impl PostingKey {
    fn origin(self, grid: &Grid) -> Origin {
        Origin {
            zone: Arc::clone(&grid.zone),
            signal: grid.intensities.signal,
            pue: self.pue,
            intensity_source: self.intensity.map(|origin| IntensitySource {
                name: origin.source.into(),
                quality: origin.quality,
                scope: grid.intensities.scope_of(origin.source),
            }),
        }
    }

    /// The emissions of converted entries by the intensities that follow; `None` where they stay.
    fn revision(self, amount: EnergyAmount, old: &Grid, new: &Grid) -> Option<Revision> {
        let (origin, time) = (self.intensity?, amount.time?);
        let newer = GridIntensities(new).slot_intensity(time)?;
        let converted = ConvertedEnergy {
            energy: Energy::from_joules(amount.joules).ok()?,
            pue: self.pue,
            grams: amount.grams,
            source_name: origin.source,
            quality: origin.quality,
            intensity: GridIntensities(old).slot_intensity(time).map(|old| old.intensity),
        };
        let grams = converted.restated_grams(&newer)?;
        let newer = new.intensities.origin(time.start())?;
        let intensity = IntensityOrigin { source: newer.source, quality: newer.quality };
        Some(Revision { intensity, grams })
    }
}

/// The source and the quality of an intensity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct IntensityOrigin {
    source: &'static str,
    quality: Quality,
}

#[derive(Debug, Clone, Copy, Default)]
struct EnergyAmount {
    joules: f64,
    grams: f64,
    /// The time in which the energy was used, if it is converted.
    time: Option<Interval>,
}

impl EnergyAmount {
    fn add(&mut self, other: EnergyAmount) {
        self.joules += other.joules;
        self.grams += other.grams;
        let times = [self.time, other.time].into_iter().flatten();
        self.time = times.reduce(Interval::hull);
    }
}

#[derive(Debug, Clone, Copy, Default)]
struct PresenceAmount {
    seconds: f64,
    /// The share of manufacturing emissions; `None` where these are unknown.
    embodied_grams: Option<f64>,
}

impl PresenceAmount {
    fn add(&mut self, other: PresenceAmount) {
        self.seconds += other.seconds;
        let known = [self.embodied_grams, other.embodied_grams].into_iter().flatten();
        self.embodied_grams = known.reduce(|one, other| one + other);
    }
}

impl Journal {
    /// True if there is nothing to post.
    pub(super) fn is_empty(&self) -> bool {
        self.energy.is_empty() && self.presence.is_empty()
    }

    /// Records an entry of an account.
    pub(super) fn record(&mut self, key: AccountKey, entry: Entry, grid: &Grid, now: Timestamp) {
        let start = entry.interval.start();
        let joules = entry.energy.as_joules();
        let (intensity, amount) = match entry.kind {
            EntryKind::Converted(mass) => {
                let origin = grid.intensities.origin(start);
                let intensity = origin.map(|origin| IntensityOrigin {
                    source: origin.source,
                    quality: origin.quality,
                });
                (
                    intensity,
                    EnergyAmount { joules, grams: mass.as_grams(), time: Some(entry.interval) },
                )
            }
            EntryKind::Pending => (None, EnergyAmount { joules, ..EnergyAmount::default() }),
            EntryKind::NoLongerPending => {
                (None, EnergyAmount { joules: -joules, ..EnergyAmount::default() })
            }
        };
        let AccountKey { source, pue } = key;
        let key = PostingKey { slot: slot(start, now), source, intensity, pue };
        self.energy.entry(key).or_default().add(amount);
    }

    /// Records that a GPU was present, with its share of manufacturing emissions.
    pub(super) fn record_presence(
        &mut self,
        interval: Interval,
        manufacture: Option<Mass>,
        lifespan: Span,
        now: Timestamp,
    ) {
        for (slot, part) in slots(interval, now) {
            let length = part.length();
            let embodied_grams =
                manufacture.map(|total| embodied::of_one_gpu(total, length, lifespan).as_grams());
            let amount = PresenceAmount { seconds: length.as_seconds(), embodied_grams };
            self.presence.entry(slot).or_default().add(amount);
        }
    }

    /// Takes back the entries of a commit that failed.
    pub(super) fn take_back(&mut self, failed: Journal) {
        for (key, amount) in failed.energy {
            self.energy.entry(key).or_default().add(amount);
        }
        for (slot, amount) in failed.presence {
            self.presence.entry(slot).or_default().add(amount);
        }
    }

    /// Adapts to a new ledger, which holds no pending energy: all of it is to be posted.
    pub(super) fn restart(&mut self, pending: impl Iterator<Item = (AccountKey, Flow)>) {
        self.energy.retain(|key, _| key.intensity.is_some());
        for (AccountKey { source, pue }, flow) in pending {
            let slot = flow.interval.start().floor_to(SLOT);
            let key = PostingKey { slot, source, intensity: None, pue };
            let amount =
                EnergyAmount { joules: flow.energy.as_joules(), ..EnergyAmount::default() };
            self.energy.entry(key).or_default().add(amount);
        }
    }

    /// Converts the entries again, by the intensities that follow those by which they were converted. Returns the change
    /// of their emissions, in grams.
    pub(super) fn revise(&mut self, old: &Grid, new: &Grid) -> f64 {
        if !new.intensities.is_timed {
            return 0.0;
        }
        let mut change = 0.0;
        for (mut key, mut amount) in std::mem::take(&mut self.energy) {
            if let Some(revision) = key.revision(amount, old, new) {
                change += revision.grams - amount.grams;
                (key.intensity, amount.grams) = (Some(revision.intensity), revision.grams);
            }
            self.energy.entry(key).or_default().add(amount);
        }
        change
    }

    /// The time whose energy is converted, as far as its intensity may still be revised.
    pub(super) fn converted(&self, grid: &Grid) -> Vec<ConvertedTime> {
        let converted = |(key, amount): (&PostingKey, &EnergyAmount)| {
            let time = amount.time.filter(|time| time.start().floor_to(SLOT) == key.slot)?;
            Some(ConvertedTime { origin: key.origin(grid), time })
        };
        self.energy.iter().filter_map(converted).collect()
    }

    /// The energy as postings for the ledger.
    pub(super) fn postings(&self, grid: &Grid) -> Vec<Posting> {
        let posting = |(key, amount): (&PostingKey, &EnergyAmount)| Posting {
            slot: key.slot,
            origin: key.origin(grid),
            source: key.source,
            energy_joules: amount.joules,
            emissions_grams: amount.grams,
        };
        self.energy.iter().map(posting).collect()
    }

    /// The time of the GPU's presence, by slot.
    pub(super) fn presence(&self) -> Vec<Presence> {
        let presence = |(&slot, amount): (&Timestamp, &PresenceAmount)| Presence {
            slot,
            seconds: amount.seconds,
            embodied_grams: amount.embodied_grams,
        };
        self.presence.iter().map(presence).collect()
    }
}

/// The parts of an interval, within one slot each, after the start of that slot.
pub(in crate::accounting) fn slots(
    interval: Interval,
    now: Timestamp,
) -> Vec<(Timestamp, Interval)> {
    let mut slots = Vec::new();
    let mut rest = Some(interval).filter(|interval| interval.length() > Span::ZERO);
    while let Some(interval) = rest {
        let start = slot(interval.start(), now);
        let (part, later) = interval.split_at(start + slot_length(interval.start(), now));
        slots.push((start, part.unwrap_or(interval)));
        rest = later.filter(|_| part.is_some());
    }
    slots
}

/// The length of the slot that a time belongs to, which grows with its age.
fn slot_length(time: Timestamp, now: Timestamp) -> Span {
    match now.duration_since(time) {
        age if age > Retention::default().days_after() => DAY,
        age if age > SETTLED_AFTER => HOUR,
        _ => SLOT,
    }
}

/// The start of the slot that a time belongs to.
pub(super) fn slot(time: Timestamp, now: Timestamp) -> Timestamp {
    time.floor_to(slot_length(time, now))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_embodied_emissions_are_not_recorded_as_zero() {
        let start = Timestamp::from_unix_seconds(1_795_444_800).floor_to(SLOT);
        let hour = Interval::new(start, start + HOUR);
        let recorded = |manufactures: &[Option<Mass>]| -> Vec<Option<f64>> {
            let mut journal = Journal::default();
            for &manufacture in manufactures {
                journal.record_presence(hour, manufacture, HOUR, hour.end());
            }
            journal.presence().iter().map(|presence| presence.embodied_grams).collect()
        };
        let known = Mass::from_grams(12.0).ok();
        assert_eq!(recorded(&[None]), [None; 12]);
        assert_eq!(recorded(&[known]), [Some(1.0); 12]);
        assert_eq!(recorded(&[None, known]), [Some(1.0); 12]);
    }
}
