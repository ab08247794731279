//! Messages about the errors and warnings of the core.

use gpu_carbon_core::exposure::CoverageError;
use gpu_carbon_core::schedule::ExactError;
use gpu_carbon_core::what_if::{Warning, WhatIfError};
use gpu_carbon_core::{Interval, Scope, Span, Timestamp};
use gpu_carbon_feeds::rfc3339;

use crate::field_error::FieldError;

/// Explains why there is no answer, with the field of the request that can be changed.
#[must_use]
pub fn explain_error(error: &WhatIfError) -> FieldError {
    match error {
        WhatIfError::NoRegion => FieldError::new("regions", error.to_string()),
        WhatIfError::NoneOfSignal(_) => FieldError::new("signal", error.to_string()),
        WhatIfError::UnknownHome(_) => FieldError::new("home_region", error.to_string()),
        WhatIfError::Region { region, needed, why: ExactError::Uncovered(why) } => {
            let way_out = match why {
                CoverageError::Outside { .. } => "give a longer series",
                CoverageError::Gap { .. } => "fill the gap",
            };
            let why = explain_uncovered(*needed, *why);
            let text = format!("{region}: {why}: {way_out}, another start or a shorter window");
            FieldError::new("start", text)
        }
        WhatIfError::Region { why: ExactError::Milestone { .. }, .. } => {
            FieldError::new("pause_costs.milestones", error.to_string())
        }
        WhatIfError::Region { why: ExactError::TooLong { .. }, .. } => {
            FieldError::new("window_seconds", error.to_string())
        }
    }
}

/// Explains which part of the time that a plan needs is missing from a series.
#[must_use]
pub fn explain_uncovered(needed: Interval, why: CoverageError) -> String {
    let between = |interval: Interval| {
        format!("{} to {}", rfc3339::format(interval.start()), rfc3339::format(interval.end()))
    };
    let needs = format!("this job with its window needs {}", between(needed));
    match why {
        CoverageError::Outside { covered } => {
            format!("the series covers {}, and {needs}", between(covered))
        }
        CoverageError::Gap { gap } => {
            format!("the series has a gap from {}, and {needs}", between(gap))
        }
    }
}

/// Describes a warning, with its times formatted by `format_time`.
#[must_use]
pub fn describe_warning(
    warning: &Warning<'_>,
    format_time: impl Fn(Timestamp) -> String,
) -> String {
    match warning {
        Warning::TwoSignals => {
            "marginal and average intensities answer different questions: the regions of each are \
            ranked apart, and grams of one are not to be set against grams of the other"
                .to_owned()
        }
        Warning::TwoScopes { direct, lifecycle } => format!(
            "{direct} counts {}, and {lifecycle} {}: grams of one are not to be set against grams of the other",
            Scope::Co2Direct.title(),
            Scope::Co2eLifecycle.title()
        ),
        Warning::Region { ours, theirs } => {
            let [ours, theirs] =
                [ours, theirs].map(|it| format!("{} by {} intensities", it.region, it.signal));
            format!("the two signals disagree on the region: {ours}, {theirs}")
        }
        Warning::Start { ours, theirs } => {
            let [ours, theirs] = [ours, theirs].map(|it| {
                format!("{} by {} intensities ({})", format_time(it.start), it.signal, it.region)
            });
            format!("the two signals disagree on the start: {ours}, {theirs}")
        }
        Warning::BeyondForecasts { horizon, reach } => format!(
            "this plan knows the intensity {} ahead, and forecasts reach {} at most: what it saves is an upper bound",
            hours(*horizon),
            hours(*reach)
        ),
    }
}

/// A span in hours, rounded up to a tenth.
fn hours(span: Span) -> String {
    format!("{} h", (span.as_seconds() / 360.0).ceil() / 10.0)
}
