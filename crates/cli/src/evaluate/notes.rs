//! What is said below every table and figure.

use gpu_carbon_feeds::bundled;
use gpu_carbon_feeds::calendar::PAPER_DAYS;

use super::args::StartsArg;
use super::request::Request;
use crate::time_zone::Zone;

/// When the jobs start.
pub(super) fn starts(request: &Request<'_>) -> String {
    match request.starts {
        StartsArg::Paper => {
            let days = PAPER_DAYS.map(|day| day.to_string()).join(", ");
            format!("at 00:00 UTC on days {days} of each month")
        }
        StartsArg::Every => "at each five minutes".to_owned(),
    }
}

/// Where the series end before the year does, and the credit that the licence of those that are shipped asks for.
pub(super) fn series(request: &Request<'_>) -> Vec<String> {
    let is_shipped = request.regions.iter().any(|region| region.is_shipped);
    let credit = is_shipped.then(|| format!("Data: {}.", bundled::ATTRIBUTION));
    short_years(request).into_iter().chain(credit).collect()
}

fn short_years(request: &Request<'_>) -> Option<String> {
    let mut short = request.short_years();
    let (region, covered) = short.next()?;
    let others = match short.count() {
        0 => String::new(),
        1 => ", and another one no whole year either".to_owned(),
        others => format!(", and {others} others no whole year either"),
    };
    Some(format!(
        "{} covers {}{others}: after its end, a window goes on at its beginning.",
        region.name,
        Zone::UTC.readable_interval(covered)
    ))
}
