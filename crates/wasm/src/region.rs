//! One series of intensity, kept ready to be asked again and again.

use std::cell::OnceCell;

use gpu_carbon_core::evaluate::Year;
use gpu_carbon_core::exposure::Exposures;
use gpu_carbon_core::what_if;
use gpu_carbon_core::{Intensity, Interval, Quality, SLOT, Series, Signal, Span, Timestamp};
use gpu_carbon_feeds::bundled::BundledSeries;
use gpu_carbon_feeds::{calendar, checksum, pack};

use crate::InputError;
use crate::reading::{Provenance, Reading};

/// A region: its name, its intensity, and where that comes from.
#[derive(Debug)]
pub struct Region {
    /// The name that it is ranked under.
    pub name: String,
    /// Which question its values answer.
    pub signal: Signal,
    /// Where they come from.
    pub source: String,
    /// The credit that must be shown with them.
    pub attribution: Option<String>,
    /// How well they are known.
    pub quality: Quality,
    /// The values, and their integral.
    pub exposures: Exposures<'static>,
    /// Of the values and their moments, whatever they are called.
    pub checksum: u64,
    /// Its last year, once that was asked for.
    year: OnceCell<Year>,
}

impl Region {
    /// From a file or an answer that was read.
    #[must_use]
    pub fn from_reading(name: &str, reading: Reading) -> Region {
        let Reading { provenance, series } = reading;
        let Provenance { signal, source, attribution, quality } = provenance;
        Region::new(name, signal, source, attribution, quality, series)
    }

    /// From what a pack that ships with the project inflates to: every browser can inflate, so the engine need not.
    ///
    /// # Errors
    ///
    /// When no pack has that name, or the bytes are none.
    pub fn from_pack(name: &str, bytes: &[u8]) -> Result<Region, InputError> {
        let bundled = BundledSeries::named(name).ok_or_else(|| {
            let known = BundledSeries::ALL.map(BundledSeries::name).join(", ");
            InputError::of(
                "name",
                format!("no series of this name is bundled: `{name}`; there are {known}"),
            )
        })?;
        let series =
            pack::decode_inflated(bytes).map_err(|error| InputError::of("bytes", error))?;
        let (signal, credit) = (bundled.signal(), bundled.attribution());
        let quality = Quality::Measured;
        Ok(Region::new(name, signal, credit.to_owned(), Some(credit.to_owned()), quality, series))
    }

    fn new(
        name: &str,
        signal: Signal,
        source: String,
        attribution: Option<String>,
        quality: Quality,
        series: Series,
    ) -> Region {
        let checksum = checksum::of(&series);
        let exposures = Exposures::owning(series);
        let (name, year) = (name.to_owned(), OnceCell::new());
        Region { name, signal, source, attribution, quality, exposures, checksum, year }
    }

    /// Its last year, and whether that is a whole one: the last calendar year (UTC) that it reaches over, else its last 365
    /// days, else all of it, which is no whole one.
    ///
    /// # Errors
    ///
    /// When it is shorter than a step, or far too long.
    pub(crate) fn year(&self) -> Result<(&Year, bool), InputError> {
        let year = match self.year.get() {
            Some(year) => year,
            None => {
                let year = Year::with_gaps(&self.exposures, last_year(self.extent()));
                let year = year.map_err(InputError::new)?;
                self.year.get_or_init(|| year)
            }
        };
        Ok((year, year.interval().length() >= DAYS_365))
    }

    /// As the planner takes it.
    #[must_use]
    pub fn to_core_region(&self) -> what_if::Region<'_> {
        let Region { name, source, signal, exposures, .. } = self;
        what_if::Region { name, source, signal: *signal, series: exposures.series() }
    }

    /// From its first value to the end of its last.
    #[must_use]
    pub fn extent(&self) -> Interval {
        self.exposures.series().extent()
    }

    /// How many gaps it has.
    #[must_use]
    pub fn gaps(&self) -> usize {
        let series = self.exposures.series();
        let points = series.points();
        let pairs = points.iter().zip(points.iter().skip(1));
        pairs.filter(|(held, next)| next.0.duration_since(held.0) > series.step()).count()
    }

    /// The mean intensity of equal parts of a time, in grams per kilowatt-hour, over what is covered of each; NaN
    /// where nothing is.
    ///
    /// # Errors
    ///
    /// When there is no time, or more parts are asked for than a screen has.
    pub fn draw(&self, time: Interval, parts: usize) -> Result<Vec<f64>, InputError> {
        if time.length() == Span::ZERO {
            return Err(InputError::of("to_milliseconds", "the end must be after the start"));
        }
        if parts > MOST_PARTS {
            return Err(InputError::of(
                "points",
                format!("at most {MOST_PARTS} can be drawn, got {parts}"),
            ));
        }
        let micros = u128::from(time.length().as_micros());
        let edge = |part: usize| {
            let part = micros * part as u128 / parts.max(1) as u128;
            time.start() + Span::from_micros(u64::try_from(part).unwrap_or(u64::MAX))
        };
        let mean = |part| {
            let part = Interval::new(edge(part), edge(part + 1));
            let mean = self.exposures.mean_of_covered(part);
            mean.map_or(f64::NAN, Intensity::as_grams_per_kilowatt_hour)
        };
        Ok((0..parts).map(mean).collect())
    }
}

const DAYS_365: Span = Span::from_days(365);

fn last_year(extent: Interval) -> Interval {
    let numbers = [extent.start(), extent.end()].map(calendar::year_of);
    let within = |year: &Interval| extent.start() <= year.start() && year.end() <= extent.end();
    if let [Some(first), Some(last)] = numbers
        && let Some(year) = (first..=last).rev().filter_map(calendar::year).find(within)
    {
        return year;
    }
    let step = SLOT.as_micros();
    let whole = Span::from_micros(extent.length().as_micros() / step * step);
    if whole >= DAYS_365 {
        let end = extent.start() + whole;
        return Interval::new(end - DAYS_365, end);
    }
    Interval::new(extent.start(), extent.start() + whole)
}

/// More than the widest screen has columns.
const MOST_PARTS: usize = 1 << 20;

/// A moment of JavaScript: milliseconds since 1970-01-01T00:00:00Z.
///
/// # Errors
///
/// When it is no moment that JavaScript has.
#[allow(clippy::cast_possible_truncation, reason = "a whole number below 2^53")]
pub(crate) fn timestamp(field: &str, milliseconds: f64) -> Result<Timestamp, InputError> {
    if milliseconds.abs() <= MOST_MILLISECONDS {
        Ok(Timestamp::from_unix_micros((milliseconds * 1000.0) as i64))
    } else {
        Err(InputError::of(field, format!("must be milliseconds since 1970, got {milliseconds}")))
    }
}

/// The last moment of JavaScript's `Date` (ECMA-262, time values).
const MOST_MILLISECONDS: f64 = 8.64e15;
