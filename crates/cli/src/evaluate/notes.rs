//! What is said below every table and figure.

use gpu_carbon_feeds::calendar::PAPER_DAYS;
use gpu_carbon_feeds::shipped;

use super::args::StartsArg;
use super::request::Request;

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

/// The credit that the licence of the shipped series asks for.
pub(super) fn credit(request: &Request<'_>) -> Option<String> {
    let is_shipped = request.regions.iter().any(|region| region.is_shipped);
    is_shipped.then(|| format!("Data: {}.", shipped::ATTRIBUTION))
}
