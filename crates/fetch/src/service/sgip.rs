//! The SGIP signal: the login is WattTime's; the present, the forecast and the past have three queries.

use gpu_carbon_core::{SLOT, Span, Timestamp};
use gpu_carbon_feeds::{ServiceResponse, sgip};

use super::query::Query;
use super::session::Session;
use crate::credentials::Credential;
use crate::error::FetchError;
use crate::http::Client;
use crate::url::{encode, second};

/// The longest query for history: the service allows 31 days, the end included.
pub(super) const LONGEST_HISTORY: Span = Span::from_days(30);

/// A client of one region of the SGIP signal.
#[derive(Debug, Clone)]
pub struct Sgip {
    session: Session,
    region: String,
}

impl Sgip {
    /// The address of the service.
    pub const BASE_URL: &'static str = "https://sgipsignal.com";

    /// A client of a region such as `SGIP_CAISO_PGE`, with the user name and the password of an account.
    #[must_use]
    pub fn new(client: Client, region: &str, user: Credential, password: Credential) -> Sgip {
        Sgip { session: Session::new(client, user, password), region: region.to_owned() }
    }

    pub(super) fn region(&self) -> &str {
        &self.region
    }

    pub(super) fn fetch(
        &mut self,
        query: Query,
        now: Timestamp,
    ) -> Result<ServiceResponse, FetchError> {
        let region = encode(&self.region);
        let path = match query {
            Query::Now => format!("/sgipmoer?ba={region}"),
            // The forecast begins five minutes ahead, and reaches 72 hours.
            Query::Forecast => format!("/sgipforecast?ba={region}"),
            Query::History(interval) => format!(
                "/sgipmoer?ba={region}&starttime={}&endtime={}",
                second(interval.start().floor_to(SLOT)),
                second(interval.end())
            ),
        };
        let bad_points = self.session.bad_points();
        let region = Some(self.region.as_str());
        self.session.get(&path, now, |text| sgip::parse_points(text, region, bad_points))
    }
}
