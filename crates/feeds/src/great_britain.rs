//! carbonintensity.org.uk: the average intensity of Great Britain, measured and forecast, and of its 17 regions, forecast only;
//! every half hour.
//!
//! Documentation: <https://carbon-intensity.github.io/api-definitions>. Paths: `/intensity/...` and `/regional/...`. The service
//! needs no key; NESO publishes the data under CC BY 4.0.

use gpu_carbon_core::{Quality, Signal, Span};
use serde::Deserialize;

use crate::error::FeedError;
use crate::json::{self, Number};
use crate::response::{BadPoints, RawPoint, ResponseBuilder, ServiceResponse};

pub(crate) const NAME: &str = "carbonintensity.org.uk";

/// The credit that the licence asks for.
pub const ATTRIBUTION: &str =
    "Carbon Intensity API (carbonintensity.org.uk), National Energy System Operator, CC BY 4.0";

/// The name of the whole country in this project.
pub const NATIONAL: &str = "GB";

const HALF_HOUR: Span = Span::from_seconds(1800);

#[derive(Deserialize)]
struct Answer {
    data: Data,
}

/// The forms of `data`: an object for a region over time, a list for the country or for a region now.
#[derive(Deserialize)]
#[serde(untagged)]
enum Data {
    Region(Region),
    Regions(Vec<Region>),
    Country(Vec<Value>),
}

#[derive(Deserialize)]
struct Region {
    regionid: u32,
    shortname: Option<String>,
    postcode: Option<String>,
    data: Vec<Value>,
}

#[derive(Deserialize)]
struct Value {
    from: String,
    to: String,
    intensity: Intensities,
}

#[derive(Deserialize)]
struct Intensities {
    forecast: Option<Number>,
    actual: Option<Number>,
}

/// A place of which the values can be requested, and compared with the place in the answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// The whole country.
    National,
    /// A region by its number, 1 to 17.
    Region(u32),
    /// A region by the first part of a postcode, such as `OX1`.
    Postcode(String),
}

impl Place {
    /// Parses `GB`, the number of a region from 1 to 17, or the first part of a postcode; `None` for any other text.
    #[must_use]
    pub fn parse(text: &str) -> Option<Place> {
        if text.eq_ignore_ascii_case(NATIONAL) {
            return Some(Place::National);
        }
        if let Ok(id) = text.parse() {
            return (1..=17).contains(&id).then_some(Place::Region(id));
        }
        let letters = text.chars().take_while(char::is_ascii_alphabetic).count();
        let rest = text.get(letters..).unwrap_or_default();
        let fits = (1..=2).contains(&letters)
            && (1..=2).contains(&rest.len())
            && rest.starts_with(|c: char| c.is_ascii_digit())
            && rest.chars().all(|c| c.is_ascii_alphanumeric());
        fits.then(|| Place::Postcode(text.to_uppercase()))
    }
}

/// Parses an answer of `/intensity` or `/regional`; where `place` is given, the values must be of that place.
///
/// An actual value is measured. Where it is `null` or missing, the forecast is taken, with the quality forecast; where both are
/// `null`, there is a gap.
///
/// # Errors
///
/// The first error in the answer, such as another place.
pub fn parse(text: &str, place: Option<&Place>) -> Result<ServiceResponse, FeedError> {
    parse_points(text, place, BadPoints::Refuse)
}

/// The same as [`parse`], with another treatment of bad points.
///
/// # Errors
///
/// The same as [`parse`].
pub fn parse_points(
    text: &str,
    place: Option<&Place>,
    bad_points: BadPoints,
) -> Result<ServiceResponse, FeedError> {
    let (Answer { data }, replaced) = json::read_points(text, NAME, bad_points)?;
    let (zone, listed) = match data {
        // An empty list is one of no values as well as one of no regions.
        Data::Regions(none) if none.is_empty() => return Err(FeedError::NoValues),
        Data::Country(listed) => {
            if let Some(Place::Region(_) | Place::Postcode(_)) = place {
                return Err(FeedError::Zone {
                    found: NATIONAL.to_owned(),
                    expected: place.map(Place::to_string).unwrap_or_default(),
                });
            }
            (NATIONAL.to_owned(), listed)
        }
        Data::Region(region) => region_values(region, place)?,
        Data::Regions(regions) => match <[Region; 1]>::try_from(regions) {
            Ok([region]) => region_values(region, place)?,
            Err(regions) => {
                let reason = format!("it holds {} regions, and one was expected", regions.len());
                return Err(FeedError::Shape { service: NAME, reason });
            }
        },
    };
    let (mut values, mut step) = (ResponseBuilder::new(bad_points, replaced), None);
    for value in &listed {
        let point = value.point(values.position());
        if let Ok((length, point)) = &point {
            step.get_or_insert(*length);
            values.hold(point.at, *length);
        }
        values.add(point.map(|(_, point)| point), 1.0)?;
    }
    values.finish(Some(zone), Signal::Average, step, HALF_HOUR)
}

impl Value {
    /// The point at `position` with its quality, and the length of time that it holds for.
    fn point(&self, position: usize) -> Result<(Span, RawPoint), FeedError> {
        let (at, until) = (json::time(&self.from, position)?, json::time(&self.to, position)?);
        if until <= at {
            return Err(FeedError::Backwards { position, at: json::excerpt(&self.to) });
        }
        let (value, quality) = match self.intensity.actual {
            Some(actual) => (Some(actual), Quality::Measured),
            None => (self.intensity.forecast, Quality::Forecast),
        };
        let value = value.map(|value| value.get(NAME, position)).transpose()?;
        Ok((until.duration_since(at), RawPoint { at, value, quality }))
    }
}

/// The name and the values of a region, if it is the one of `place`.
fn region_values(region: Region, place: Option<&Place>) -> Result<(String, Vec<Value>), FeedError> {
    let name = region.shortname.unwrap_or_else(|| format!("region {}", region.regionid));
    let fits = match place {
        None => true,
        Some(Place::National) => false,
        Some(Place::Region(id)) => *id == region.regionid,
        Some(Place::Postcode(code)) => {
            region.postcode.is_none_or(|found| found.eq_ignore_ascii_case(code))
        }
    };
    if fits {
        Ok((name, region.data))
    } else {
        let found = format!("{}, region {}", json::excerpt(&name), region.regionid);
        Err(FeedError::Zone { found, expected: place.map(Place::to_string).unwrap_or_default() })
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Place::National => f.write_str(NATIONAL),
            Place::Region(id) => write!(f, "region {id}"),
            Place::Postcode(code) => write!(f, "postcode {code}"),
        }
    }
}
