//! PJM's Data Miner 2: authentication by a key in a header; past and present are in one answer, in pages of 50,000 rows.

use gpu_carbon_core::{Interval, SLOT, Span, Timestamp};
use gpu_carbon_feeds::{ServiceResponse, pjm};

use super::pages::fetch_all;
use super::query::Query;
use crate::authentication::Authentication;
use crate::credentials::Credential;
use crate::error::FetchError;
use crate::http::Client;
use crate::url::{encode, minute_without_offset};

/// The lookback of a query for the present: rates come late, and a day is one page.
pub(super) const LOOKBACK: Span = Span::from_days(1);

/// The longest query for history: 8,928 rows of a page's 50,000.
pub(super) const LONGEST_HISTORY: Span = Span::from_days(31);

/// The header of the key.
const KEY_HEADER: &str = "ocp-apim-subscription-key";

/// A client of one pricing node of PJM.
#[derive(Debug, Clone)]
pub struct Pjm {
    client: Client,
    node: u64,
    key: Credential,
}

impl Pjm {
    /// The address of the service.
    pub const BASE_URL: &'static str = "https://api.pjm.com";

    /// A client of a pricing node, with the key of an account. Node 1 is the whole of PJM.
    #[must_use]
    pub fn new(client: Client, node: u64, key: Credential) -> Pjm {
        Pjm { client, node, key }
    }

    pub(super) fn node(&self) -> u64 {
        self.node
    }

    pub(super) fn fetch(
        &mut self,
        query: Query,
        now: Timestamp,
    ) -> Result<ServiceResponse, FetchError> {
        let interval = query.period_or(Interval::new(now - LOOKBACK, now));
        let times = format!(
            "{}to{}",
            minute_without_offset(interval.start().floor_to(SLOT)),
            minute_without_offset(interval.end())
        );
        let query = format!(
            "/api/v1/fivemin_marginal_emissions?rowCount={}&pnode_id={}&datetime_beginning_utc={}&sort=datetime_beginning_utc\
             &order=Asc&fields=datetime_beginning_utc,marginal_co2_rate,pnode_id",
            pjm::ROWS_OF_A_PAGE,
            self.node,
            encode(&times)
        );
        let key = Authentication::Header(KEY_HEADER, self.key.read()?);
        let rows = fetch_all("PJM", |before| {
            let path = format!("{query}&startRow={}", before + 1);
            let bad_points = self.client.bad_points();
            self.client.get(&path, &key, now, |text| pjm::page(text, Some(self.node), bad_points))
        })?;
        Ok(pjm::response(rows)?)
    }
}
