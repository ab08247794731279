//! carbonintensity.org.uk: no key; the present and two days ahead come in one answer.

use gpu_carbon_core::{Span, Timestamp};
use gpu_carbon_feeds::ServiceResponse;
use gpu_carbon_feeds::great_britain::{self, Place};

use super::{Query, escaped, minute};
use crate::error::FetchError;
use crate::http::{Authentication, Client};

/// Actual values come half an hour late.
pub(super) const REACH: Span = Span::from_seconds(3 * 1800);

/// The country, or one region of it.
#[derive(Debug, Clone)]
pub struct GreatBritain {
    client: Client,
    place: Place,
}

impl GreatBritain {
    /// Where it is.
    pub const BASE_URL: &'static str = "https://api.carbonintensity.org.uk";

    /// A place.
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
            Query::Now | Query::Forecast => format!("{}/fw48h", minute(now - REACH)),
            // A period takes in the half hour that ends at its beginning.
            Query::History(asked) => {
                format!(
                    "{}/{}",
                    minute(asked.start() + Span::from_seconds(60)),
                    minute(asked.end())
                )
            }
        };
        let path = match &self.place {
            Place::National => format!("/intensity/{period}"),
            Place::Region(id) => format!("/regional/intensity/{period}/regionid/{id}"),
            Place::Postcode(code) => {
                format!("/regional/intensity/{period}/postcode/{}", escaped(code))
            }
        };
        let read = |text: &str| great_britain::parse(text, Some(&self.place));
        self.client.get(&path, &Authentication::None, now, read)
    }
}
