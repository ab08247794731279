//! The plans in cloud regions as JSON: every number without rounding, with every factor.

use anyhow::Result;
use gpu_carbon_core::what_if::{PlanSpread, SeasonalPlans};
use gpu_carbon_feeds::regions::YEARLY_YEAR;
use gpu_carbon_feeds::rfc3339;
use gpu_carbon_schema::{
    HostShareDocument, JobDocument, PauseCostsDocument, PlansDocument, Seconds,
};
use serde::Serialize;

use super::answer::{CloudAnswer, RegionPlan};
use super::marginal::MarginalDisagreement;
use super::text::credit;
use super::zone_plan::{Found, Season};
use crate::output;
use crate::plan::costs::{Costs, CostsDocument};
use crate::plan::request::Question;

#[derive(Serialize)]
struct Document<'a> {
    job: JobDocument,
    start: String,
    window_seconds: Seconds,
    power_usage_effectiveness: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    power_usage_effectiveness_source: Option<&'a str>,
    #[serde(flatten)]
    host_share: Option<HostShareDocument>,
    pause_costs: PauseCostsDocument,
    /// The time of the answer.
    now: String,
    regions: Vec<Region<'a>>,
    best_region: String,
    ranking: Vec<Ranking>,
    /// The regions without data of the signal asked for.
    left_out: Vec<LeftOut<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    costs: Option<CostsDocument>,
}

#[derive(Serialize)]
struct Region<'a> {
    name: String,
    place: &'a str,
    zone: &'a str,
    zone_name: &'a str,
    /// The kind of data: `live`, `last_days`, `recorded_year` or `yearly_level`.
    answer: &'static str,
    signal: &'static str,
    scope: &'static str,
    /// The service or the series.
    data: &'a str,
    /// The zone, as the service or the publisher names it.
    data_zone: &'a str,
    attribution: &'a str,
    notes: &'a [String],
    /// The disagreement of the marginal sources, where the answer is by one.
    #[serde(skip_serializing_if = "Option::is_none")]
    marginal_disagreement: Option<DisagreementDocument<'a>>,
    #[serde(flatten)]
    plans: AnswerPlans,
}

/// The disagreement of two marginal intensities of one grid.
#[derive(Serialize)]
struct DisagreementDocument<'a> {
    /// The origin of the figures: `computed` for this time and job, or `published` for another.
    basis: &'static str,
    sources: &'a [String; 2],
    correlation: Option<f64>,
    kept_saving_ratio_low: Option<f64>,
    kept_saving_ratio_high: Option<f64>,
}

impl<'a> DisagreementDocument<'a> {
    fn of(it: &'a MarginalDisagreement) -> DisagreementDocument<'a> {
        DisagreementDocument {
            basis: it.basis(),
            sources: &it.sources,
            correlation: it.correlation,
            kept_saving_ratio_low: it.kept_ratios.map(|[low, _]| low),
            kept_saving_ratio_high: it.kept_ratios.map(|[_, high]| high),
        }
    }
}

#[derive(Serialize)]
#[serde(untagged)]
enum AnswerPlans {
    Live {
        newest_value: Option<String>,
        window_seconds: Seconds,
        #[serde(flatten)]
        plans: Box<PlansDocument>,
    },
    Season(Box<SeasonDocument>),
    Yearly {
        year: u16,
        baseline: YearlyBaseline,
    },
}

/// The plans of the same hour of other days.
#[derive(Serialize)]
struct SeasonDocument {
    #[serde(skip_serializing_if = "Option::is_none")]
    recorded_year: Option<i32>,
    /// The start on the last of the days.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_start: Option<String>,
    starts: usize,
    starts_without_data: usize,
    window_seconds: Seconds,
    step_seconds: Seconds,
    baseline: Spread,
    flexible_start: Spread,
    pause_and_resume: Spread,
    usual_start: Spread,
}

#[derive(Serialize)]
struct YearlyBaseline {
    emissions_grams: f64,
}

/// The emissions of a plan over the days: the median, and the quartiles.
#[derive(Serialize)]
struct Spread {
    #[serde(skip_serializing_if = "Option::is_none")]
    start: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end: Option<String>,
    emissions_grams: f64,
    emissions_grams_lower_quartile: f64,
    emissions_grams_upper_quartile: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    saving_ratio: Option<Ratio>,
    #[serde(skip_serializing_if = "Option::is_none")]
    saving_ratio_lower_quartile: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    saving_ratio_upper_quartile: Option<f64>,
}

/// A saving ratio; null where no start at once emits anything.
#[derive(Serialize)]
#[serde(transparent)]
struct Ratio(Option<f64>);

#[derive(Serialize)]
struct Ranking {
    hourly: bool,
    signal: &'static str,
    scope: &'static str,
    regions: Vec<String>,
}

#[derive(Serialize)]
struct LeftOut<'a> {
    name: String,
    zone: &'a str,
    notes: &'a [String],
}

