//! Ontario's IESO: no authentication; the past is a file for each year, the present the file without a year.

use gpu_carbon_core::{Span, Timestamp};
use gpu_carbon_feeds::{FeedError, ServiceResponse, calendar, ieso};

use super::query::Query;
use crate::authentication::Authentication;
use crate::error::FetchError;
use crate::http::Client;

/// The lookback of a query for the present: the file has at least the newest days.
pub(super) const LOOKBACK: Span = Span::from_days(1);

/// The longest query for history, which needs the files of two years at most.
pub(super) const LONGEST_HISTORY: Span = Span::from_days(366);

/// The number of bytes read of a file at most: a year has about 6 MB, and some years are indented.
const MAX_BYTES: u64 = 16 * 1024 * 1024;

/// A client of Ontario.
#[derive(Debug, Clone)]
pub struct Ieso {
    client: Client,
}

impl Ieso {
    /// The address of the service.
    pub const BASE_URL: &'static str = "https://reports-public.ieso.ca";

    /// A client of the only zone, [`ieso::ZONE`].
    #[must_use]
    pub fn new(client: Client) -> Ieso {
        Ieso { client: client.with_max_bytes(MAX_BYTES) }
    }

    /// The end of the file that has a time: the end of the year in Eastern Standard Time.
    pub(super) fn end_of_file(time: Timestamp) -> Timestamp {
        let year = calendar::year(year(time));
        year.map_or(time + LONGEST_HISTORY, |year| year.end() + ieso::BEHIND_UTC)
    }

    pub(super) fn fetch(
        &mut self,
        query: Query,
        now: Timestamp,
    ) -> Result<ServiceResponse, FetchError> {
        let Query::History(interval) = query else {
            return self.file("", now);
        };
        let mut answer = self.file_of(interval.start(), now);
        let next = Ieso::end_of_file(interval.start());
        if next < interval.end() {
            let rest = self.file_of(next, now);
            answer = match (answer, rest) {
                (Ok(mut first), Ok(rest)) => {
                    first.points.extend(rest.points);
                    first.nulls += rest.nulls;
                    first.skipped += rest.skipped;
                    Ok(first)
                }
                // One of the years has no value, or no file yet.
                (Err(error), rest) if is_empty(&error) => rest,
                (first, Err(error)) if is_empty(&error) => first,
                (Err(error), _) | (_, Err(error)) => Err(error),
            };
        }
        let mut answer = answer?;
        answer.points.retain(|point| {
            point.at >= interval.start().floor_to(answer.step) && point.at < interval.end()
        });
        if answer.points.is_empty() { Err(FeedError::NoValues.into()) } else { Ok(answer) }
    }

    fn file_of(&mut self, time: Timestamp, now: Timestamp) -> Result<ServiceResponse, FetchError> {
        self.file(&format!("_{}", year(time)), now)
    }

    fn file(&mut self, year: &str, now: Timestamp) -> Result<ServiceResponse, FetchError> {
        let path = format!("/public/GenOutputbyFuelHourly/PUB_GenOutputbyFuelHourly{year}.xml");
        let bad_points = self.client.bad_points();
        let parse = |text: &str| ieso::parse_points(text, bad_points);
        self.client.get(&path, &Authentication::None, now, parse)
    }
}

/// The year in Eastern Standard Time.
fn year(time: Timestamp) -> i32 {
    calendar::year_of(time - ieso::BEHIND_UTC).unwrap_or_default()
}

fn is_empty(error: &FetchError) -> bool {
    matches!(
        error,
        FetchError::Answer(FeedError::NoValues) | FetchError::ClientError { status: 404, .. }
    )
}
