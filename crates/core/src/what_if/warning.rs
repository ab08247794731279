//! Warnings: the facts to know before acting on an answer.

use alloc::vec::Vec;

use crate::provenance::{Scope, Signal};
use crate::time::{Span, Timestamp};
use crate::what_if::{Answer, Plans};

/// The reach of the longest forecasts: 72 hours (WattTime's v3 forecasts, as of 2024).
const FORECAST: Span = Span::from_seconds(72 * 3600);

/// A fact to know before acting on an answer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Warning<'a> {
    /// Both marginal and average intensities, which answer different questions.
    TwoSignals,
    /// Intensities of one signal have two scopes: their grams are of different things.
    TwoScopes {
        /// A region whose intensity counts the carbon dioxide of combustion.
        direct: &'a str,
        /// A region whose intensity counts all gases over the life cycle.
        lifecycle: &'a str,
    },
    /// The two signals disagree on the region of the best plan.
    Region {
        /// The choice by home's signal.
        ours: SignalChoice<'a>,
        /// The choice by the other signal.
        theirs: SignalChoice<'a>,
    },
    /// The two signals disagree on the best start.
    Start {
        /// The choice by home's signal.
        ours: SignalChoice<'a>,
        /// The choice by the other signal.
        theirs: SignalChoice<'a>,
    },
    /// The plan needs a longer forecast than exists.
    BeyondForecasts {
        /// The time from the earliest start to the latest end.
        horizon: Span,
        /// The reach of the longest forecasts.
        reach: Span,
    },
}

/// The choice by one signal.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SignalChoice<'a> {
    /// The signal.
    pub signal: Signal,
    /// The region.
    pub region: &'a str,
    /// The best start there, without a pause.
    pub start: Timestamp,
}

impl<'a> Warning<'a> {
    /// All warnings of an answer.
    #[must_use]
    pub fn all_of(answer: &Answer<'a>) -> Vec<Warning<'a>> {
        let mut warnings = Vec::new();
        let mut signals = answer.signals();
        if let (Some(ours), Some(theirs)) = (signals.next(), signals.next()) {
            warnings.push(Warning::TwoSignals);
            warnings.extend(Warning::other_region(answer, ours, theirs));
            warnings.extend(Warning::other_start(answer, ours, theirs));
        }
        warnings.extend(answer.signals().filter_map(|signal| Warning::two_scopes(answer, signal)));
        let horizon = answer.request.horizon().length();
        if horizon > FORECAST {
            warnings.push(Warning::BeyondForecasts { horizon, reach: FORECAST });
        }
        warnings
    }

    /// The warning that the ranking of a signal mixes scopes.
    fn two_scopes(answer: &Answer<'a>, signal: Signal) -> Option<Warning<'a>> {
        let first = |scope| {
            let has = |plans: &&Plans<'a>| plans.region.scope == Some(scope);
            answer.of_signal(signal).find(has).map(|plans| plans.region.name)
        };
        let [direct, lifecycle] = [Scope::Co2Direct, Scope::Co2eLifecycle].map(first);
        Some(Warning::TwoScopes { direct: direct?, lifecycle: lifecycle? })
    }

    /// The warning that the signals choose different regions, if there is a choice of region.
    fn other_region(answer: &Answer<'a>, ours: Signal, theirs: Signal) -> Option<Warning<'a>> {
        let (one, other) = (answer.ranking(ours), answer.ranking(theirs));
        let (first, second) = (one.first()?, other.first()?);
        let is_choice = one.len() > 1 || other.len() > 1;
        let differ = is_choice && first.region.name != second.region.name;
        differ.then(|| Warning::Region {
            ours: SignalChoice::of(first),
            theirs: SignalChoice::of(second),
        })
    }

    /// The warning that the signals choose different starts: at home, if the other signal has that region too;
    /// otherwise in the best region of each.
    fn other_start(answer: &Answer<'a>, ours: Signal, theirs: Signal) -> Option<Warning<'a>> {
        let home = answer.home();
        let (one, other) =
            match answer.of_signal(theirs).find(|plans| plans.region.name == home.region.name) {
                Some(same) => (SignalChoice::of(home), SignalChoice::of(same)),
                None => {
                    let best = |signal| {
                        answer.ranking(signal).first().map(|plans| SignalChoice::of(plans))
                    };
                    (best(ours)?, best(theirs)?)
                }
            };
        (one.start != other.start).then_some(Warning::Start { ours: one, theirs: other })
    }
}

impl<'a> SignalChoice<'a> {
    fn of(plans: &Plans<'a>) -> SignalChoice<'a> {
        let extent = plans.flexible_start.schedule.extent();
        let start = extent.map_or(Timestamp::EPOCH, |extent| extent.start()); // never: a job takes time
        SignalChoice { signal: plans.region.signal, region: plans.region.name, start }
    }
}
