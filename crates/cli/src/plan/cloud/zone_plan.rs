//! The plan of a job in one grid zone, and the data that it is made of.

use gpu_carbon_core::schedule::ExactError;
use gpu_carbon_core::what_if::{Plans, Region, Request, SEASON_DAYS, SeasonalPlans, WhatIfError};
use gpu_carbon_core::{Mass, Scope, Signal, Span, Timestamp, format};
use gpu_carbon_feeds::regions::GridZone;

use super::marginal::MarginalDisagreement;
use crate::plan::request::{Question, window_to};
use crate::region_data::{LiveData, RecordedData, ZoneData};

/// The plan of a zone.
#[derive(Debug)]
pub(crate) struct ZonePlan<'a> {
    pub(super) zone: &'static GridZone,
    pub(super) found: Found<'a>,
    /// The reasons why better data do not answer, and the limits of those that do.
    pub(crate) notes: Vec<String>,
    /// The disagreement of marginal sources, where the answer is by one.
    pub(super) disagreement: Option<MarginalDisagreement>,
}

/// The answer for a zone, by the best data that there are.
#[derive(Debug)]
pub(super) enum Found<'a> {
    /// An answer by the values and the forecast of a service.
    Live {
        data: &'a LiveData,
        plans: Box<Plans<'a>>,
        /// The window, which the end of the forecast may have shortened.
        window: Span,
    },
    /// An answer by the same hour of other days.
    Season { season: Season<'a>, plans: Box<SeasonalPlans<'a>> },
    /// An answer by the mean over a year alone.
    Yearly { emissions: Mass },
    /// No answer: there are no data.
    Nothing,
}

/// The days whose plans answer for a time that is not known.
#[derive(Debug, Clone, Copy)]
pub(super) enum Season<'a> {
    /// The days around the same date of a recorded year.
    Year(&'a RecordedData),
    /// The last days of a service without a forecast.
    LastDays {
        data: &'a LiveData,
        /// The start on the last of the days.
        last: Timestamp,
    },
}

impl Season<'_> {
    pub(super) fn signal(self) -> Signal {
        match self {
            Season::Year(data) => data.bundled.signal(),
            Season::LastDays { data, .. } => data.service.signal(),
        }
    }

    pub(super) fn scope(self) -> Scope {
        match self {
            Season::Year(data) => data.bundled.scope(),
            Season::LastDays { data, .. } => data.service.scope(),
        }
    }

    /// The name of the series or of the service.
    pub(super) fn name(self) -> &'static str {
        match self {
            Season::Year(data) => data.bundled.name(),
            Season::LastDays { data, .. } => data.service.name(),
        }
    }

    pub(super) fn attribution(self) -> &'static str {
        match self {
            Season::Year(data) => data.bundled.attribution(),
            Season::LastDays { data, .. } => data.service.attribution(),
        }
    }
}

/// The basis of an answer: answers of one basis may be ranked with one another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Basis {
    /// True where it knows the hour.
    pub(super) is_hourly: bool,
    pub(super) signal: Signal,
    pub(super) scope: Scope,
}

/// A start that emits less than a start at once, on the average day or by the forecast.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BestStart {
    pub(crate) start: Timestamp,
    pub(crate) saving_ratio: Option<f64>,
}

