//! The conversion of a GPU's readings into energy over intervals.
//!
//! A GPU has up to two meters: an energy counter, and its power, which is integrated. The counter is used as long as it
//! answers and is [believed](CounterEvent::Disbelieved), and the power meanwhile. When the counter answers again, it
//! shows the energy of that time, too: the difference to the integral is counted, so that no energy is counted twice or
//! left out.
//!
//! What a host has around its GPUs is measured by one meter each: a [counter that wraps](WrappingMeter), or a
//! [power that is sampled](SampledMeter).

mod balance;
mod comparison;
mod counter;
mod counting;
mod integral;
mod limits;
mod measured;
mod observation;
mod reading;
mod restarts;
mod sampled;
mod start;
mod state;
#[cfg(test)]
mod tests;
mod wrapping;

use crate::time::{Span, Timestamp};
use crate::units::{Energy, Power};
use balance::Balance;
use comparison::{Comparison, Verdict};
use counter::{Between, Counter, Judgement};
use integral::{Integral, Step};
pub use limits::Limits;
pub use measured::{Measured, WrapEvent};
pub use observation::{CounterEvent, Disbelief, Method, Observation};
pub use reading::{CounterReading, PriorState, Reading};
pub use sampled::SampledMeter;
use start::{Point, Start};
pub use state::{CounterUse, MeterState, OddValue, Unsettled};
pub use wrapping::{CounterRangeError, WrappingMeter};

/// A meter that turns the readings of one GPU into energy.
///
/// ```
/// use gpu_carbon_core::{Meter, Reading, Span, Timestamp};
///
/// let mut meter = Meter::new(gpu_carbon_core::meter::Limits::default());
/// let read = |seconds: u64, millijoules| {
///     let uptime = Span::from_seconds(seconds);
///     Reading::of_counter(Timestamp::from_unix_seconds(1000) + uptime, uptime, millijoules)
/// };
/// assert_eq!(meter.observe(read(0, 5_000_000)).flow, None);
/// let flow = meter.observe(read(1, 5_300_000)).flow.unwrap();
/// assert_eq!(flow.energy.as_joules(), 300.0);
/// ```
#[derive(Debug, Clone)]
pub struct Meter {
    limits: Limits,
    prior: Option<PriorState>,
    /// The reading up to which the energy is counted or unseen.
    counted_until: Option<Point>,
    last_power: Option<PowerSample>,
    counter: Option<Counter>,
    /// False if the counter failed when it was last read.
    answers: bool,
    is_believed: bool,
    balance: Balance,
    /// The power since [`Meter::counted_until`].
    power: Integral,
    comparison: Comparison,
    /// True until energy from before the first reading was counted.
    is_recovering: bool,
}

#[derive(Debug, Clone, Copy)]
struct PowerSample {
    uptime: Span,
    power: Power,
}

impl Meter {
    /// A meter without readings.
    #[must_use]
    pub fn new(limits: Limits) -> Meter {
        Meter {
            limits,
            prior: None,
            counted_until: None,
            last_power: None,
            counter: None,
            answers: false,
            is_believed: true,
            balance: Balance::default(),
            power: Integral::default(),
            comparison: Comparison::default(),
            is_recovering: false,
        }
    }

    /// A meter of a GPU that was read before. Its first reading gives the energy since then.
    #[must_use]
    pub fn resume(limits: Limits, prior: PriorState) -> Meter {
        Meter { prior: Some(prior), ..Meter::new(limits) }
    }

    /// Moves the times that the meter stores by a jump of the calendar clock, so that no energy is spread over time
    /// that did not pass. Instead of `was`, the clock shows `is`.
    pub fn set_clock(&mut self, was: Timestamp, is: Timestamp) {
        let prior = self.prior.as_mut().map(PriorState::at_mut);
        let counted = self.counted_until.as_mut().map(|point| &mut point.at);
        for at in prior.into_iter().chain(counted) {
            *at = at.on_clock_set(was, is);
        }
    }

    /// True while more samples of power are needed than one with each reading of the counter: while power is counted,
    /// and while the counter is suspected.
    #[must_use]
    pub const fn needs_power(&self) -> bool {
        let is_counted = !self.is_believed || !self.answers || self.balance.is_provisional;
        is_counted || self.comparison.needs_power()
    }

    /// The number of times that the counter counts the integral of the power, as last compared; 0 for one that stood.
    #[must_use]
    pub const fn counter_ratio(&self) -> Option<f64> {
        self.comparison.ratio()
    }

    /// Takes a reading, and returns the energy since the one before.
    pub fn observe(&mut self, reading: Reading) -> Observation {
        let mut observation = Observation::default();
        if self.counted_until.is_none() {
            let Start { observation: begun, has_restarted, .. } = self.begin(reading);
            self.sample(reading);
            if let Some(begun) = begun {
                return begun;
            }
            observation.events.extend(has_restarted.then_some(CounterEvent::Reset));
        } else {
            self.sample(reading);
        }
        match reading.counter {
            CounterReading::Skipped => {
                // If the counter is used, its next reading shows the energy up to here.
                if !self.is_believed || !self.answers || self.is_waiting() {
                    self.count_power(reading, &mut observation);
                }
            }
            CounterReading::Failed => {
                self.answers = false;
                self.balance.is_provisional = self.counter.is_some() && self.is_believed;
                self.count_power(reading, &mut observation);
            }
            CounterReading::Millijoules(value) => {
                self.answers = true;
                self.compare_counter(value, reading, &mut observation);
            }
        }
        observation
    }

