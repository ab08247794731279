//! carbonintensity.org.uk: no authentication; the present and a forecast of two days are in one answer.

use gpu_carbon_core::{Span, Timestamp};
use gpu_carbon_feeds::ServiceResponse;
use gpu_carbon_feeds::great_britain::{self, Place};

use super::query::Query;
use crate::authentication::Authentication;
use crate::error::FetchError;
use crate::http::Client;
use crate::url::{encode, minute};

/// The step of the service's values.
const STEP: Span = Span::from_seconds(1800);

/// The lookback of a query for the present: actual values arrive half an hour late.
pub(super) const LOOKBACK: Span = Span::from_seconds(3 * 1800);

/// A client of Great Britain, or of one of its regions.
#[derive(Debug, Clone)]
pub struct GreatBritain {
    client: Client,
    place: Place,
}

impl GreatBritain {
    /// The address of the service.
    pub const BASE_URL: &'static str = "https://api.carbonintensity.org.uk";

    /// A client of a place.
    #[must_use]
    pub fn new(client: Client, place: Place) -> GreatBritain {
        GreatBritain { client, place }
    }

    pub(super) fn place(&self) -> &Place {
        &self.place
    }

    pub(super) fn fetch(
        &mut self,
        query: Query,
        now: Timestamp,
    ) -> Result<ServiceResponse, FetchError> {
        let period = match query {
            Query::Now | Query::Forecast => format!("{}/fw48h", minute(now - LOOKBACK)),
            // The service includes the half hour that ends at the beginning of the period: a minute later it does not.
            Query::History(interval) => {
                let first = interval.start().floor_to(STEP);
                format!("{}/{}", minute(first + Span::from_seconds(60)), minute(interval.end()))
            }
        };
        let path = match &self.place {
            Place::National => format!("/intensity/{period}"),
            Place::Region(id) => format!("/regional/intensity/{period}/regionid/{id}"),
            Place::Postcode(code) => {
                format!("/regional/intensity/{period}/postcode/{}", encode(code))
            }
        };
        let bad_points = self.client.bad_points();
        let parse = |text: &str| great_britain::parse_points(text, Some(&self.place), bad_points);
        self.client.get(&path, &Authentication::None, now, parse)
    }
}
