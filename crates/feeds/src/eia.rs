//! The U.S. Energy Information Administration (EIA), Form EIA-930: the average intensity of a balancing authority every hour, from
//! its generation by fuel.
//!
//! Documentation: <https://www.eia.gov/opendata/documentation.php>. Path: `/v2/electricity/rto/fuel-type-data/data/`. A free key is
//! needed. The data are in the public domain.
//!
//! The factors of [`generation`](crate::generation) convert the generation. Imports are not in it: it is the intensity of what the
//! authority generates, not of what it uses. The newest hours come about a day late.

use gpu_carbon_core::{Quality, Signal, Span, Timestamp};
use serde::Deserialize;

use crate::error::FeedError;
use crate::generation::Fuel;
use crate::generation_series::GenerationSeries;
use crate::json::{self, LooseNumber};
use crate::response::{BadPoints, ServiceResponse};
use crate::{pages, rfc3339};

pub(crate) const NAME: &str = "EIA";

/// The credit to show beside the data.
pub const ATTRIBUTION: &str = "U.S. Energy Information Administration (EIA), generation by fuel, converted by the factors of IPCC AR5 (2014); \
     imports are not included";

/// The most rows of one page.
pub const ROWS_OF_A_PAGE: usize = 5000;

/// The only unit that is accepted.
const UNIT: &str = "megawatthours";

/// The only frequency that is accepted: the others have local times, or days.
const FREQUENCY: &str = "hourly";

const HOUR: Span = Span::from_seconds(3600);

#[derive(Deserialize)]
struct Answer {
    response: Body,
    request: Option<Request>,
}

#[derive(Deserialize)]
struct Body {
    total: Option<LooseNumber>,
    frequency: Option<String>,
    data: Vec<Row>,
    #[serde(default)]
    warnings: Vec<Warning>,
}

/// The request, as far as it shows which page this is. The service repeats the key there.
#[derive(Deserialize)]
struct Request {
    params: Option<Parameters>,
}

#[derive(Deserialize)]
struct Parameters {
    offset: Option<LooseNumber>,
}

#[derive(Deserialize)]
struct Warning {
    warning: Option<String>,
    description: Option<String>,
}

#[derive(Deserialize)]
struct Row {
    period: String,
    respondent: String,
    fueltype: String,
    value: Option<LooseNumber>,
    #[serde(rename = "value-units")]
    units: Option<String>,
}

/// The generation of one fuel in one hour, after a check.
#[derive(Debug, Clone)]
struct Generated {
    /// The beginning of the hour.
    at: Timestamp,
    code: String,
    megawatt_hours: Option<f64>,
}

/// The rows of one page of an answer, or of several.
#[derive(Debug, Clone)]
pub struct Page {
    rows: Vec<Generated>,
    /// The number of rows, with those that were left out.
    listed: usize,
    respondent: Option<String>,
    /// The number of rows on the pages before.
    before: usize,
    /// The number of rows on all pages.
    total: usize,
    bad_points: BadPoints,
    /// The number of bad rows.
    skipped: usize,
    notices: Vec<String>,
}

impl Page {
    /// The page with the warnings of the service changed, such as those that quote a secret.
    #[must_use]
    pub fn map_notices(mut self, change: impl Fn(String) -> String) -> Page {
        self.notices = self.notices.into_iter().map(change).collect();
        self
    }
}

impl pages::Page for Page {
    fn rows(&self) -> usize {
        self.listed
    }

    fn total(&self) -> usize {
        self.total
    }

    fn append(&mut self, next: Page) {
        self.rows.extend(next.rows);
        self.listed += next.listed;
        self.skipped += next.skipped;
        self.notices.extend(next.notices);
    }
}

