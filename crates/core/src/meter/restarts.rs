//! The restarts and steps of an energy counter that do not show the energy since the reading before, and what only looks like its
//! return.

use super::counter::Between;
use super::observation::{CounterEvent, Observation};
use super::{Meter, Reading};
use crate::flow::Flow;
use crate::time::{Interval, Span};
use crate::units::Energy;

/// The time for which a counter stood.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Stand {
    /// The beginning, since boot.
    since: Span,
    /// The energy by the power, as far as it was not counted.
    energy: Energy,
    /// The length, if the power is unknown.
    unseen: Span,
}

impl Stand {
    /// Adds the energy, or the time without a known one, to what a reading has shown.
    pub(super) fn add_to(self, observation: &mut Observation, reading: Reading) {
        observation.unseen = observation.unseen + self.unseen;
        if self.energy == Energy::ZERO {
            return;
        }
        let Reading { at, uptime, .. } = reading;
        let since = at - uptime.saturating_sub(self.since);
        let begin = observation.flow.map_or(since, |flow| flow.interval.start().min(since));
        let counted = observation.flow.map_or(Energy::ZERO, |flow| flow.energy);
        observation.mean_power = None;
        let interval = Interval::between(begin, at);
        observation.flow = Some(Flow { interval, energy: counted + self.energy });
    }
}

impl Meter {
    /// Counts the energy up to a restart of the counter, and what it shows since then.
    pub(super) fn count_reset(
        &mut self,
        shown: Option<u64>,
        reading: Reading,
        observation: &mut Observation,
    ) {
        observation.events.push(CounterEvent::Reset);
        let stand = self.stand(reading.uptime);
        let gaps = self.energy_of_gaps();
        self.comparison.restart(reading.uptime);
        let energy = shown.map(Energy::from_millijoules).unwrap_or_default();
        let is_true =
            energy >= self.energy_by_power() && !self.is_far_ahead(energy, reading.uptime);
        if self.is_believed && shown.is_some() && is_true {
            let shown_of_gaps = energy.saturating_sub(self.energy_by_power());
            let unresolved = self.balance.give_up();
            observation.unseen = observation.unseen + not_shown(unresolved, gaps, shown_of_gaps);
            let since = Some(self.balance.settled_at);
            let energy = energy.saturating_sub(self.balance.ahead);
            self.count_by_counter(energy, since, reading, observation);
        } else {
            // The power shows the energy before the reset, too.
            self.balance.is_provisional = false;
            if self.is_believed {
                self.balance.ahead = Energy::ZERO;
            }
            observation.unseen = observation.unseen + self.balance.give_up();
            self.count_power_or_unseen(reading, observation);
        }
        if self.is_believed {
            self.balance.ahead = Energy::ZERO;
        }
        self.balance.settle_at(reading.uptime);
        stand.add_to(observation, reading);
    }

    /// Counts the power up to the first step of a slow counter, which shows energy from before its first reading, too.
    pub(super) fn count_first_step(&mut self, reading: Reading, observation: &mut Observation) {
        let stand = self.stand(reading.uptime);
        self.comparison.restart(reading.uptime);
        self.count_power_instead(reading, observation);
        stand.add_to(observation, reading);
    }

    /// Counts the power of the time that the counter does not show rightly, and goes on with it from here.
    pub(super) fn count_power_instead(&mut self, reading: Reading, observation: &mut Observation) {
        observation.unseen = observation.unseen + self.balance.give_up();
        if core::mem::take(&mut self.balance.is_provisional) {
            self.balance.ahead = Energy::ZERO;
        }
        self.count_power_or_unseen(reading, observation);
        self.balance.settle_at(reading.uptime);
    }

    /// The part of the time for which the counter has stood that was counted without energy, since the counter might have
    /// shown it later. One that restarts or leaps never does.
    pub(super) fn stand(&self, uptime: Span) -> Stand {
        if !self.is_believed {
            return Stand::default();
        }
        let (stood, rest) = (self.comparison.since_moved(), &self.power);
        let has_power = stood.countable_time > Span::ZERO;
        Stand {
            since: stood.since,
            energy: stood.countable.saturating_sub(stood.counted + rest.countable),
            unseen: if has_power {
                Span::ZERO
            } else {
                stood.gaps(uptime).saturating_sub(rest.gaps(uptime))
            },
        }
    }

    /// Reports whether a counter that comes back from odd values has rather passed its last value by chance, as one does
    /// that began at 0 again and counts in another unit. The power of that time tells, where it was sampled.
    pub(super) fn has_only_passed(&self, millijoules: u64, between: Between, uptime: Span) -> bool {
        match between {
            Between::Nothing => false,
            Between::Early | Between::Outlier => {
                self.is_far_ahead(Energy::from_millijoules(millijoules), uptime)
            }
            Between::Outliers => self.has_power(),
        }
    }

    /// Reports whether the power of the time that is not settled was sampled. It was not while the program did not run.
    fn has_power(&self) -> bool {
        self.power.countable_time > Span::ZERO && !self.is_recovering
    }

    /// The energy of the time that is not settled, as far as the power was sampled.
    fn energy_by_power(&self) -> Energy {
        self.balance.ahead + self.power.countable
    }

    /// The energy of the time without samples since the counter last moved, by the power before and after it.
    fn energy_of_gaps(&self) -> Energy {
        let power = self.comparison.since_moved();
        power.energy.saturating_sub(power.countable)
    }

    /// Reports whether the energy that a counter shows of the time that is not settled contradicts the power.
    fn is_far_ahead(&self, energy: Energy, uptime: Span) -> bool {
        let most_unsampled = self.limits.ceiling * self.power.gaps(uptime);
        let sampled = energy.saturating_sub(most_unsampled);
        self.has_power() && self.comparison.is_far_ahead(sampled, self.energy_by_power())
    }
}

/// The part of the time without samples before the restart of a counter, which shows only the energy since then.
fn not_shown(time: Span, energy: Energy, shown: Energy) -> Span {
    let missing = energy.saturating_sub(shown);
    if missing == Energy::ZERO {
        return Span::ZERO;
    }
    let seconds = time.as_seconds() * missing.as_joules() / energy.as_joules();
    Span::from_seconds_f64(seconds).unwrap_or(time)
}
