//! OpenElectricity v4: the average intensity of a region of Australia every hour, from its emissions and its energy.
//!
//! Documentation: <https://docs.openelectricity.org.au>. Path: `/v4/data/network/NEM`, and `WEM` for Western Australia. A free key
//! is needed. The data are licensed under CC BY-NC 4.0, which does not allow commercial use; this project ships none of them.
//!
//! Emissions are tonnes of CO2e at the power plants, energy is MWh: t/MWh x 1000 = g/kWh. Imports are not in it.

use std::collections::BTreeMap;

use gpu_carbon_core::{Quality, Signal, Span, Timestamp};
use serde::Deserialize;

use crate::error::FeedError;
use crate::json::{self, Number};
use crate::response::{BadPoints, RawPoint, ResponseBuilder, ServiceResponse};

pub(crate) const NAME: &str = "OpenElectricity";

/// The credit that the licence asks for.
pub const ATTRIBUTION: &str = "OpenElectricity (openelectricity.org.au), CC BY-NC 4.0: not for commercial use; \
     emissions divided by energy; imports are not included";

/// One t/MWh in g/kWh.
const GRAMS_PER_KILOWATT_HOUR: f64 = 1000.0;

const HOUR: Span = Span::from_seconds(3600);

#[derive(Deserialize)]
struct Answer {
    #[serde(default = "yes")]
    success: bool,
    error: Option<String>,
    created_at: Option<String>,
    #[serde(default)]
    data: Vec<Metric>,
}

const fn yes() -> bool {
    true
}

#[derive(Deserialize)]
struct Metric {
    metric: String,
    unit: String,
    interval: String,
    results: Vec<Group>,
}

#[derive(Deserialize)]
struct Group {
    name: Option<String>,
    #[serde(default)]
    columns: Columns,
    data: Vec<(String, Option<Number>)>,
}

#[derive(Default, Deserialize)]
struct Columns {
    network_region: Option<String>,
    region: Option<String>,
}

impl Group {
    fn region(&self) -> &str {
        let columns = self.columns.network_region.as_deref().or(self.columns.region.as_deref());
        let by_name =
            || self.name.as_deref().and_then(|name| name.split_once('_')).map(|(_, region)| region);
        columns.or_else(by_name).unwrap_or_default()
    }
}

/// Parses an answer of `/v4/data/network` with the metrics `emissions` and `energy` by region; where `region` is given, only its
/// values are taken.
///
/// Values are measured; that of the interval in which the answer was made is estimated. Where one of both is `null`, or no energy
/// was generated, there is a gap.
///
/// # Errors
///
/// The first error in the answer, such as a metric that is missing or has another unit.
pub fn parse(text: &str, region: Option<&str>) -> Result<ServiceResponse, FeedError> {
    parse_points(text, region, BadPoints::Refuse)
}

/// The same as [`parse`], with another treatment of bad points.
///
/// # Errors
///
/// The same as [`parse`].
pub fn parse_points(
    text: &str,
    region: Option<&str>,
    bad_points: BadPoints,
) -> Result<ServiceResponse, FeedError> {
    let (answer, replaced): (Answer, usize) = json::read_points(text, NAME, bad_points)?;
    if !answer.success {
        let message = answer.error.unwrap_or_else(|| "the answer reports no success".to_owned());
        return Err(FeedError::Refused(json::excerpt(&message)));
    }
    let made = answer.created_at.map(|made| json::time(&made, 1)).transpose()?;
    let emissions = metric(&answer.data, "emissions", "t")?;
    let energy = metric(&answer.data, "energy", "MWh")?;
    let step = step(&emissions.interval)?;
    if emissions.interval != energy.interval {
        let [a, b] = [&emissions.interval, &energy.interval].map(|text| json::excerpt(text));
        return Err(shape_error(format!("emissions are by {a}, and energy by {b}")));
    }
    let emissions = group(emissions, region)?;
    let region = emissions.region();
    let energy = megawatt_hours(group(energy, Some(region))?)?;
    let mut values = ResponseBuilder::new(bad_points, replaced);
    for (time, tonnes) in &emissions.data {
        let position = values.position();
        let point = || {
            let at = json::time(time, position)?;
            let tonnes = tonnes.map(|tonnes| tonnes.get(NAME, position)).transpose()?;
            let energy = energy.get(&at).copied().flatten();
            let energy = energy.map(|energy| energy.get(NAME, position)).transpose()?;
            let generated = energy.filter(|&energy| energy > 0.0);
            let is_complete = made.is_none_or(|made| at + step <= made);
            let quality = if is_complete { Quality::Measured } else { Quality::Estimated };
            let value = tonnes.zip(generated).map(|(tonnes, energy)| tonnes / energy);
            Ok(RawPoint { at, value, quality })
        };
        values.add(point(), GRAMS_PER_KILOWATT_HOUR)?;
    }
    let zone = Some(region.to_owned()).filter(|region| !region.is_empty());
    values.finish(zone, Signal::Average, Some(step), HOUR)
}

fn shape_error(reason: String) -> FeedError {
    FeedError::Shape { service: NAME, reason }
}

/// The values of one metric, after a check of their unit.
fn metric<'a>(data: &'a [Metric], name: &str, unit: &'static str) -> Result<&'a Metric, FeedError> {
    let found = data.iter().find(|it| it.metric == name);
    let found = found.ok_or_else(|| shape_error(format!("there is no metric `{name}`")))?;
    if found.unit != unit {
        return Err(FeedError::Unit { found: json::excerpt(&found.unit), expected: unit });
    }
    Ok(found)
}

/// The values of one region. Without a name, the answer must have those of one region alone.
fn group<'a>(metric: &'a Metric, region: Option<&str>) -> Result<&'a Group, FeedError> {
    let mut groups =
        metric.results.iter().filter(|it| region.is_none_or(|name| it.region() == name));
    match (groups.next(), groups.next(), region) {
        (Some(group), None, _) => Ok(group),
        (None, _, Some(expected)) if !metric.results.is_empty() => {
            let found: Vec<&str> = metric.results.iter().map(Group::region).collect();
            let found = json::excerpt(&found.join(", "));
            Err(FeedError::Zone { found, expected: json::excerpt(expected) })
        }
        (None, ..) => Err(FeedError::NoValues),
        (Some(_), Some(_), _) => {
            let count = metric.results.len();
            Err(shape_error(format!("it holds {count} groups, and one region was expected")))
        }
    }
}

/// The energy of each interval.
fn megawatt_hours(group: &Group) -> Result<BTreeMap<Timestamp, Option<Number>>, FeedError> {
    let mut energy = BTreeMap::new();
    for (index, (time, value)) in group.data.iter().enumerate() {
        energy.insert(json::time(time, index + 1)?, *value);
    }
    Ok(energy)
}

/// The length of an interval, as the service names it.
fn step(interval: &str) -> Result<Span, FeedError> {
    match interval {
        "5m" => Ok(gpu_carbon_core::SLOT),
        "1h" => Ok(HOUR),
        "1d" => Ok(Span::from_days(1)),
        other => {
            let other = json::excerpt(other);
            Err(shape_error(format!("interval is `{other}`, and must be 5m, 1h or 1d")))
        }
    }
}
