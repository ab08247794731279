//! The starts of the paper's experiment (Dodge et al., FAccT 2022).

use gpu_carbon_feeds::calendar::PAPER_DAYS;

/// Describes the starts, for people.
pub(crate) fn paper_starts() -> String {
    let days = PAPER_DAYS.map(|day| day.to_string()).join(", ");
    format!("at 00:00 UTC on days {days} of each month")
}
