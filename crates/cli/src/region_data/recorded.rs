//! Recorded years of a zone, mapped onto the time of a plan by the time of year.

use anyhow::Context;
use gpu_carbon_core::what_if::SEASON_DAYS;
use gpu_carbon_core::{Interval, Series, Signal, Span};
use gpu_carbon_feeds::bundled::BundledSeries;
use gpu_carbon_feeds::regions::GridZone;
use gpu_carbon_feeds::{calendar, replay};

use super::query::DataQuery;

/// A recorded year as if it were the time of a plan and the days around it.
#[derive(Debug)]
pub(crate) struct RecordedData {
    /// The bundled series.
    pub(crate) bundled: BundledSeries,
    /// The year in which it was recorded.
    pub(crate) year: i32,
    /// The values at the same time of year; `None` where the year has none.
    pub(crate) series: Option<Series>,
    /// Another marginal series of the zone and the year, if this one is marginal, at the same time of year.
    pub(crate) other: Option<(BundledSeries, Series)>,
}

impl RecordedData {
    /// Finds the best recorded year of a zone, of the signal that is asked for; `None` where it has none.
    ///
    /// # Errors
    ///
    /// When the bundled series is damaged.
    pub(super) fn of(zone: &GridZone, query: &DataQuery) -> anyhow::Result<Option<RecordedData>> {
        let is_asked = |signal: Signal| query.signal.is_none_or(|asked| asked == signal);
        let Some(&bundled) = zone.recorded.iter().find(|it| is_asked(it.signal())) else {
            return Ok(None);
        };
        let margin = Span::from_days(SEASON_DAYS);
        let around = Interval::new(query.needed.start() - margin, query.needed.end() + margin);
        let open = |bundled: BundledSeries| {
            let recorded = bundled.series().context("the bundled series is damaged")?;
            let year = calendar::year_of(recorded.extent().start()).unwrap_or_default();
            // An error means that no value was recorded at that time of the year.
            anyhow::Ok((year, replay::onto(&recorded, around).ok()))
        };
        let (year, series) = open(bundled)?;
        let is_other = |other: &&BundledSeries| {
            let signals = [bundled.signal(), other.signal()];
            **other != bundled && signals == [Signal::Marginal; 2]
        };
        let other = match zone.recorded.iter().find(is_other) {
            Some(&other) => match open(other)? {
                (of_other, Some(series)) if of_other == year => Some((other, series)),
                _ => None,
            },
            None => None,
        };
        Ok(Some(RecordedData { bundled, year, series, other }))
    }
}
