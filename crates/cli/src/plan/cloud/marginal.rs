//! The disagreement of the marginal sources of a zone, which belongs beside every marginal answer.

use gpu_carbon_core::format;
use gpu_carbon_core::what_if::{Disagreement, Request};

use crate::region_data::{LiveData, RecordedData};

/// The disagreement of two marginal intensities of one grid.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct MarginalDisagreement {
    /// True where it is of the time and the job of this answer; else it is the published one of another time.
    pub(super) is_computed: bool,
    /// The two sources.
    pub(super) sources: [String; 2],
    /// The correlation; `None` where one of them has a single value.
    pub(super) correlation: Option<f64>,
    /// The share of the saving by one that the best start by the other keeps, the lower of the two first; `None` where one has
    /// nothing to save.
    pub(super) kept_ratios: Option<[f64; 2]>,
}

impl MarginalDisagreement {
    /// The published one: five minutes by five minutes over 2020, in northern California.
    pub(super) fn published() -> MarginalDisagreement {
        MarginalDisagreement {
            is_computed: false,
            sources: ["SGIP signal SGIP_CAISO_PGE in 2020", "WattTime CAISO_NORTH in 2020"]
                .map(str::to_owned),
            correlation: Some(0.55),
            kept_ratios: Some([0.66, 0.82]),
        }
    }

    /// The disagreement of two services whose values cover the job, else the published one.
    pub(super) fn of_live(
        request: &Request,
        data: &LiveData,
        other: Option<&LiveData>,
    ) -> MarginalDisagreement {
        let name = |data: &LiveData| format!("{} {}", data.service.title(), data.zone);
        let computed = other.and_then(|other| {
            let found = Disagreement::of(request, &data.series, &other.series)?;
            Some(MarginalDisagreement::computed([name(data), name(other)], found))
        });
        computed.unwrap_or_else(MarginalDisagreement::published)
    }

    /// The disagreement of two recorded series on the days whose plans answer, else the published one.
    pub(super) fn of_recorded(request: &Request, data: &RecordedData) -> MarginalDisagreement {
        let computed = data.series.as_ref().zip(data.other.as_ref());
        let computed = computed.and_then(|(series, (bundled, other))| {
            let found = Disagreement::of_season(request, series, other)?;
            let sources = [data.bundled.name(), bundled.name()].map(str::to_owned);
            Some(MarginalDisagreement::computed(sources, found))
        });
        computed.unwrap_or_else(MarginalDisagreement::published)
    }

    fn computed(sources: [String; 2], found: Disagreement) -> MarginalDisagreement {
        let kept = found.first_kept_ratio.zip(found.second_kept_ratio);
        MarginalDisagreement {
            is_computed: true,
            sources,
            correlation: found.correlation,
            kept_ratios: kept.map(|(one, other)| [one.min(other), one.max(other)]),
        }
    }

    /// The origin of the figures, for programs.
    pub(super) fn basis(&self) -> &'static str {
        if self.is_computed { "computed" } else { "published" }
    }

    /// The computed one as a sentence.
    pub(super) fn sentence(&self, zone: &str) -> String {
        let [one, other] = &self.sources;
        let correlation = match self.correlation {
            Some(correlation) => format!("correlate at {correlation:.2} in that time"),
            None => "cannot be correlated, since one has a single value in that time".to_owned(),
        };
        let kept = match self.kept_ratios {
            Some(ratios) => {
                let [low, high] = ratios.map(format::percent);
                format!("the best start by one keeps {low} to {high} of the saving by the other")
            }
            None => "one of them has nothing to save".to_owned(),
        };
        format!("Of {zone}, {one} and {other} {correlation}, and {kept}.")
    }
}