impl<'a> LeftOut<'a> {
    fn of(it: &RegionPlan<'a>) -> LeftOut<'a> {
        LeftOut { name: it.region.id(), zone: it.region.zone, notes: &it.plan.notes }
    }
}

/// Returns the JSON of an answer.
///
/// # Errors
///
/// When the document cannot be serialized.
pub(super) fn write(answer: &CloudAnswer<'_>, costs: Option<&Costs>) -> Result<String> {
    let request = &answer.question.request;
    let ranking = answer.rankings().into_iter().map(|ranking| Ranking {
        hourly: ranking.basis.is_hourly,
        signal: ranking.basis.signal.name(),
        scope: ranking.basis.scope.name(),
        regions: ranking.regions.iter().map(|it| it.region.id()).collect(),
    });
    output::json::write(&Document {
        job: JobDocument::of(request),
        start: rfc3339::format(request.start),
        window_seconds: Seconds(request.window),
        power_usage_effectiveness: request.pue.as_number(),
        power_usage_effectiveness_source: answer.question.pue_source.as_deref(),
        host_share: HostShareDocument::of(request),
        pause_costs: PauseCostsDocument::of(&request.pause_costs),
        now: rfc3339::format(answer.now),
        regions: answer.regions.iter().filter_map(|it| region(answer.question, it)).collect(),
        best_region: answer.best().region.id(),
        ranking: ranking.collect(),
        left_out: answer.left_out.iter().map(LeftOut::of).collect(),
        costs: costs.map(CostsDocument::of),
    })
}

fn region<'a>(question: &Question, it: &RegionPlan<'a>) -> Option<Region<'a>> {
    let (plan, basis) = (it.plan, it.plan.basis()?);
    let window_seconds = Seconds(question.request.window);
    let (answer, data, data_zone, plans) = match &plan.found {
        Found::Live { data, plans, window } => (
            "live",
            data.service.name(),
            data.zone.as_str(),
            AnswerPlans::Live {
                newest_value: data.newest.map(rfc3339::format),
                window_seconds: Seconds(*window),
                plans: Box::new(PlansDocument::of(plans)),
            },
        ),
        Found::Season { season, plans } => (
            season_answer(*season),
            season.name(),
            match season {
                Season::Year(data) => data.bundled.zone(),
                Season::LastDays { data, .. } => data.zone.as_str(),
            },
            AnswerPlans::Season(Box::new(SeasonDocument {
                recorded_year: match season {
                    Season::Year(data) => Some(data.year),
                    Season::LastDays { .. } => None,
                },
                last_start: match season {
                    Season::Year(_) => None,
                    Season::LastDays { last, .. } => Some(rfc3339::format(*last)),
                },
                starts: plans.starts,
                starts_without_data: plans.left_out,
                window_seconds,
                step_seconds: Seconds(plans.region.series.step()),
                baseline: Spread::at_once(&plans.baseline),
                flexible_start: Spread::of(&plans.flexible_start),
                pause_and_resume: Spread::of(&plans.pause_and_resume),
                usual_start: usual_start(question, plans),
            })),
        ),
        Found::Yearly { emissions } => {
            let baseline = YearlyBaseline { emissions_grams: emissions.as_grams() };
            (
                "yearly_level",
                "electricity_maps",
                plan.zone.code,
                AnswerPlans::Yearly { year: YEARLY_YEAR, baseline },
            )
        }
        Found::Nothing => return None,
    };
    Some(Region {
        name: it.region.id(),
        place: it.region.place,
        zone: plan.zone.code,
        zone_name: plan.zone.name,
        answer,
        signal: basis.signal.name(),
        scope: basis.scope.name(),
        data,
        data_zone,
        attribution: credit(plan).unwrap_or_default(),
        notes: &plan.notes,
        marginal_disagreement: plan.disagreement.as_ref().map(DisagreementDocument::of),
        plans,
    })
}

/// The name of an answer by the same hour of other days.
pub(super) fn season_answer(season: Season<'_>) -> &'static str {
    match season {
        Season::Year(_) => "recorded_year",
        Season::LastDays { .. } => "last_days",
    }
}

impl Spread {
    /// The starts at once, which save nothing.
    fn at_once(spread: &PlanSpread) -> Spread {
        Spread {
            saving_ratio: None,
            saving_ratio_lower_quartile: None,
            saving_ratio_upper_quartile: None,
            ..Spread::of(spread)
        }
    }

    fn of(spread: &PlanSpread) -> Spread {
        let PlanSpread { emissions, saving_ratio } = spread;
        Spread {
            start: None,
            end: None,
            emissions_grams: emissions.median.as_grams(),
            emissions_grams_lower_quartile: emissions.lower_quartile.as_grams(),
            emissions_grams_upper_quartile: emissions.upper_quartile.as_grams(),
            saving_ratio: Some(Ratio(saving_ratio.map(|ratio| ratio.p50))),
            saving_ratio_lower_quartile: saving_ratio.map(|ratio| ratio.p25),
            saving_ratio_upper_quartile: saving_ratio.map(|ratio| ratio.p75),
        }
    }
}

fn usual_start(question: &Question, plans: &SeasonalPlans<'_>) -> Spread {
    let start = question.request.start + plans.usual_start.delay;
    Spread {
        start: Some(rfc3339::format(start)),
        end: Some(rfc3339::format(start + question.request.job.duration())),
        ..Spread::of(&plans.usual_start.spread)
    }
}
