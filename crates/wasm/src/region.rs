//! A region with its series of intensity, prepared for many requests.

use std::cell::OnceCell;

use gpu_carbon_core::evaluate::Year;
use gpu_carbon_core::exposure::Exposures;
use gpu_carbon_core::what_if;
use gpu_carbon_core::{Intensity, Interval, Quality, SLOT, Scope, Series, Signal, Span, Timestamp};
use gpu_carbon_feeds::bundled::BundledSeries;
use gpu_carbon_feeds::{calendar, checksum, pack};

use crate::InputError;
use crate::reading::{Provenance, Reading};

/// A region: its name, its series of intensity, and the provenance of the series.
#[derive(Debug)]
pub struct Region {
    /// The name in rankings.
    pub name: String,
    /// The signal of the values: marginal or average.
    pub signal: Signal,
    /// The scope of the values; `None` where it is unknown.
    pub scope: Option<Scope>,
    /// The source of the values.
    pub source: String,
    /// The credit that must be shown with the values.
    pub attribution: Option<String>,
    /// The quality of the values.
    pub quality: Quality,
    /// The values, and their integral over time.
    pub exposures: Exposures<'static>,
    /// The checksum of the values and their times; the name is not part of it.
    pub checksum: u64,
    /// The last year, once a study has used it.
    year: OnceCell<Year>,
}

impl Region {
    /// A region with a parsed series.
    #[must_use]
    pub fn from_reading(name: &str, reading: Reading) -> Region {
        Region::new(name, reading.provenance, reading.series)
    }

    /// A region with a bundled series, from the inflated content of its pack. The browser inflates the pack: the engine contains no
    /// inflater.
    ///
    /// # Errors
    ///
    /// When no bundled series has that name, or the bytes are not the content of a pack.
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
        let credit = bundled.attribution().to_owned();
        let provenance = Provenance {
            signal: bundled.signal(),
            scope: Some(bundled.scope()),
            source: credit.clone(),
            attribution: Some(credit),
            quality: Quality::Measured,
        };
        Ok(Region::new(name, provenance, series))
    }

    fn new(name: &str, provenance: Provenance, series: Series) -> Region {
        let Provenance { signal, scope, source, attribution, quality } = provenance;
        let checksum = checksum::of(&series);
        let exposures = Exposures::owning(series);
        let (name, year) = (name.to_owned(), OnceCell::new());
        Region { name, signal, scope, source, attribution, quality, exposures, checksum, year }
    }

    /// The last year of the series, and true where it is a whole year: the last calendar year (UTC) that the series covers, else its
    /// last 365 days, else the whole series, which is shorter than a year.
    ///
    /// # Errors
    ///
    /// When the series is shorter than a slot, or too long for memory.
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

    /// The region in the form of the core's planner.
    #[must_use]
    pub fn to_core_region(&self) -> what_if::Region<'_> {
        let Region { name, source, signal, scope, exposures, .. } = self;
        let series = exposures.series();
        what_if::Region { name, source, signal: *signal, scope: *scope, series }
    }

    /// The time from the start of the first value to the end of the last one.
    #[must_use]
    pub fn extent(&self) -> Interval {
        self.exposures.series().extent()
    }

    /// The number of gaps in the series.
    #[must_use]
    pub fn gaps(&self) -> usize {
        self.exposures.series().gaps().count()
    }

    /// The mean intensity of each of some equal parts of an interval, in grams per kilowatt-hour, over the time in which the series has
    /// values; NaN where it has none.
    ///
    /// # Errors
    ///
    /// When the interval is empty, or there are more than 1,048,576 parts.
    pub fn draw(&self, time: Interval, parts: usize) -> Result<Vec<f64>, InputError> {
        if time.length() == Span::ZERO {
            return Err(InputError::of("to_milliseconds", "the end must be after the start"));
        }
        if parts > MAX_PARTS {
            return Err(InputError::of(
                "points",
                format!("at most {MAX_PARTS} can be drawn, got {parts}"),
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

/// The greatest number of parts, more than the widest screen has columns.
const MAX_PARTS: usize = 1 << 20;

/// The timestamp of a time of JavaScript's `Date`: milliseconds since 1970-01-01T00:00:00Z.
///
/// # Errors
///
/// When the number is not finite, or out of the range of `Date`.
#[allow(clippy::cast_possible_truncation, reason = "a whole number below 2^53")]
pub(crate) fn timestamp(field: &str, milliseconds: f64) -> Result<Timestamp, InputError> {
    if milliseconds.abs() <= MAX_MILLISECONDS {
        Ok(Timestamp::from_unix_micros((milliseconds * 1000.0) as i64))
    } else {
        Err(InputError::of(field, format!("must be milliseconds since 1970, got {milliseconds}")))
    }
}

/// The greatest time of JavaScript's `Date`, either side of 1970 (ECMA-262, section 21.4.1.1, time values).
const MAX_MILLISECONDS: f64 = 8.64e15;
