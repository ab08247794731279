//! What whoever reads an answer should know before they act on it.

use alloc::vec::Vec;

use crate::provenance::Signal;
use crate::time::{Span, Timestamp};
use crate::what_if::{Answer, Plans};

/// How far ahead the longest forecasts reach: 72 hours (WattTime's v3 forecasts, as of 2024).
const FORECAST: Span = Span::from_seconds(72 * 3600);

/// What whoever reads an answer should know.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Warning<'a> {
    /// Marginal and average intensities answer different questions, and both are there.
    TwoSignals,
    /// They disagree on the region: where the best plan of each runs.
    Region {
        /// By home's signal.
        ours: SignalChoice<'a>,
        /// By the other one.
        theirs: SignalChoice<'a>,
    },
    /// They disagree on the start: when the best start of each is.
    Start {
        /// By home's signal.
        ours: SignalChoice<'a>,
        /// By the other one.
        theirs: SignalChoice<'a>,
    },
    /// The plan asks for a longer forecast than there is.
    BeyondForecasts {
        /// From the earliest start to the latest end.
        horizon: Span,
        /// How far the longest forecasts reach.
        reach: Span,
    },
}

/// What one signal would choose.
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
    /// What whoever reads this should know.
    #[must_use]
    pub fn all_of(answer: &Answer<'a>) -> Vec<Warning<'a>> {
        let mut warnings = Vec::new();
        let mut signals = answer.signals();
        if let (Some(ours), Some(theirs)) = (signals.next(), signals.next()) {
            warnings.push(Warning::TwoSignals);
            warnings.extend(Warning::other_region(answer, ours, theirs));
            warnings.extend(Warning::other_start(answer, ours, theirs));
        }
        let horizon = answer.request.horizon().length();
        if horizon > FORECAST {
            warnings.push(Warning::BeyondForecasts { horizon, reach: FORECAST });
        }
        warnings
    }

    /// Where there is a choice of region, and they choose differently.
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

    /// At home, where the other signal has that region too; else in the best region of each.
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
