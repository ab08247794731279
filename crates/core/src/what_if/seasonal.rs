//! The answer for a time whose intensity is not known: the plans of many starts at the same hour on the days around it, in a
//! series that repeats recorded years, as distributions.

use alloc::borrow::Cow;
use alloc::vec::Vec;

use crate::evaluate::Distribution;
use crate::exposure::Exposures;
use crate::job::Job;
use crate::schedule::{ExactError, Milestone, Schedule, saving_ratio, with_overhead};
use crate::sensitivity::Spread;
use crate::sum::Sum;
use crate::time::{SLOT, Span, Timestamp};
use crate::units::Mass;
use crate::what_if::{Plans, Region, Request, WhatIfError};

/// The days before and after a date whose starts count: 29 starts in all. Weather and holidays of one recorded day are an
/// accident; over four weeks the season changes little.
pub const SEASON_DAYS: u64 = 14;

/// The plans of the starts at one hour on the days around a date, as distributions.
#[derive(Debug)]
pub struct SeasonalPlans<'a> {
    /// The region.
    pub region: Region<'a>,
    /// The number of starts that counted.
    pub starts: usize,
    /// The number of starts that did not count, because the series lacks a part of their time.
    pub left_out: usize,
    /// The starts at once.
    pub baseline: PlanSpread,
    /// The best start of each day, each found with that day's intensities.
    pub flexible_start: PlanSpread,
    /// The plan with pauses of each day, each found with that day's intensities.
    pub pause_and_resume: PlanSpread,
    /// The one delay that is best over all the days, which needs no knowledge of the day.
    pub usual_start: UsualStart,
}

/// The emissions of a plan over the days, and its savings against a start at once on the same day.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PlanSpread {
    /// The emissions, with overhead.
    pub emissions: Distribution,
    /// The saving ratios; `None` if no start at once emits anything.
    pub saving_ratio: Option<Spread>,
}

/// The delay with the least mean emissions.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct UsualStart {
    /// The time from the earliest start to this one.
    pub delay: Span,
    /// The emissions and the savings of this start.
    pub spread: PlanSpread,
}

/// The emissions of the plans of one day.
struct Day {
    start: Timestamp,
    baseline: Mass,
    flexible_start: Mass,
    pause_and_resume: Mass,
}

impl<'a> SeasonalPlans<'a> {
    /// Plans a job from its earliest start, and from the same hour on each of the [`SEASON_DAYS`] before and after.
    ///
    /// # Errors
    ///
    /// When the region's series covers none of these starts with their windows, and as
    /// [`exact`](crate::schedule::exact).
    pub fn of(request: &Request, region: Region<'a>) -> Result<SeasonalPlans<'a>, WhatIfError> {
        let exposures = Exposures::of(region.series);
        let mut days = Vec::new();
        let mut uncovered = None;
        let mut left_out = 0_usize;
        for moved in season(request) {
            match Plans::with(&moved, region, Cow::Borrowed(&exposures)) {
                Ok(plans) => days.push(Day {
                    start: moved.start,
                    baseline: plans.baseline.emissions,
                    flexible_start: plans.flexible_start.emissions,
                    pause_and_resume: plans.pause_and_resume.plan.emissions,
                }),
                Err(error @ WhatIfError::Region { why: ExactError::Uncovered(_), .. }) => {
                    left_out += 1;
                    uncovered.get_or_insert(error);
                }
                Err(error) => return Err(error),
            }
        }
        let spread = |of: &dyn Fn(&Day) -> Mass| PlanSpread::of(&days, of);
        let found = spread(&|day| day.baseline).zip(spread(&|day| day.flexible_start));
        let found = found.zip(spread(&|day| day.pause_and_resume));
        match found.zip(UsualStart::of(request, &days, &exposures)) {
            Some((((baseline, flexible_start), pause_and_resume), usual_start)) => {
                Ok(SeasonalPlans {
                    region,
                    starts: days.len(),
                    left_out,
                    baseline,
                    flexible_start,
                    pause_and_resume,
                    usual_start,
                })
            }
            None => Err(uncovered.unwrap_or(WhatIfError::NoRegion)),
        }
    }

    /// The least median of the emissions of the plans.
    #[must_use]
    pub fn best(&self) -> Mass {
        let (paused, unbroken) = (self.pause_and_resume.emissions, self.flexible_start.emissions);
        if paused.median < unbroken.median { paused.median } else { unbroken.median }
    }
}

impl PlanSpread {
    fn of(days: &[Day], emissions: &dyn Fn(&Day) -> Mass) -> Option<PlanSpread> {
        let ratios = days.iter().filter_map(|day| saving_ratio(day.baseline, emissions(day)));
        Some(PlanSpread {
            emissions: Distribution::of(days.iter().map(emissions))?,
            saving_ratio: Spread::of(ratios.collect()),
        })
    }
}

impl UsualStart {
    /// Finds the delay by five-minute steps whose mean emissions over the days are least; of equals, the shortest.
    fn of(request: &Request, days: &[Day], exposures: &Exposures<'_>) -> Option<UsualStart> {
        let Request { job, pue, pause_costs, start, window, .. } = request;
        let latest = latest_delay(&pause_costs.milestones, *start, *window);
        let delays = (0..=latest.as_micros() / SLOT.as_micros())
            .map(|step| Span::from_micros(step * SLOT.as_micros()));
        let mut best: Option<(f64, Span)> = None;
        for delay in delays {
            let mut sum = Sum::default();
            for day in days {
                sum.add(unbroken(job, day.start + delay, exposures)?.as_grams());
            }
            if best.is_none_or(|(least, _)| sum.value() < least) {
                best = Some((sum.value(), delay));
            }
        }
        let (_, delay) = best?;
        let emissions = |day: &Day| {
            let emissions = unbroken(job, day.start + delay, exposures);
            with_overhead(emissions.unwrap_or_default(), *pue)
        };
        Some(UsualStart { delay, spread: PlanSpread::of(days, &emissions)? })
    }
}

/// The emissions of a run without a pause; `None` where the series does not cover it, which the plans of the day rule out.
pub(super) fn unbroken(job: &Job, start: Timestamp, exposures: &Exposures<'_>) -> Option<Mass> {
    Schedule::unbroken(start, job.duration()).emissions(job, exposures).ok()
}

/// The longest delay with which a run without a pause meets its milestones; none where even a start at once misses one.
fn latest_delay(milestones: &[Milestone], start: Timestamp, window: Span) -> Span {
    let waits = milestones.iter().map(|it| (it.by - it.work).duration_since(start));
    waits.fold(window, Span::min)
}

/// The request from the same hour on each of the [`SEASON_DAYS`] before and after its date.
pub(super) fn season(request: &Request) -> impl Iterator<Item = Request> {
    (0..=2 * SEASON_DAYS).map(|count| moved_to_day(request, count))
}

/// The request with all its times moved to a day: day 0 is [`SEASON_DAYS`] before the date.
fn moved_to_day(request: &Request, count: u64) -> Request {
    let moved = |time: Timestamp| time + Span::from_days(count) - Span::from_days(SEASON_DAYS);
    let mut request = request.clone();
    request.start = moved(request.start);
    for milestone in &mut request.pause_costs.milestones {
        milestone.by = moved(milestone.by);
    }
    request
}
