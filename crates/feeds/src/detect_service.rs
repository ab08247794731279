//! Detection of the service that an answer comes from, by the shape of its JSON: for answers that were saved to a file.

use gpu_carbon_core::{Scope, Signal};
use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::error::FeedError;
use crate::response::{Point, ServiceResponse};
use crate::service::Service;
use crate::{
    eia, electricity_maps, energy_charts, great_britain, ieso, json, openelectricity, pjm, sgip,
    watttime,
};

/// An answer, and the service that it comes from.
#[derive(Debug, Clone, PartialEq)]
pub struct DetectedResponse {
    /// The service.
    pub service: Service,
    /// The values of the answer.
    pub response: ServiceResponse,
}

impl DetectedResponse {
    /// The zone, as the service names it; `None` where its answers do not name it.
    #[must_use]
    pub fn zone(&self) -> Option<&str> {
        self.response.zone.as_deref()
    }

    /// The signal of the values: marginal or average.
    #[must_use]
    pub fn signal(&self) -> Signal {
        self.response.signal
    }

    /// The scope of the values.
    #[must_use]
    pub fn scope(&self) -> Scope {
        self.response.scope.unwrap_or(self.service.scope())
    }

    /// The credit to show beside the values.
    #[must_use]
    pub fn attribution(&self) -> &'static str {
        self.service.attribution()
    }

    /// The values, in order of time; never empty.
    #[must_use]
    pub fn points(&self) -> &[Point] {
        &self.response.points
    }
}

/// Parses an answer of any of the services, for any zone.
///
/// # Errors
///
/// [`FeedError::UnknownService`] when no service answers in this shape; otherwise the first thing that is wrong with the answer.
///
/// ```
/// let saved = r#"{"unix_seconds": [1783893600], "co2eq": [491.5], "co2eq_forecast": [null]}"#;
/// let detected = gpu_carbon_feeds::parse_any_service(saved)?;
/// assert_eq!(detected.service.name(), "energy_charts");
/// assert_eq!(detected.points()[0].intensity.as_grams_per_kilowatt_hour(), 491.5);
/// # Ok::<(), gpu_carbon_feeds::FeedError>(())
/// ```
pub fn parse_any_service(text: &str) -> Result<DetectedResponse, FeedError> {
    let service = detect_service(text)?;
    let response = match service {
        Service::WattTime => watttime::parse(text, None),
        Service::ElectricityMaps => electricity_maps::parse(text, None),
        Service::GreatBritain => great_britain::parse(text, None),
        Service::EnergyCharts => energy_charts::parse(text),
        Service::Eia => eia::parse(text, None),
        Service::Sgip => sgip::parse(text, None),
        Service::Pjm => pjm::parse(text, None),
        Service::OpenElectricity => openelectricity::parse(text, None),
        Service::Ieso => ieso::parse(text),
    }?;
    Ok(DetectedResponse { service, response })
}

/// The service that answers in the shape of `text`: each has a key that no other has, and IESO alone answers in XML.
///
/// # Errors
///
/// When the text is not JSON, is an error message of a service, or has the shape of none.
pub fn detect_service(text: &str) -> Result<Service, FeedError> {
    let trimmed = text.trim_start_matches('\u{feff}').trim_start();
    if trimmed.starts_with('<') && trimmed.contains(IESO_ELEMENT) {
        return Ok(Service::Ieso);
    }
    let keys = if trimmed.starts_with('[') {
        // The past of the SGIP signal is a list.
        json::read::<Vec<Keys>>(text, ANY).map(|list| list.into_iter().next())
    } else {
        json::read(text, ANY).map(Some)
    };
    let keys = match keys {
        Ok(keys) => keys.unwrap_or_default(),
        Err(FeedError::Shape { .. }) => return Err(FeedError::UnknownService),
        Err(other) => return Err(other),
    };
    match keys {
        Keys { unix_seconds: Some(_), .. } => Ok(Service::EnergyCharts),
        Keys { response: Some(_), .. } => Ok(Service::Eia),
        Keys { items: Some(_), .. } => Ok(Service::Pjm),
        Keys { moer: Some(_), .. } => Ok(Service::Sgip),
        Keys { meta: Some(_), .. } => Ok(Service::WattTime),
        Keys { zone: Some(_), .. } => Ok(Service::ElectricityMaps),
        Keys { generated_at: Some(_), forecast: Some(_), .. } => Ok(Service::Sgip),
        Keys { data: Some(_), success: Some(_), .. } => Ok(Service::OpenElectricity),
        Keys { data: Some(_), .. } => Ok(Service::GreatBritain),
        _ => Err(json::error_message(text).map_or(FeedError::UnknownService, FeedError::Refused)),
    }
}

/// The name of the services in an error about JSON.
const ANY: &str = "one of the services";

/// An element that IESO's report begins with for each day.
const IESO_ELEMENT: &str = "<DailyData>";

/// The keys by which the services differ.
#[derive(Default, Deserialize)]
struct Keys {
    unix_seconds: Option<IgnoredAny>,
    response: Option<IgnoredAny>,
    items: Option<IgnoredAny>,
    moer: Option<IgnoredAny>,
    meta: Option<IgnoredAny>,
    zone: Option<IgnoredAny>,
    generated_at: Option<IgnoredAny>,
    forecast: Option<IgnoredAny>,
    success: Option<IgnoredAny>,
    data: Option<IgnoredAny>,
}
