//! Answers of several pages.

use gpu_carbon_feeds::FeedError;
use gpu_carbon_feeds::pages::Page;

use crate::error::FetchError;

/// The most pages of one query: more are a mistake of the service.
const MAX_PAGES: usize = 20;

/// Fetches all pages; `fetch` gets the number of rows that have come. A page without a row before the last one is an error.
pub(super) fn fetch_all<P: Page>(
    service: &'static str,
    mut fetch: impl FnMut(usize) -> Result<P, FetchError>,
) -> Result<P, FetchError> {
    let mut all = fetch(0)?;
    for _ in 1..MAX_PAGES {
        if all.rows() >= all.total() {
            return Ok(all);
        }
        let before = all.rows();
        all.append(fetch(before)?);
        if all.rows() == before {
            break;
        }
    }
    if all.rows() >= all.total() {
        return Ok(all);
    }
    let reason = format!("the pages have {} of {} rows", all.rows(), all.total());
    Err(FeedError::Shape { service, reason }.into())
}