impl<'a> ZonePlan<'a> {
    /// Plans the job by the best data of a zone.
    ///
    /// # Errors
    ///
    /// When the job has no plan, whatever the data.
    pub(crate) fn of(
        question: &Question,
        data: &'a ZoneData,
        signal: Option<Signal>,
    ) -> Result<ZonePlan<'a>, WhatIfError> {
        let mut notes = data.live.failures.clone();
        if let Some(live) = &data.live.data {
            match Found::live(question, data.zone.code, live)? {
                Ok((found, note)) => {
                    notes.clear();
                    notes.extend(note);
                    return Ok(ZonePlan::with(data, question, found, notes));
                }
                Err(reason) => notes.push(format!("{}: {reason}", live.service.title())),
            }
        }
        if let Some(recorded) = &data.recorded {
            match Found::recorded(question, data.zone.code, recorded)? {
                Ok(found) => {
                    if question.window_to_end {
                        notes.push(format!(
                            "a recorded year has no end: the window is {}",
                            format::span(question.request.window)
                        ));
                    }
                    return Ok(ZonePlan::with(data, question, found, notes));
                }
                Err(reason) => notes.push(format!("{}: {reason}", recorded.bundled.name())),
            }
        }
        let level = data.zone.yearly_level().filter(|_| signal != Some(Signal::Marginal));
        let found = level.map_or(Found::Nothing, |level| Found::Yearly {
            emissions: question.request.energy * question.request.pue * level,
        });
        Ok(ZonePlan::with(data, question, found, notes))
    }

    /// The plan with the disagreement of the zone's marginal sources.
    fn with(
        data: &'a ZoneData,
        question: &Question,
        found: Found<'a>,
        notes: Vec<String>,
    ) -> ZonePlan<'a> {
        let mut plan = ZonePlan { zone: data.zone, found, notes, disagreement: None };
        let is_marginal = |basis: Basis| basis.signal == Signal::Marginal;
        plan.disagreement = plan.basis().filter(|&basis| is_marginal(basis)).map(|_| {
            let request = &question.request;
            match &plan.found {
                Found::Live { data: live, window, .. } => {
                    let request = Request { window: *window, ..request.clone() };
                    MarginalDisagreement::of_live(&request, live, data.live.other.as_ref())
                }
                Found::Season { season: Season::Year(recorded), .. } => {
                    MarginalDisagreement::of_recorded(request, recorded)
                }
                _ => MarginalDisagreement::published(),
            }
        });
        plan
    }

    /// The basis of the answer; `None` where there is none.
    pub(super) fn basis(&self) -> Option<Basis> {
        let (is_hourly, signal, scope) = match &self.found {
            Found::Live { data, .. } => (true, data.service.signal(), data.service.scope()),
            Found::Season { season, .. } => (true, season.signal(), season.scope()),
            // The yearly levels are Electricity Maps': average, over the life cycle.
            Found::Yearly { .. } => (false, Signal::Average, Scope::Co2eLifecycle),
            Found::Nothing => return None,
        };
        Some(Basis { is_hourly, signal, scope })
    }

    /// True where the answer is by another year, or by days that have passed.
    pub(crate) const fn is_typical(&self) -> bool {
        matches!(self.found, Found::Season { .. })
    }

    /// The emissions of a start at once; in a recorded year, their median.
    pub(super) fn now(&self) -> Option<Mass> {
        match &self.found {
            Found::Live { plans, .. } => Some(plans.baseline.emissions),
            Found::Season { plans, .. } => Some(plans.baseline.emissions.median),
            Found::Yearly { emissions } => Some(*emissions),
            Found::Nothing => None,
        }
    }

    /// The emissions of the best plan; in a recorded year, their median.
    pub(super) fn best(&self) -> Option<Mass> {
        match &self.found {
            Found::Live { plans, .. } => Some(plans.best().emissions),
            Found::Season { plans, .. } => Some(plans.best()),
            Found::Yearly { emissions } => Some(*emissions),
            Found::Nothing => None,
        }
    }

    /// The best start without a pause; in a recorded year, the one that is best over all the days.
    pub(crate) fn best_start(&self, question: &Question) -> Option<BestStart> {
        match &self.found {
            Found::Live { plans, .. } => {
                let best = &plans.flexible_start;
                let start = best.schedule.extent()?.start();
                Some(BestStart { start, saving_ratio: plans.saving(best) })
            }
            Found::Season { plans, .. } => {
                let usual = &plans.usual_start;
                let start = question.request.start + usual.delay;
                let saving_ratio = usual.spread.saving_ratio.map(|spread| spread.p50);
                Some(BestStart { start, saving_ratio })
            }
            Found::Yearly { .. } | Found::Nothing => None,
        }
    }
}

