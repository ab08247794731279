//! The slots of a series in which jobs start.

use gpu_carbon_core::SLOT;
use gpu_carbon_core::{Interval, Span, Timestamp};

use super::args::StartsArg;
use super::request::Request;
use crate::region::Region;
use crate::usage_error::UsageError;
use gpu_carbon_feeds::calendar;

/// Returns the starts among the `slots` slots that follow `from`; starts without room for the job and its window before
/// the end are left out.
///
/// # Errors
///
/// When no start has room.
pub(super) fn slots(
    request: &Request,
    region: &Region,
    from: Timestamp,
    slots: usize,
) -> Result<Vec<usize>, UsageError> {
    let extent = region.series.extent();
    let first = calendar::year_of(extent.start()).unwrap_or(1);
    let last = calendar::year_of(extent.end()).unwrap_or(first);
    let years = match request.year {
        Some(year) => year..=year,
        None => first..=last,
    };
    let room = request.work.saturating_add(request.wait);
    let starts: Vec<usize> = years
        .flat_map(|year| start_times(request.starts, year))
        .filter(|&at| at >= from)
        .filter_map(|at| {
            usize::try_from(at.duration_since(from).as_micros() / SLOT.as_micros()).ok()
        })
        .filter(|&start| start.saturating_add(room) <= slots)
        .collect();
    if starts.is_empty() {
        return Err(UsageError::NoStart {
            region: region.name.clone(),
            starts: request.starts.name(),
            year: request.year,
            needed: request.duration + request.window,
            covered: extent,
        });
    }
    Ok(starts)
}

/// Returns the times in a year at which jobs start.
fn start_times(starts: StartsArg, year: i32) -> Vec<Timestamp> {
    let every = |step: Span| {
        let year = calendar::year(year);
        let next = move |&at: &Timestamp| Some(at + step);
        std::iter::successors(year.map(Interval::start), next)
            .take_while(|&at| year.is_some_and(|year| at < year.end()))
            .collect()
    };
    match starts {
        StartsArg::Paper => calendar::paper_starts(year),
        StartsArg::Daily => every(Span::from_days(1)),
        StartsArg::Hourly => every(Span::from_seconds(3600)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_leap_year_has_one_more_day() {
        let count = |starts, year| start_times(starts, year).len();
        assert_eq!([2020, 2021].map(|year| count(StartsArg::Paper, year)), [60, 60]);
        assert_eq!([2020, 2021].map(|year| count(StartsArg::Daily, year)), [366, 365]);
        assert_eq!([2020, 2021].map(|year| count(StartsArg::Hourly, year)), [8784, 8760]);
    }
}
