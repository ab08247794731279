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
    Region([Choice<'a>; 2]),
    /// They disagree on the start: when the best start of each is.
    Start([Choice<'a>; 2]),
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
pub struct Choice<'a> {
    /// The signal.
    pub signal: Signal,
    /// The region.
    pub region: &'a str,
    /// The best start there, without a pause.
    pub start: Timestamp,
}

impl<'a> Answer<'a> {
    /// What whoever reads this should know.
    #[must_use]
    pub fn warnings(&self) -> Vec<Warning<'a>> {
        let mut warnings = Vec::new();
        let mut signals = self.signals();
        if let (Some(ours), Some(theirs)) = (signals.next(), signals.next()) {
            warnings.push(Warning::TwoSignals);
            warnings.extend(self.other_region(ours, theirs));
            warnings.extend(self.other_start(ours, theirs));
        }
        let horizon = self.request.horizon().length();
        if horizon > FORECAST {
            warnings.push(Warning::BeyondForecasts { horizon, reach: FORECAST });
        }
        warnings
    }

    /// Where there is a choice of region, and they choose differently.
    fn other_region(&self, ours: Signal, theirs: Signal) -> Option<Warning<'a>> {
        let (one, other) = (self.ranking(ours), self.ranking(theirs));
        let (first, second) = (one.first()?, other.first()?);
        let is_choice = one.len() > 1 || other.len() > 1;
        let differ = is_choice && first.region.name != second.region.name;
        differ.then(|| Warning::Region([choice(first), choice(second)]))
    }

    /// At home, where the other signal has that region too; else in the best region of each.
    fn other_start(&self, ours: Signal, theirs: Signal) -> Option<Warning<'a>> {
        let home = self.home();
        let (one, other) =
            match self.of_signal(theirs).find(|plans| plans.region.name == home.region.name) {
                Some(same) => (choice(home), choice(same)),
                None => {
                    let best = |signal| self.ranking(signal).first().map(|plans| choice(plans));
                    (best(ours)?, best(theirs)?)
                }
            };
        (one.start != other.start).then_some(Warning::Start([one, other]))
    }
}

fn choice<'a>(plans: &Plans<'a>) -> Choice<'a> {
    let extent = plans.flexible_start.schedule.extent();
    let start = extent.map_or(Timestamp::EPOCH, |extent| extent.start()); // never: a job takes time
    Choice { signal: plans.region.signal, region: plans.region.name, start }
}
