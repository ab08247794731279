//! Ontario's Independent Electricity System Operator (IESO): the average intensity of Ontario every hour, from its generation by fuel.
//!
//! Documentation: <https://www.ieso.ca/power-data/data-directory>, "Generator Output by Fuel Type Hourly Report". Path:
//! `/public/GenOutputbyFuelHourly/PUB_GenOutputbyFuelHourly_2026.xml`, a year in a file; without the year the newest hours. No
//! account is needed.
//!
//! The factors of [`generation`](crate::generation) convert the generation. Imports, and plants that the operator does not
//! dispatch, are not in it. Hours are numbered from 1 to 24 by Eastern Standard Time all year, and each number is the end of
//! its hour.

use gpu_carbon_core::{Quality, Signal, Span, Timestamp};
use quick_xml::Reader;
use quick_xml::events::Event;

use crate::error::FeedError;
use crate::generation::Fuel;
use crate::generation_series::GenerationSeries;
use crate::json::{self, excerpt};
use crate::response::{BadPoints, ServiceResponse};
use crate::rfc3339;

pub(crate) const NAME: &str = "IESO";

/// The credit to show beside the data.
pub const ATTRIBUTION: &str = "Independent Electricity System Operator (ieso.ca), generation by fuel, converted by the factors of IPCC AR5 (2014); \
     imports are not included";

/// The name of the only zone, Ontario.
pub const ZONE: &str = "ON";

/// The time that Eastern Standard Time is behind UTC, in summer and in winter.
pub const BEHIND_UTC: Span = Span::from_seconds(5 * 3600);

const HOUR: Span = Span::from_seconds(3600);

/// The root of the report.
const ROOT: &str = "Document";

/// The deepest nesting of the report is seven.
const MAX_DEPTH: usize = 32;

/// Parses a report. An hour in which a fuel has no value is a gap; a value that the report marks as uncertain is estimated, and the
/// others are measured.
///
/// # Errors
///
/// The first error in the report.
pub fn parse(text: &str) -> Result<ServiceResponse, FeedError> {
    parse_points(text, BadPoints::Refuse)
}

/// The same as [`parse`]; where bad points are skipped, a fuel without a number makes its hour a gap.
///
/// # Errors
///
/// The same as [`parse`].
pub fn parse_points(text: &str, bad_points: BadPoints) -> Result<ServiceResponse, FeedError> {
    let trimmed = text.trim_start_matches('\u{feff}').trim();
    if trimmed.is_empty() {
        return Err(FeedError::EmptyText);
    }
    if json::is_gzip(trimmed) {
        return Err(FeedError::Gzip);
    }
    if !trimmed.starts_with('<') {
        return Err(json::error_message(trimmed)
            .map_or_else(|| FeedError::NotXml(excerpt(trimmed)), FeedError::Refused));
    }
    let mut reader = Reader::from_str(trimmed);
    let series = GenerationSeries::new(bad_points, 0);
    let mut report = Report { series, bad_points, ..Report::default() };
    // The names of the elements that are open, and the text of the innermost one.
    let (mut open, mut content) = (Vec::<String>::new(), String::new());
    loop {
        let event = match reader.read_event() {
            Ok(event) => event,
            // Text that stops within a tag.
            Err(quick_xml::Error::Syntax(_)) => {
                return Err(FeedError::Truncated { bytes: text.len() });
            }
            Err(error) => return Err(FeedError::NotXml(excerpt(&error.to_string()))),
        };
        match event {
            Event::DocType(_) => return Err(FeedError::WebPage(excerpt(trimmed))),
            Event::Start(tag) => {
                let name = tag.local_name().as_ref().to_owned();
                if open.is_empty() && name != ROOT {
                    return Err(FeedError::WebPage(excerpt(trimmed)));
                }
                if open.len() >= MAX_DEPTH {
                    return Err(FeedError::NotXml("the elements are nested too deeply".to_owned()));
                }
                report.begin(&name);
                content.clear();
                open.push(name);
            }
            Event::End(_) => {
                let name = open.pop().unwrap_or_default();
                report.end(&name, content.trim())?;
                content.clear();
                if open.is_empty() {
                    break;
                }
            }
            Event::Text(part) => content.push_str(&part),
            // No value of the report has one.
            Event::GeneralRef(_) | Event::CData(_) => content.push('&'),
            Event::Eof => return Err(FeedError::Truncated { bytes: text.len() }),
            Event::Empty(_) | Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
        }
    }
    report.series.convert()?.finish(Some(ZONE.to_owned()), Signal::Average, Some(HOUR), HOUR)
}

/// The report so far, with the parts of the row that is being read.
#[derive(Debug, Default)]
struct Report {
    series: GenerationSeries,
    bad_points: BadPoints,
    rows: usize,
    midnight: Option<Timestamp>,
    hour: Option<u8>,
    fuel: Option<String>,
    output: Option<f64>,
    quality: Option<i32>,
}

impl Report {
    /// Forgets what belonged to the element before of the same name.
    fn begin(&mut self, element: &str) {
        match element {
            "DailyData" => self.midnight = None,
            "HourlyData" => self.hour = None,
            "FuelTotal" => {
                self.rows += 1;
                (self.fuel, self.output, self.quality) = (None, None, None);
            }
            _ => {}
        }
    }

    fn end(&mut self, element: &str, content: &str) -> Result<(), FeedError> {
        let position = self.rows.max(1);
        match element {
            "Day" => {
                let midnight = rfc3339::parse(&format!("{content}T00:00:00Z"));
                self.midnight = Some(midnight.map_err(|_| FeedError::Time {
                    position: self.rows + 1,
                    found: excerpt(content),
                    expected: "a day, as 2020-06-01",
                })?);
            }
            "Hour" => {
                let hour = content.parse().ok().filter(|hour| (1..=24).contains(hour));
                self.hour = Some(hour.ok_or_else(|| FeedError::Time {
                    position: self.rows + 1,
                    found: excerpt(content),
                    expected: "an hour from 1 to 24",
                })?);
            }
            "Fuel" => self.fuel = Some(content.to_owned()),
            "OutputQuality" => self.quality = content.parse().ok(),
            "Output" if content.is_empty() => {}
            "Output" => match (json::number(content, position), self.bad_points) {
                (Ok(output), _) => self.output = Some(output),
                (Err(error), BadPoints::Refuse) => return Err(error),
                (Err(_), BadPoints::Skip) => self.series.skip(),
            },
            "FuelTotal" => return self.add(position),
            _ => {}
        }
        Ok(())
    }

    /// Adds the row that has ended.
    fn add(&mut self, position: usize) -> Result<(), FeedError> {
        let (Some(midnight), Some(hour), Some(fuel)) = (self.midnight, self.hour, &self.fuel)
        else {
            let reason = format!("FuelTotal {position} lacks its Day, its Hour or its Fuel");
            return Err(FeedError::Shape { service: NAME, reason });
        };
        let begin = midnight + Span::from_seconds(3600 * u64::from(hour - 1)) + BEHIND_UTC;
        let quality = match self.quality {
            None | Some(0) => Quality::Measured,
            Some(_) => Quality::Estimated,
        };
        self.series.add(position, begin, (fuel, Fuel::from_ieso(fuel)), self.output, quality)
    }
}
