//! What was entered into the books of a GPU and is not in the ledger yet.
//!
//! Entries of one slot, origin and way are put together: however long the disk does not answer, a GPU costs
//! some hundred bytes for each five minutes. What is older than 32 days goes to the hour, and older than a year
//! to the day, as it would lie in the ledger anyway: however long the exporter was away, the energy that it
//! finds then costs no more than some thousand postings.

use std::collections::BTreeMap;
use std::sync::Arc;

use gpu_carbon_core::{
    Entry, EntryKind, Flow, Interval, Mass, Pue, Quality, SLOT, Span, Timestamp, embodied,
};
use gpu_carbon_ledger::{
    EnergySource, IntensitySource, MAX_INTENSITY_DELAY, Origin, Posting, Presence, Retention,
};

use super::accounts::AccountKey;
use crate::intensity::Grid;

/// Energy waits no longer for its price, and no price is revised.
pub(super) const SETTLED_AFTER: Span = MAX_INTENSITY_DELAY;

const HOUR: Span = Span::from_seconds(3600);
const DAY: Span = Span::from_days(1);

/// Whose the price of an entry is; `None` of energy that waits.
type Price = Option<(&'static str, Quality)>;

type Key = (Timestamp, EnergySource, Price, Pue);

/// The postings to come.
#[derive(Debug, Clone, Default)]
pub(super) struct Journal {
    entries: BTreeMap<Key, Amount>,
    presence: BTreeMap<Timestamp, Amount>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Amount {
    /// Joules of energy, or seconds of presence.
    first: f64,
    grams: f64,
}

impl Amount {
    fn add(&mut self, first: f64, grams: f64) {
        self.first += first;
        self.grams += grams;
    }
}

impl Journal {
    /// Whether there is nothing to post.
    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty() && self.presence.is_empty()
    }

    /// Notes what was entered into an account.
    pub(super) fn note(&mut self, key: AccountKey, entry: Entry, grid: &Grid, now: Timestamp) {
        let moment = entry.interval.start();
        let joules = entry.energy.as_joules();
        let (price, joules, grams) = match entry.kind {
            EntryKind::Converted(mass) => {
                let origin = grid.intensities.origin(moment);
                (origin.map(|it| (it.source, it.quality)), joules, mass.as_grams())
            }
            EntryKind::Pending => (None, joules, 0.0),
            EntryKind::NoLongerPending => (None, -joules, 0.0),
        };
        let key = (slot(moment, now), key.how, price, key.pue);
        self.entries.entry(key).or_default().add(joules, grams);
    }

    /// Notes that the GPU was there.
    pub(super) fn note_presence(
        &mut self,
        interval: Interval,
        manufacture: Option<Mass>,
        lifespan: Span,
        now: Timestamp,
    ) {
        let mut rest = Some(interval).filter(|interval| interval.length() > Span::ZERO);
        while let Some(interval) = rest {
            let begins = slot(interval.start(), now);
            let (part, later) = interval.split_at(begins + width(interval.start(), now));
            let length = part.unwrap_or(interval).length();
            let share = manufacture.map(|total| embodied::of_one_gpu(total, length, lifespan));
            let grams = share.unwrap_or(Mass::ZERO).as_grams();
            self.presence.entry(begins).or_default().add(length.as_seconds(), grams);
            rest = later.filter(|_| part.is_some());
        }
    }

    /// Takes back what could not be written.
    pub(super) fn take_back(&mut self, other: Journal) {
        for (key, amount) in other.entries {
            self.entries.entry(key).or_default().add(amount.first, amount.grams);
        }
        for (slot, amount) in other.presence {
            self.presence.entry(slot).or_default().add(amount.first, amount.grams);
        }
    }

    /// The ledger begins anew, and knows nothing of what waited: all that waits is to be posted.
    pub(super) fn begin_anew(&mut self, waiting: impl Iterator<Item = (AccountKey, Flow)>) {
        self.entries.retain(|(_, _, price, _), _| price.is_some());
        for (key, flow) in waiting {
            let key = (flow.interval.start().floor_to(SLOT), key.how, None, key.pue);
            self.entries.entry(key).or_default().add(flow.energy.as_joules(), 0.0);
        }
    }

    /// As the ledger takes it.
    pub(super) fn postings(&self, grid: &Grid) -> Vec<Posting> {
        let posting = |(&(slot, how, price, pue), amount): (&Key, &Amount)| Posting {
            slot,
            origin: Origin {
                zone: Arc::clone(&grid.zone),
                signal: grid.intensities.signal,
                pue,
                intensity_source: price
                    .map(|(name, quality)| IntensitySource { name: name.into(), quality }),
            },
            source: how,
            energy_joules: amount.first,
            emissions_grams: amount.grams,
        };
        self.entries.iter().map(posting).collect()
    }

    /// As the ledger takes it.
    pub(super) fn presence(&self) -> Vec<Presence> {
        let there = |(&slot, amount): (&Timestamp, &Amount)| Presence {
            slot,
            seconds: amount.first,
            embodied_grams: amount.grams,
        };
        self.presence.iter().map(there).collect()
    }
}

/// How much time is put together.
fn width(moment: Timestamp, now: Timestamp) -> Span {
    match now.duration_since(moment) {
        age if age > Retention::default().days_after() => DAY,
        age if age > SETTLED_AFTER => HOUR,
        _ => SLOT,
    }
}

/// Where it is posted.
fn slot(moment: Timestamp, now: Timestamp) -> Timestamp {
    moment.floor_to(width(moment, now))
}