/// Parses a page of an answer; where `respondent` is given, the rows must be of that one. The time of a row is the end of its hour
/// in UTC.
///
/// # Errors
///
/// The first error in the page, such as another frequency than one hour, another unit, or rows of two respondents. Where bad points
/// are skipped, a row without a number makes its hour a gap.
pub fn page(
    text: &str,
    respondent: Option<&str>,
    bad_points: BadPoints,
) -> Result<Page, FeedError> {
    let (Answer { response, request }, mut skipped) = json::read_points(text, NAME, bad_points)?;
    if let Some(found) = response.frequency.filter(|found| found != FREQUENCY) {
        let found = json::excerpt(&found);
        return Err(shape_error(format!("frequency is `{found}`, and must be {FREQUENCY}")));
    }
    let mut respondent = respondent.map(str::to_owned);
    let listed = response.data.len();
    let mut rows = Vec::with_capacity(listed);
    for (index, row) in response.data.into_iter().enumerate() {
        let position = index + 1;
        let expected = respondent.get_or_insert_with(|| row.respondent.clone());
        if !row.respondent.eq_ignore_ascii_case(expected) {
            let [found, expected] = [&row.respondent, &*expected].map(|text| json::excerpt(text));
            return Err(FeedError::Zone { found, expected });
        }
        if let Some(found) = row.units.filter(|unit| !unit.eq_ignore_ascii_case(UNIT)) {
            return Err(FeedError::Unit { found: json::excerpt(&found), expected: UNIT });
        }
        let time = end_of_hour(&row.period, position);
        let value = row.value.map(|value| value.parse(position)).transpose();
        let generated = match (time, value, bad_points) {
            (Ok(end), Ok(megawatt_hours), _) => Some((end, megawatt_hours)),
            (Err(error), _, BadPoints::Refuse) | (_, Err(error), BadPoints::Refuse) => {
                return Err(error);
            }
            (end, _, BadPoints::Skip) => {
                skipped += 1;
                end.ok().map(|end| (end, None))
            }
        };
        let code = row.fueltype;
        rows.extend(generated.map(|(end, megawatt_hours)| Generated {
            at: end - HOUR,
            code,
            megawatt_hours,
        }));
    }
    let before = request.and_then(|it| it.params).and_then(|it| it.offset);
    let before = count(before, "offset")?.unwrap_or(0);
    let total = count(response.total, "total")?.unwrap_or(before + listed);
    // An answer of several pages is always announced as incomplete.
    let warnings = response.warnings.into_iter();
    let warnings = warnings.filter(|it| it.warning.as_deref() != Some("incomplete return"));
    let notices = warnings.filter_map(|it| it.description.or(it.warning));
    let notices = notices.map(|text| json::excerpt(&text)).collect();
    Ok(Page { rows, listed, respondent, before, total, bad_points, skipped, notices })
}

/// Converts the rows of a page, or of several, to intensities.
///
/// Rows may be in any order. Hours at either end are left out where their other rows may be on another page. All values are
/// measured; an hour that lacks a fuel is a gap.
///
/// # Errors
///
/// When a fuel has two amounts for one hour, an amount is too large, or there is no value.
pub fn response(page: Page) -> Result<ServiceResponse, FeedError> {
    let Page { rows, listed, respondent, before, total, bad_points, skipped, notices } = page;
    let mut series = GenerationSeries::new(bad_points, skipped);
    for (index, Generated { at, code, megawatt_hours }) in rows.iter().enumerate() {
        let fuel = (code.as_str(), Fuel::from_eia(code));
        series.add(index + 1, *at, fuel, *megawatt_hours, Quality::Measured)?;
    }
    if before > 0 {
        series.remove_first();
    }
    if before + listed < total {
        series.remove_last();
    }
    let mut values = series.convert()?;
    values.note(notices);
    values.finish(respondent, Signal::Average, Some(HOUR), HOUR)
}

/// Parses an answer that is one page; see [`page`] and [`response`].
///
/// # Errors
///
/// The same as [`page`] and [`response`].
pub fn parse(text: &str, respondent: Option<&str>) -> Result<ServiceResponse, FeedError> {
    response(page(text, respondent, BadPoints::Refuse)?)
}

fn shape_error(reason: String) -> FeedError {
    FeedError::Shape { service: NAME, reason }
}

/// A number of rows, which the service writes in quotes.
fn count(number: Option<LooseNumber>, name: &str) -> Result<Option<usize>, FeedError> {
    let Some(number) = number else { return Ok(None) };
    let found = number.parse(1).ok().filter(|it| (0.0..=1e9).contains(it) && it.fract() == 0.0);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a whole number from 0 to a billion"
    )]
    let found = found.map(|number| number as usize);
    found.map(Some).ok_or_else(|| shape_error(format!("`{name}` is not a number of rows")))
}

/// The end of an hour, as `2026-05-12T00`.
fn end_of_hour(text: &str, position: usize) -> Result<Timestamp, FeedError> {
    rfc3339::parse(&format!("{text}:00:00Z")).map_err(|_| FeedError::Time {
        position,
        found: json::excerpt(text),
        expected: "the end of an hour in UTC, as 2020-06-01T00",
    })
}