impl<'a> Found<'a> {
    /// Plans by a service, in the window that its values cover; or says why it cannot.
    fn live(
        question: &Question,
        zone: &'a str,
        data: &'a LiveData,
    ) -> Result<Result<(Found<'a>, Option<String>), String>, WhatIfError> {
        let mut request = question.request.clone();
        let covered = data.series.extent();
        let readable = |at| format!("{} {}", question.zone.readable(at), question.zone);
        let holds_a_season = covered.start() + Span::from_days(2 * SEASON_DAYS) < request.start;
        let is_beyond = request.horizon().end() > covered.end();
        if !data.service.has_forecast() && is_beyond && holds_a_season {
            return Found::recent(question, zone, data);
        }
        let Some(reach) = window_to(&request, covered.end()) else {
            let end = readable(covered.end());
            return Ok(Err(format!("its values end at {end}, before a start at once would end")));
        };
        let asked = request.window;
        if question.window_to_end || reach < asked {
            request.window = reach;
        }
        let note = (request.window < asked && !question.window_to_end).then(|| {
            format!(
                "the forecast ends at {}: the window is {} instead of {}",
                readable(covered.end()),
                format::span(request.window),
                format::span(asked)
            )
        });
        let (signal, source) = (data.service.signal(), data.service.attribution());
        let scope = Some(data.service.scope());
        let region = Region { name: zone, source, signal, scope, series: &data.series };
        match Plans::of(&request, region) {
            Ok(plans) => {
                let found = Found::Live { data, plans: Box::new(plans), window: request.window };
                Ok(Ok((found, note)))
            }
            Err(error) => uncovered(error).map(Err),
        }
    }

    /// Plans by the last days of a service without a forecast, or says why it cannot.
    fn recent(
        question: &Question,
        zone: &'a str,
        data: &'a LiveData,
    ) -> Result<Result<(Found<'a>, Option<String>), String>, WhatIfError> {
        let mut request = question.request.clone();
        let season = Span::from_days(SEASON_DAYS);
        let day = Span::from_days(1);
        // The same hour, on the last day after which two weeks and the time of the plan are known.
        while request.horizon().end() + season > data.series.extent().end() {
            request.start = request.start - day;
            for milestone in &mut request.pause_costs.milestones {
                milestone.by = milestone.by - day;
            }
        }
        let last = request.start + season;
        let (signal, source) = (data.service.signal(), data.service.attribution());
        let scope = Some(data.service.scope());
        let region = Region { name: zone, source, signal, scope, series: &data.series };
        match SeasonalPlans::of(&request, region) {
            Ok(plans) => {
                let season = Season::LastDays { data, last };
                Ok(Ok((Found::Season { season, plans: Box::new(plans) }, None)))
            }
            Err(error) => uncovered(error).map(Err),
        }
    }

    /// Plans by a recorded year, or says why it cannot.
    fn recorded(
        question: &Question,
        zone: &'a str,
        data: &'a RecordedData,
    ) -> Result<Result<Found<'a>, String>, WhatIfError> {
        let Some(series) = &data.series else {
            return Ok(Err("nothing was recorded at that time of the year".to_owned()));
        };
        let (signal, source) = (data.bundled.signal(), data.bundled.attribution());
        let scope = Some(data.bundled.scope());
        let region = Region { name: zone, source, signal, scope, series };
        match SeasonalPlans::of(&question.request, region) {
            Ok(plans) => {
                let season = Season::Year(data);
                Ok(Ok(Found::Season { season, plans: Box::new(plans) }))
            }
            Err(error) => uncovered(error).map(Err),
        }
    }
}

/// The reason of an error that other data may not have; any other error is the question's.
fn uncovered(error: WhatIfError) -> Result<String, WhatIfError> {
    match error {
        WhatIfError::Region { needed, why: ExactError::Uncovered(why), .. } => {
            Ok(gpu_carbon_schema::explain_uncovered(needed, why))
        }
        other => Err(other),
    }
}
