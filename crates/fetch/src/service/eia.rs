//! EIA: authentication by a key in the URL; the present is the newest day that has come, in pages of 5,000 rows.

use gpu_carbon_core::{Interval, Span, Timestamp};
use gpu_carbon_feeds::{ServiceResponse, eia};

use super::pages::fetch_all;
use super::query::Query;
use crate::authentication::Authentication;
use crate::credentials::Credential;
use crate::error::FetchError;
use crate::http::Client;
use crate::url::{encode, hour};

/// The lookback of a query for the present: the newest hours come about a day late, and some authorities send them later.
pub(super) const LOOKBACK: Span = Span::from_days(3);

/// The longest query for history. Its 17 fuels at most fill three pages.
pub(super) const LONGEST_HISTORY: Span = Span::from_days(31);

/// The beginning of the code of an error about the key, such as `API_KEY_INVALID`; its status is 403.
const KEY_ERROR: &str = "API_KEY";

/// A client of one balancing authority of EIA.
#[derive(Debug, Clone)]
pub struct Eia {
    client: Client,
    respondent: String,
    key: Credential,
}

impl Eia {
    /// The address of the service.
    pub const BASE_URL: &'static str = "https://api.eia.gov";

    /// A client of a balancing authority such as `PJM`, with the key of an account.
    #[must_use]
    pub fn new(client: Client, respondent: &str, key: Credential) -> Eia {
        Eia { client, respondent: respondent.to_uppercase(), key }
    }

    pub(super) fn respondent(&self) -> &str {
        &self.respondent
    }

    pub(super) fn fetch(
        &mut self,
        query: Query,
        now: Timestamp,
    ) -> Result<ServiceResponse, FetchError> {
        let interval = query.period_or(Interval::new(now - LOOKBACK, now));
        // Rows are named by the end of their hour.
        let an_hour = Span::from_seconds(3600);
        let query = format!(
            "/v2/electricity/rto/fuel-type-data/data/?frequency=hourly&data%5B0%5D=value&facets%5Brespondent%5D%5B%5D={}\
             &start={}&end={}&sort%5B0%5D%5Bcolumn%5D=period&sort%5B0%5D%5Bdirection%5D=asc&length={}",
            encode(&self.respondent),
            hour(interval.start() + an_hour),
            hour(interval.end() + an_hour),
            eia::ROWS_OF_A_PAGE
        );
        let key = Authentication::Parameter("api_key", self.key.read()?);
        let rows = fetch_all("EIA", |before| {
            let path = format!("{query}&offset={before}");
            let bad_points = self.client.bad_points();
            let parse = |text: &str| eia::page(text, Some(&self.respondent), bad_points);
            let answer = self.client.get(&path, &key, now, parse);
            answer.map_err(|error| match error {
                FetchError::Forbidden(message) if message.0.contains(KEY_ERROR) => {
                    FetchError::Unauthorized { status: 403, message }
                }
                other => other,
            })
        })?;
        Ok(eia::response(rows)?)
    }
}
