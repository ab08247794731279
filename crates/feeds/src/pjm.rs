//! PJM's Data Miner 2: the marginal intensity of a pricing node every five minutes.
//!
//! Documentation: <https://dataminer2.pjm.com/feed/fivemin_marginal_emissions/definition>. Path:
//! `/api/v1/fivemin_marginal_emissions`. A free key is needed; it allows six requests a minute, and its terms use by the account's
//! owner alone. Rates are in pounds of CO2 for each MWh.

use gpu_carbon_core::{Quality, SLOT, Signal, Timestamp};
use serde::Deserialize;

use crate::error::FeedError;
use crate::json::{self, LooseNumber};
use crate::response::{BadPoints, RawPoint, ResponseBuilder, ServiceResponse};
use crate::unit::POUND_PER_MEGAWATT_HOUR;
use crate::{pages, rfc3339};

pub(crate) const NAME: &str = "PJM";

/// The credit to show beside the data.
pub const ATTRIBUTION: &str = "PJM Data Miner 2 (dataminer2.pjm.com), marginal emission rates, for the account owner's own use";

/// The most rows of one page.
pub const ROWS_OF_A_PAGE: usize = 50_000;

#[derive(Deserialize)]
struct Answer {
    items: Vec<Row>,
    #[serde(rename = "totalRows")]
    total: Option<usize>,
}

#[derive(Deserialize)]
struct Row {
    #[serde(rename = "datetime_beginning_utc")]
    time: String,
    pnode_id: u64,
    #[serde(rename = "marginal_co2_rate")]
    rate: Option<LooseNumber>,
}

/// The rows of one page of an answer, or of several.
#[derive(Debug, Clone)]
pub struct Page {
    rows: Vec<Result<RawPoint, FeedError>>,
    node: Option<u64>,
    /// The number of rows on all pages.
    total: usize,
    bad_points: BadPoints,
    /// The number of rates that were `NaN`.
    replaced: usize,
}

impl pages::Page for Page {
    fn rows(&self) -> usize {
        self.rows.len()
    }

    fn total(&self) -> usize {
        self.total
    }

    fn append(&mut self, next: Page) {
        self.rows.extend(next.rows);
        self.replaced += next.replaced;
    }
}

/// Parses a page of an answer; where `node` is given, the rows must be of that pricing node.
///
/// # Errors
///
/// The first error in the page, such as rows of two nodes.
pub fn page(text: &str, node: Option<u64>, bad_points: BadPoints) -> Result<Page, FeedError> {
    let (Answer { items, total }, replaced) = json::read_points(text, NAME, bad_points)?;
    let (mut node, mut rows) = (node, Vec::with_capacity(items.len()));
    for (index, row) in items.into_iter().enumerate() {
        let expected = *node.get_or_insert(row.pnode_id);
        if row.pnode_id != expected {
            let [found, expected] = [row.pnode_id, expected].map(|node| node.to_string());
            return Err(FeedError::Zone { found, expected });
        }
        match row.point(index + 1) {
            Err(error) if bad_points == BadPoints::Refuse => return Err(error),
            point => rows.push(point),
        }
    }
    let total = total.unwrap_or(rows.len());
    Ok(Page { rows, node, total, bad_points, replaced })
}

impl Row {
    /// The point at `position`, with its quality.
    fn point(&self, position: usize) -> Result<RawPoint, FeedError> {
        let at = beginning(&self.time, position)?;
        let rate = self.rate.as_ref().map(|rate| rate.parse(position)).transpose()?;
        let (value, quality) = match rate {
            Some(rate) if rate < 0.0 => (Some(0.0), Quality::Estimated),
            rate => (rate, Quality::Measured),
        };
        Ok(RawPoint { at, value, quality })
    }
}

/// Converts the rows of a page, or of several, to intensities.
///
/// The list may have the newest value first. A negative rate is possible where the grid is congested; it counts as 0, and its
/// quality is estimated. The others are measured. A `null` is a gap.
///
/// # Errors
///
/// The first error in the rows, such as two rates for one time.
pub fn response(page: Page) -> Result<ServiceResponse, FeedError> {
    let Page { mut rows, node, bad_points, replaced, .. } = page;
    if matches!(rows.as_slice(), [Ok(first), Ok(second), ..] if first.at > second.at) {
        rows.reverse();
    }
    let mut values = ResponseBuilder::new(bad_points, replaced);
    for row in rows {
        values.add(row, POUND_PER_MEGAWATT_HOUR)?;
    }
    let node = node.map(|node| node.to_string());
    values.finish(node, Signal::Marginal, None, SLOT)
}

/// Parses an answer that is one page; see [`page`] and [`response`].
///
/// # Errors
///
/// The same as [`page`] and [`response`].
pub fn parse(text: &str, node: Option<u64>) -> Result<ServiceResponse, FeedError> {
    response(page(text, node, BadPoints::Refuse)?)
}

/// The beginning of an interval in UTC, as `2024-02-20T05:00:00`.
fn beginning(text: &str, position: usize) -> Result<Timestamp, FeedError> {
    let without_offset = text.strip_suffix('Z').unwrap_or(text);
    rfc3339::parse(&format!("{without_offset}Z")).map_err(|_| FeedError::Time {
        position,
        found: json::excerpt(text),
        expected: "a time in UTC, as 2020-06-01T00:00:00",
    })
}
