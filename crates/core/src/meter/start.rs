//! The first reading of a meter.

use super::Limits;
use super::balance::Balance;
use super::counter::Counter;
use super::observation::{CounterEvent, Method, Observation};
use super::reading::{CounterReading, PriorState, Reading};
use super::state::CounterUse;
use crate::flow::Flow;
use crate::time::{Interval, Span, Timestamp};
use crate::units::Energy;

/// A time on both clocks.
#[derive(Debug, Clone, Copy)]
pub(super) struct Point {
    pub(super) at: Timestamp,
    pub(super) uptime: Span,
}

/// The state from which a meter begins.
#[derive(Debug)]
pub(super) struct Start {
    /// The time up to which the energy is counted or unseen.
    pub(super) point: Point,
    pub(super) counter: Option<Counter>,
    pub(super) balance: Balance,
    pub(super) is_believed: bool,
    /// The observation of the first reading; `None` if it is to be compared with the counter before it.
    pub(super) observation: Option<Observation>,
    /// True if the counter has restarted, which is to be reported with the first reading.
    pub(super) has_restarted: bool,
}

impl Start {
    pub(super) fn new(prior: Option<PriorState>, reading: Reading, limits: &Limits) -> Start {
        let now = Point { at: reading.at, uptime: reading.uptime };
        let value = match reading.counter {
            CounterReading::Millijoules(value) => Some(value),
            CounterReading::Failed | CounterReading::Skipped => None,
        };
        let away = prior.map_or(Span::ZERO, |prior| now.at.duration_since(prior.at()));
        let method = if value.is_some() { Method::Counter } else { Method::Integrated };
        let begun = Observation { is_counted: true, method, ..Observation::default() };
        let since = |at| Point { at, uptime: now.uptime.saturating_sub(away) };
        let compared_with = |at, millijoules| {
            let point = since(at);
            let counter = Some(Counter::resumed(millijoules, point.uptime, None));
            Start { counter, observation: None, ..Start::at(point, None, Observation::default()) }
        };
        match (prior, value) {
            (Some(PriorState::Counter { at, millijoules }), _) => compared_with(at, millijoules),
            // Once the counter answers, it shows the energy since its restart.
            (Some(PriorState::Restarted { at }), None) => {
                Start { has_restarted: true, ..compared_with(at, 0) }
            }
            (Some(PriorState::Restarted { at }), Some(value)) => {
                let (counter, shown) = Counter::after_restart(value, away, now.uptime, limits);
                let flow = shown.map(|shown| Flow {
                    interval: Interval::between(at, now.at),
                    energy: Energy::from_millijoules(shown),
                });
                let events = [CounterEvent::Reset].into();
                let observation = Observation { flow, is_recovered: true, events, ..begun };
                Start::at(now, Some(counter), observation)
            }
            (Some(PriorState::Unsettled { at, millijoules, unsettled }), value) => {
                let is_believed = unsettled.use_of_counter != CounterUse::Disbelieved;
                if millijoules.is_none() && is_believed {
                    let unseen = away + unsettled.unresolved;
                    let counter = value.map(|value| Counter::new(value, now.uptime));
                    return Start::at(now, counter, Observation { unseen, ..begun });
                }
                let resumed = |value| Counter::resumed(value, unsettled.moved, unsettled.odd);
                let counter = millijoules.filter(|_| is_believed).map(resumed);
                let balance = Balance::resumed(&unsettled);
                let point = since(at);
                Start {
                    point,
                    counter,
                    balance,
                    is_believed,
                    observation: None,
                    has_restarted: false,
                }
            }
            (Some(PriorState::Power { .. }) | None, _) => {
                let counter = value.map(|value| Counter::new(value, now.uptime));
                Start::at(now, counter, Observation { unseen: away, ..begun })
            }
        }
    }

    fn at(point: Point, counter: Option<Counter>, observation: Observation) -> Start {
        Start {
            point,
            counter,
            balance: Balance::settled(point.uptime),
            is_believed: true,
            observation: Some(observation),
            has_restarted: false,
        }
    }
}
