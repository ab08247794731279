//! The count of the energy between two readings, by the counter or the power.

use super::comparison::Settlement;
use super::integral::Integral;
use super::start::Point;
use super::{Meter, Method, Observation, Reading};
use crate::flow::Flow;
use crate::time::{Interval, Span};
use crate::units::Energy;

impl Meter {
    pub(super) fn count_rise(
        &mut self,
        has_moved: bool,
        reading: Reading,
        observation: &mut Observation,
    ) {
        if !self.is_believed || self.comparison.is_withheld() {
            return self.count_power(reading, observation);
        }
        if self.balance.is_provisional && !(has_moved && self.balance.has_counted()) {
            self.count_power(reading, observation);
            if has_moved && observation.is_counted {
                // The counter has not counted meanwhile. It is compared with what it shows now.
                observation.unseen = observation.unseen + self.balance.give_up();
                self.balance.ahead = Energy::ZERO;
                self.balance.settle_at(reading.uptime);
            }
            return;
        }
        let is_late = self.balance.ahead > Energy::ZERO
            || (self.is_recovering && self.balance.is_provisional);
        let since = Some(self.balance.settled_at).filter(|_| is_late);
        let energy = self.balance.take_rise();
        self.count_by_counter(energy, since, reading, observation);
    }

    pub(super) fn count_by_counter(
        &mut self,
        energy: Energy,
        since: Option<Span>,
        reading: Reading,
        observation: &mut Observation,
    ) {
        observation.method = Method::Counter;
        observation.is_recovered = core::mem::take(&mut self.is_recovering);
        self.finish(Some(energy), since, reading, observation);
        self.balance.settle_at(reading.uptime);
    }

    /// True while power is counted that the counter may show later.
    pub(super) const fn is_waiting(&self) -> bool {
        self.is_believed && (self.balance.is_provisional || self.comparison.is_withheld())
    }

    /// Counts the integral of the power. A gap between its samples is unseen, unless the counter may show it later.
    pub(super) fn count_power(&mut self, reading: Reading, observation: &mut Observation) {
        if reading.power.is_none() {
            // The next sample, or the counter, may tell.
            if !self.is_believed && self.power.length(reading.uptime) > self.limits.longest_sample {
                self.count_unseen(reading, observation);
            }
            return;
        }
        let gaps = self.power.gaps(reading.uptime);
        let countable = self.power.countable;
        let (energy, unseen) = if self.is_waiting() {
            self.balance.ahead += countable;
            (countable, self.balance.wait_for_counter(gaps, reading.uptime))
        } else {
            (self.balance.take_power(countable), gaps)
        };
        observation.unseen = observation.unseen + unseen;
        observation.method = Method::Integrated;
        let energy = Some(energy).filter(|_| self.power.countable_time > Span::ZERO);
        self.finish(energy, None, reading, observation);
    }

    pub(super) fn count_power_or_unseen(
        &mut self,
        reading: Reading,
        observation: &mut Observation,
    ) {
        self.count_power(reading, observation);
        if !observation.is_counted {
            self.count_unseen(reading, observation);
        }
    }

    pub(super) fn count_unseen(&mut self, reading: Reading, observation: &mut Observation) {
        observation.unseen = observation.unseen + self.power.length(reading.uptime);
        observation.method = Method::Integrated;
        self.finish(None, None, reading, observation);
    }

    /// Replaces what was counted of the counter by the power.
    pub(super) fn settle_by_power(
        &mut self,
        settlement: Settlement,
        reading: Reading,
        observation: &mut Observation,
    ) {
        observation.unseen = observation.unseen + self.balance.give_up();
        self.balance.ahead = settlement.ahead;
        if !observation.is_counted {
            observation.unseen = observation.unseen + settlement.unseen;
            observation.method = Method::Integrated;
            self.finish(Some(settlement.missing), Some(settlement.since), reading, observation);
        }
        self.balance.settle_at(reading.uptime);
    }

    /// Counts energy up to a reading, from a time since boot or from the last reading that was counted.
    fn finish(
        &mut self,
        energy: Option<Energy>,
        since: Option<Span>,
        reading: Reading,
        observation: &mut Observation,
    ) {
        let Reading { at, uptime, .. } = reading;
        let last = self.counted_until.map_or(at, |point| point.at);
        let begin = since.map_or(last, |since| (at - uptime.saturating_sub(since)).min(last));
        if let Some(energy) = energy {
            let interval = Interval::between(begin, at);
            observation.flow = Some(Flow { interval, energy });
            if observation.method == Method::Counter && since.is_none() {
                observation.mean_power = energy.over(self.power.length(uptime));
            }
            self.comparison.add_counted(energy, uptime);
        }
        observation.is_counted = true;
        self.counted_until = Some(Point { at, uptime });
        self.power = Integral::new(uptime);
    }
}
