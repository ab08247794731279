//! OpenElectricity: authentication by a bearer token; past and present are in one answer.

use gpu_carbon_core::{Interval, Span, Timestamp};
use gpu_carbon_feeds::{ServiceResponse, openelectricity};

use super::query::Query;
use crate::authentication::Authentication;
use crate::credentials::Credential;
use crate::error::FetchError;
use crate::http::Client;
use crate::url::{encode, without_offset};

/// The lookback of a query for the present: values come within the hour, and a day costs little.
pub(super) const LOOKBACK: Span = Span::from_days(1);

/// The longest query by the hour; the service allows 32 days.
pub(super) const LONGEST_HISTORY: Span = Span::from_days(31);

/// The only region that belongs to Western Australia's network; the others belong to the National Electricity Market.
const WESTERN_AUSTRALIA: &str = "WEM";

/// A client of one region of Australia.
#[derive(Debug, Clone)]
pub struct OpenElectricity {
    client: Client,
    region: String,
    key: Credential,
}

impl OpenElectricity {
    /// The address of the service.
    pub const BASE_URL: &'static str = "https://api.openelectricity.org.au";

    /// A client of a region such as `NSW1`, with the key of an account.
    #[must_use]
    pub fn new(client: Client, region: &str, key: Credential) -> OpenElectricity {
        OpenElectricity { client, region: region.to_uppercase(), key }
    }

    pub(super) fn region(&self) -> &str {
        &self.region
    }

    pub(super) fn fetch(
        &mut self,
        query: Query,
        now: Timestamp,
    ) -> Result<ServiceResponse, FetchError> {
        let interval = query.period_or(Interval::new(now - LOOKBACK, now));
        // Times of a request are those of the network, which has no summer time: UTC+10, in the west UTC+8.
        let (network, ahead) =
            if self.region == WESTERN_AUSTRALIA { ("WEM", 8) } else { ("NEM", 10) };
        let local =
            |time: Timestamp| encode(&without_offset(time + Span::from_seconds(ahead * 3600)));
        let hour = Span::from_seconds(3600);
        let path = format!(
            "/v4/data/network/{network}?metrics=emissions&metrics=energy&interval=1h&primary_grouping=network_region\
             &network_region={}&date_start={}&date_end={}",
            encode(&self.region),
            local(interval.start().floor_to(hour)),
            local(interval.end())
        );
        let key = Authentication::Bearer(self.key.read()?);
        let bad_points = self.client.bad_points();
        let parse =
            |text: &str| openelectricity::parse_points(text, Some(&self.region), bad_points);
        self.client.get(&path, &key, now, parse)
    }
}
