//! In which slots of a series the jobs start.

use gpu_carbon_core::{Interval, SLOT, Span, Timestamp};

use super::Request;
use super::args::StartsArg;
use crate::region::Region;
use crate::usage_error::UsageError;
use gpu_carbon_feeds::calendar;

/// The slots, of `slots` from a moment on, that have the job and its window before them: those that have not
/// are left out.
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
        .flat_map(|year| moments(request.starts, year))
        .filter(|&moment| moment >= from)
        .filter_map(|moment| {
            usize::try_from(moment.duration_since(from).as_micros() / SLOT.as_micros()).ok()
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

/// When jobs start in a year.
fn moments(starts: StartsArg, year: i32) -> Vec<Timestamp> {
    let every = |step: Span| {
        let year = calendar::year(year);
        let next = move |&moment: &Timestamp| Some(moment + step);
        std::iter::successors(year.map(Interval::start), next)
            .take_while(|&moment| year.is_some_and(|year| moment < year.end()))
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
    fn a_year_has_as_many_days_and_hours_as_it_has() {
        let count = |starts, year| moments(starts, year).len();
        assert_eq!([2020, 2021].map(|year| count(StartsArg::Paper, year)), [60, 60]);
        assert_eq!([2020, 2021].map(|year| count(StartsArg::Daily, year)), [366, 365]);
        assert_eq!([2020, 2021].map(|year| count(StartsArg::Hourly, year)), [8784, 8760]);
    }
}
