//! The plans for a time whose intensity is not known, by what is usual at the time of the year.

use gpu_carbon_core::evaluate::Distribution;
use gpu_carbon_core::what_if::{self, PlanSpread, Request, SEASON_DAYS, SeasonalPlans};
use gpu_carbon_core::{Interval, Span};
use gpu_carbon_feeds::replay;
use gpu_carbon_schema::explain_error;
use serde::Serialize;

use crate::json::json;
use crate::sensitivity::SpreadDocument;
use crate::{InputError, Region};

/// Plans a job from its start, and from the same hour on each day of the four weeks around it, on the region's series repeated
/// by the time of year.
///
/// # Errors
///
/// When nothing was recorded for that time of the year, or for a time as long as the job and its window.
pub fn seasonal(request: &Request, region: &Region) -> Result<String, InputError> {
    let around = Span::from_days(SEASON_DAYS + 1);
    let longest = request.job.duration() + request.window;
    let window = Interval::new(request.start - around, request.start + around + longest);
    let replayed = replay::onto(region.exposures.series(), window).map_err(InputError::new)?;
    let repeated = what_if::Region { series: &replayed, ..region.to_core_region() };
    let plans = SeasonalPlans::of(request, repeated).map_err(|error| explain_error(&error))?;
    json(&SeasonalDocument::of(&plans))
}

#[derive(Debug, Serialize)]
struct SeasonalDocument {
    starts: usize,
    left_out: usize,
    baseline: PlanDocument,
    flexible_start: PlanDocument,
    pause_and_resume: PlanDocument,
    usual_start: UsualDocument,
}

#[derive(Debug, Serialize)]
struct UsualDocument {
    delay_seconds: f64,
    #[serde(flatten)]
    plan: PlanDocument,
}

#[derive(Debug, Serialize)]
struct PlanDocument {
    emissions_grams: MassesDocument,
    saving_ratio: Option<SpreadDocument>,
}

#[derive(Debug, Serialize)]
struct MassesDocument {
    least: f64,
    lower_quartile: f64,
    median: f64,
    upper_quartile: f64,
    most: f64,
    mean: f64,
}

impl SeasonalDocument {
    fn of(plans: &SeasonalPlans<'_>) -> SeasonalDocument {
        let usual = &plans.usual_start;
        SeasonalDocument {
            starts: plans.starts,
            left_out: plans.left_out,
            baseline: PlanDocument::of(&plans.baseline),
            flexible_start: PlanDocument::of(&plans.flexible_start),
            pause_and_resume: PlanDocument::of(&plans.pause_and_resume),
            usual_start: UsualDocument {
                delay_seconds: usual.delay.as_seconds(),
                plan: PlanDocument::of(&usual.spread),
            },
        }
    }
}

impl PlanDocument {
    fn of(spread: &PlanSpread) -> PlanDocument {
        let Distribution { least, lower_quartile, median, upper_quartile, most, mean, .. } =
            spread.emissions;
        let [least, lower_quartile, median, upper_quartile, most, mean] =
            [least, lower_quartile, median, upper_quartile, most, mean].map(|mass| mass.as_grams());
        PlanDocument {
            emissions_grams: MassesDocument {
                least,
                lower_quartile,
                median,
                upper_quartile,
                most,
                mean,
            },
            saving_ratio: spread.saving_ratio.map(Into::into),
        }
    }
}