    /// The state from which the meter of a later process resumes; `None` before the first reading.
    #[must_use]
    pub fn state(&self) -> Option<MeterState> {
        let Point { at, uptime } = self.counted_until?;
        // What a counter shows that is not believed is not settled by its next value.
        let is_used = self.is_believed && !self.comparison.is_withheld();
        let counter = self.counter.filter(|_| is_used);
        let (millijoules, unsettled) = self.balance.state(counter.as_ref(), self.is_believed);
        Some(MeterState { at, uptime, millijoules, unsettled })
    }

    /// Begins with the first reading. What needs no comparison with a prior state is observed here.
    fn begin(&mut self, reading: Reading) -> Start {
        let start = Start::new(self.prior.take(), reading, &self.limits);
        let uptime = start.point.uptime;
        self.answers = matches!(reading.counter, CounterReading::Millijoules(_));
        self.is_believed = start.is_believed;
        self.is_recovering = start.observation.is_none() && start.is_believed;
        self.counter = start.counter;
        self.counted_until = Some(start.point);
        self.balance = start.balance;
        self.power = Integral::new(uptime);
        if start.observation.is_some() {
            self.comparison.restart(uptime);
        } else {
            self.comparison.pause(uptime);
        }
        // A counter that does not answer yet may show it later.
        self.balance.is_provisional |= self.is_recovering && !self.answers;
        start
    }

    /// Adds the power since the last sample.
    fn sample(&mut self, reading: Reading) {
        let Some(power) = reading.power else { return };
        let sample = PowerSample { uptime: reading.uptime, power };
        if let Some(last) = self.last_power.replace(sample) {
            let length = sample.uptime.saturating_sub(last.uptime);
            let step = Step {
                from: last.uptime,
                to: sample.uptime,
                mean: last.power.midpoint(power),
                is_countable: length <= self.limits.longest_sample,
                is_flat: last.power == power,
            };
            self.power.add(step);
            self.comparison.add_step(step);
        }
    }

    fn compare_counter(&mut self, value: u64, reading: Reading, observation: &mut Observation) {
        let Some(counter) = &mut self.counter else {
            self.counter = Some(Counter::new(value, reading.uptime));
            self.comparison.restart(reading.uptime);
            self.count_power(reading, observation);
            return self.balance.settle_at(reading.uptime);
        };
        match counter.judge(value, reading.uptime, &self.limits) {
            Judgement::Rise { millijoules, between }
                if self.has_only_passed(millijoules, between, reading.uptime) =>
            {
                self.count_reset(None, reading, observation);
            }
            Judgement::Rise { millijoules, between } => {
                if matches!(between, Between::Outlier | Between::Outliers) {
                    observation.events.push(CounterEvent::Outlier);
                }
                self.balance.add_rise(millijoules);
                let has_power = reading.power.is_some();
                let verdict = self.comparison.record_rise(millijoules, reading.uptime, has_power);
                self.conclude(verdict, reading, observation);
                if !observation.is_counted {
                    self.count_rise(millijoules > 0, reading, observation);
                }
            }
            Judgement::Odd { is_repeated } => {
                self.balance.is_provisional = self.is_believed;
                self.count_power(reading, observation);
                if is_repeated && !observation.is_counted {
                    self.count_unseen(reading, observation);
                }
            }
            Judgement::Reset(shown) => self.count_reset(shown, reading, observation),
            Judgement::Leap(rise) => {
                let stand = self.stand(reading.uptime);
                let verdict = self.comparison.record_leap(rise, reading.uptime);
                if self.is_believed && matches!(verdict, Verdict::Open) {
                    let rise = Energy::from_millijoules(rise);
                    observation.events.push(CounterEvent::Implausible(rise));
                }
                self.count_power_instead(reading, observation);
                self.conclude(verdict, reading, observation);
                stand.add_to(observation, reading);
            }
            Judgement::FirstStep => self.count_first_step(reading, observation),
        }
    }

    /// Applies the result of a comparison.
    fn conclude(&mut self, verdict: Verdict, reading: Reading, observation: &mut Observation) {
        match verdict {
            Verdict::Open => {}
            Verdict::Agree | Verdict::Factor(_) if !self.is_believed => {
                self.is_believed = true;
                observation.events.push(CounterEvent::Believed);
                // Up to here, the power was counted.
                self.count_power(reading, observation);
                self.balance.settle_at(reading.uptime);
            }
            Verdict::Agree => {}
            Verdict::Factor(ratio) => observation.events.push(CounterEvent::Factor(ratio)),
            Verdict::Disbelieve(..) if !self.is_believed => {}
            Verdict::Disbelieve(reason, settlement) => {
                self.is_believed = false;
                observation.events.push(CounterEvent::Disbelieved(reason));
                self.settle_by_power(settlement, reading, observation);
            }
        }
    }
}
