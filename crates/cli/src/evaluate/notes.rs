//! Notes below every table and figure.

use super::args::StartsArg;
use super::request::Request;
use crate::paper::paper_starts;
use crate::region;
use crate::time_zone::Zone;

/// Describes the starts of the jobs.
pub(super) fn starts(request: &Request<'_>) -> String {
    match request.starts {
        StartsArg::Paper => paper_starts(),
        StartsArg::Every => "at each five minutes".to_owned(),
    }
}

/// Names the series that do not cover the whole year, those whose signal is assumed or whose gaps are filled, and the source of a bundled series, as its licence requires.
pub(super) fn series(request: &Request<'_>) -> Vec<String> {
    let credits = region::credits(&request.regions).into_iter();
    let credits = credits.map(|credit| format!("Data: {credit}."));
    let notes = region::notes(&request.regions);
    short_years(request).into_iter().chain(notes).chain(credits).collect()
}

fn short_years(request: &Request<'_>) -> Option<String> {
    let mut short = request.short_years();
    let first = short.next()?;
    let others = match short.count() {
        0 => String::new(),
        1 => ", and another series does not cover the whole year either".to_owned(),
        others => format!(", and {others} others do not cover the whole year either"),
    };
    Some(format!(
        "{} covers {}{others}: after its end, a window continues at its beginning.",
        first.region.name,
        Zone::UTC.readable_interval(first.covered)
    ))
}
