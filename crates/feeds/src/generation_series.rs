//! The generation of a zone by fuel over time, converted to its intensity.

use std::collections::{BTreeMap, BTreeSet};

use gpu_carbon_core::{Intensity, Quality, Timestamp};

use crate::error::FeedError;
use crate::generation::{Fuel, Generation};
use crate::json::excerpt;
use crate::response::{BadPoints, ResponseBuilder};
use crate::rfc3339;

/// The most generation of one fuel in an hour, in MWh: ten times that of the United States in 2024.
const MAX_MEGAWATT_HOURS: f64 = 5_000_000.0;

/// The amount of one fuel in one interval.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Amount {
    fuel: Fuel,
    /// The amount in MWh; `None` where the operator does not know it.
    amount: Option<f64>,
    quality: Quality,
}

/// The amounts of each interval by the operator's code of the fuel.
#[derive(Debug, Clone, Default)]
pub(crate) struct GenerationSeries {
    intervals: BTreeMap<Timestamp, BTreeMap<String, Amount>>,
    bad_points: BadPoints,
    /// The number of bad rows.
    skipped: usize,
}

impl GenerationSeries {
    /// A series that treats bad rows in a way, of which `skipped` have been left out.
    pub(crate) fn new(bad_points: BadPoints, skipped: usize) -> GenerationSeries {
        GenerationSeries { bad_points, skipped, ..GenerationSeries::default() }
    }

    /// Adds what the row at `position` lists for one fuel.
    ///
    /// # Errors
    ///
    /// When the amount is larger than any zone's, or the fuel has another amount for the same time; where bad points are skipped,
    /// the interval then lacks the fuel.
    pub(crate) fn add(
        &mut self,
        position: usize,
        at: Timestamp,
        (code, fuel): (&str, Fuel),
        amount: Option<f64>,
        quality: Quality,
    ) -> Result<(), FeedError> {
        let too_high = amount.filter(|amount| amount.abs() > MAX_MEGAWATT_HOURS).map(|found| {
            let (at, found) = (rfc3339::format(at), found.to_string());
            FeedError::TooHigh { position, at, found }
        });
        let interval = self.intervals.entry(at).or_default();
        let new = Amount { fuel, amount, quality };
        let before = interval.insert(code.to_ascii_uppercase(), new);
        let duplicate = before.filter(|before| *before != new);
        let duplicate =
            duplicate.map(|_| FeedError::Duplicate { position, at: rfc3339::format(at) });
        match (too_high.or(duplicate), self.bad_points) {
            (None, _) => Ok(()),
            (Some(error), BadPoints::Refuse) => Err(error),
            (Some(_), BadPoints::Skip) => {
                self.skipped += 1;
                interval.insert(code.to_ascii_uppercase(), Amount { amount: None, ..new });
                Ok(())
            }
        }
    }

    /// Counts a row that has no number; it is added without an amount.
    pub(crate) fn skip(&mut self) {
        self.skipped += 1;
    }

    /// Removes the first interval, whose rows may stand on the page before.
    pub(crate) fn remove_first(&mut self) {
        self.intervals.pop_first();
    }

    /// Removes the last interval, whose rows may stand on the next page.
    pub(crate) fn remove_last(&mut self) {
        self.intervals.pop_last();
    }

    /// Converts the generation. An interval is a gap where a fuel that counts is `null`, or is missing after it was listed
    /// before: the mean of the others would be wrong. A fuel that is `null` at all times is one that the zone does not have.
    ///
    /// # Errors
    ///
    /// When the amounts are so large that their sum is not finite.
    pub(crate) fn convert(&self) -> Result<ResponseBuilder, FeedError> {
        let counts = |it: &Amount| it.fuel.grams_per_kilowatt_hour().is_some();
        let all = self.intervals.values().flatten();
        let in_use: BTreeSet<&str> = all
            .filter(|(_, it)| counts(it) && it.amount.is_some())
            .map(|(code, _)| code.as_str())
            .collect();
        let (mut values, mut whole) = (ResponseBuilder::new(self.bad_points, 0), Shares::default());
        values.add_skipped(self.skipped);
        let mut listed = BTreeSet::new();
        for (&at, interval) in &self.intervals {
            let now = interval.keys().map(String::as_str).filter(|&code| in_use.contains(code));
            listed.extend(now);
            let has = |code: &&str| interval.get(*code).is_some_and(|it| it.amount.is_some());
            let mut generation = Generation::default();
            let mut quality = Quality::Measured;
            for it in interval.values() {
                generation.add(it.fuel, it.amount.unwrap_or_default());
                if counts(it) && it.amount.is_some() {
                    quality = quality.max(it.quality);
                }
            }
            let mean = generation.intensity().map_err(|_| {
                FeedError::NotANumber(format!("the sum for {}", excerpt(&rfc3339::format(at))))
            })?;
            let mean = mean.filter(|_| listed.iter().all(has));
            if mean.is_some() {
                whole.known += generation.known();
                whole.unknown += generation.unknown();
            }
            values.push(at, mean.map(Intensity::as_grams_per_kilowatt_hour), 1.0, quality)?;
        }
        values.set_unknown_share(whole.unknown_share());
        Ok(values)
    }
}

/// Sums over all intervals.
#[derive(Debug, Default)]
struct Shares {
    known: f64,
    unknown: f64,
}

impl Shares {
    fn unknown_share(&self) -> f64 {
        let total = self.known + self.unknown;
        if total > 0.0 { self.unknown / total } else { 0.0 }
    }
}
