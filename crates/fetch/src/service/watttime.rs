//! WattTime v3: a login with user name and password gives a token for half an hour; the forecast begins with the present.

use gpu_carbon_core::Timestamp;
use gpu_carbon_feeds::{ServiceResponse, watttime};

use super::query::Query;
use super::session::Session;
use crate::credentials::Credential;
use crate::error::FetchError;
use crate::http::Client;
use crate::url::{encode, second};

/// The horizon of forecasts, as far ahead as jobs are planned. The service offers up to 72 hours.
const HORIZON_HOURS: u32 = 48;

/// The location of the values.
#[derive(Debug, Clone, PartialEq)]
pub enum Location {
    /// A grid region, as WattTime names it.
    Region(String),
    /// Latitude and longitude, in degrees. WattTime looks up their region.
    Coordinates {
        /// Degrees north of the equator, from -90 to 90.
        latitude: f64,
        /// Degrees east of Greenwich, from -180 to 180.
        longitude: f64,
    },
}

impl Location {
    /// The greatest latitude, north or south, in degrees: that of a pole.
    pub const MAX_LATITUDE: f64 = 90.0;

    /// The greatest longitude, east or west, in degrees: the opposite side of the earth.
    pub const MAX_LONGITUDE: f64 = 180.0;
}

/// A client of one region of WattTime.
#[derive(Debug, Clone)]
pub struct WattTime {
    session: Session,
    location: Location,
    /// The region that the service found for the coordinates.
    resolved_zone: Option<String>,
}

impl WattTime {
    /// The address of the service.
    pub const BASE_URL: &'static str = "https://api.watttime.org";

    /// A client of a location, with the user name and the password of an account.
    #[must_use]
    pub fn new(
        client: Client,
        location: Location,
        user: Credential,
        password: Credential,
    ) -> WattTime {
        let session = Session::new(client, user, password);
        WattTime { session, location, resolved_zone: None }
    }

    pub(super) fn location_name(&self) -> String {
        match &self.location {
            Location::Region(region) => region.clone(),
            Location::Coordinates { latitude, longitude } => format!("{latitude},{longitude}"),
        }
    }

    pub(super) fn resolved_zone(&self) -> Option<&str> {
        self.resolved_zone.as_deref()
    }

    pub(super) fn fetch(
        &mut self,
        query: Query,
        now: Timestamp,
    ) -> Result<ServiceResponse, FetchError> {
        let region = self.region(now)?;
        let parameters = format!("region={}&signal_type=co2_moer", encode(&region));
        let path = match query {
            Query::Now | Query::Forecast => {
                format!("/v3/forecast?{parameters}&horizon_hours={HORIZON_HOURS}")
            }
            // Without the marker, imputed values cannot be distinguished from measured ones.
            Query::History(interval) => format!(
                "/v3/historical?{parameters}&start={}&end={}&include_imputed_marker=true",
                second(interval.start()),
                second(interval.end())
            ),
        };
        let bad_points = self.session.bad_points();
        self.session.get(&path, now, |text| watttime::parse_points(text, Some(&region), bad_points))
    }

    /// The region of the location; coordinates are looked up once.
    fn region(&mut self, now: Timestamp) -> Result<String, FetchError> {
        match (&self.location, &self.resolved_zone) {
            (Location::Region(region), _) | (_, Some(region)) => Ok(region.clone()),
            (&Location::Coordinates { latitude, longitude }, None) => {
                let path = format!(
                    "/v3/region-from-loc?latitude={latitude}&longitude={longitude}&signal_type=co2_moer"
                );
                let region = self.session.get(&path, now, watttime::region)?;
                Ok(self.resolved_zone.insert(region).clone())
            }
        }
    }
}
