//! WattTime v3: a name and a password buy a token for half an hour; the forecast begins with the present.

use gpu_carbon_core::{Span, Timestamp};
use gpu_carbon_feeds::{FeedError, ServiceResponse, watttime};

use super::{Query, escaped, second};
use crate::credentials::Credential;
use crate::error::FetchError;
use crate::http::{Authentication, Client};
use crate::secret::Secret;

/// A token is good for 30 minutes; it is renewed before.
const TOKEN_LIFE: Span = Span::from_seconds(25 * 60);

/// As far ahead as jobs are planned. The service has 72 hours.
const HORIZON_HOURS: u32 = 48;

/// Where the values are for.
#[derive(Debug, Clone, PartialEq)]
pub enum Location {
    /// A grid region, as WattTime names it.
    Region(String),
    /// Latitude and longitude, in degrees: WattTime says in which region that is.
    Coordinates {
        /// North of the equator.
        latitude: f64,
        /// East of Greenwich.
        longitude: f64,
    },
}

impl Location {
    /// The pole, in degrees: as far as a latitude goes, either way.
    pub const MOST_LATITUDE: f64 = 90.0;

    /// The other side of the earth, in degrees: as far as a longitude goes, either way.
    pub const MOST_LONGITUDE: f64 = 180.0;
}

/// One region of WattTime.
#[derive(Debug, Clone)]
pub struct WattTime {
    client: Client,
    place: Location,
    user: Credential,
    password: Credential,
    /// The region that the service says the coordinates lie in.
    found: Option<String>,
    token: Option<(Secret, Timestamp)>,
}

impl WattTime {
    /// Where it is.
    pub const BASE_URL: &'static str = "https://api.watttime.org";

    /// A place, and whose account it is asked with.
    #[must_use]
    pub fn new(
        client: Client,
        place: Location,
        user: Credential,
        password: Credential,
    ) -> WattTime {
        WattTime { client, place, user, password, found: None, token: None }
    }

    pub(super) fn place_name(&self) -> String {
        match &self.place {
            Location::Region(region) => region.clone(),
            Location::Coordinates { latitude, longitude } => format!("{latitude},{longitude}"),
        }
    }

    pub(super) fn resolved_zone(&self) -> Option<&str> {
        self.found.as_deref()
    }

    pub(super) fn fetch(
        &mut self,
        query: Query,
        now: Timestamp,
    ) -> Result<ServiceResponse, FetchError> {
        let region = self.region(now)?;
        let about = format!("region={}&signal_type=co2_moer", escaped(&region));
        let path = match query {
            Query::Now | Query::Forecast => {
                format!("/v3/forecast?{about}&horizon_hours={HORIZON_HOURS}")
            }
            // Without the marker, imputed values look like measured ones.
            Query::History(asked) => format!(
                "/v3/historical?{about}&start={}&end={}&include_imputed_marker=true",
                second(asked.start()),
                second(asked.end())
            ),
        };
        self.get(&path, now, |text| watttime::parse(text, Some(&region)))
    }

    /// The region, looked up once where coordinates are given.
    fn region(&mut self, now: Timestamp) -> Result<String, FetchError> {
        match (&self.place, &self.found) {
            (Location::Region(region), _) | (_, Some(region)) => Ok(region.clone()),
            (&Location::Coordinates { latitude, longitude }, None) => {
                let path = format!(
                    "/v3/region-from-loc?latitude={latitude}&longitude={longitude}&signal_type=co2_moer"
                );
                let region = self.get(&path, now, watttime::region)?;
                Ok(self.found.insert(region).clone())
            }
        }
    }

    /// Asks with a token, and once with a new one where an old one is refused.
    fn get<T>(
        &mut self,
        path: &str,
        now: Timestamp,
        read: impl Fn(&str) -> Result<T, FeedError>,
    ) -> Result<T, FetchError> {
        let kept =
            self.token.as_ref().filter(|(_, bought)| now.duration_since(*bought) < TOKEN_LIFE);
        if let Some((token, _)) = kept {
            match self.client.get(path, &Authentication::Bearer(token.clone()), now, &read) {
                Err(FetchError::Unauthorized { .. }) => self.token = None,
                answer => return answer,
            }
        }
        let login = Authentication::Basic(self.user.read()?, self.password.read()?);
        let token = self.client.get("/login", &login, now, watttime::token);
        let token = token.map_err(|fault| match fault {
            // So it says that the name or the password is wrong.
            FetchError::Forbidden(message) => FetchError::Unauthorized { status: 403, message },
            other => other,
        })?;
        let token = Secret::new(token);
        self.token = Some((token.clone(), now));
        let answer = self.client.get(path, &Authentication::Bearer(token), now, read);
        if matches!(answer, Err(FetchError::Unauthorized { .. })) {
            self.token = None;
        }
        answer
    }
}
