//! The conversion of a GPU's readings into energy over intervals.

use crate::flow::Flow;
use crate::time::{Interval, Span, Timestamp};
use crate::units::{Energy, Power};

/// One reading of a GPU's meter.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Reading {
    /// A counter of all energy since the driver was loaded. It restarts at zero with the driver.
    Counter {
        /// The time of the reading.
        at: Timestamp,
        /// The value of the counter, in mJ.
        millijoules: u64,
    },
    /// The power at one time, of a GPU without a counter.
    Power {
        /// The time of the reading.
        at: Timestamp,
        /// The power.
        power: Power,
    },
}

/// The result of a reading, compared with the one before it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Observation {
    /// There is nothing to compare with: this is the first reading, or the first of its kind.
    Baseline,
    /// Energy flowed since the reading before.
    Flow(Flow),
    /// The counter fell, because the driver was loaded again. The counter's value flowed since then, so it is counted
    /// if it is plausible. The energy between the last reading and the end of the driver was not seen.
    Reset(Option<Flow>),
    /// The counter rose by more than a GPU can draw, which is an error of the counter and not energy. Counting
    /// continues from here.
    Implausible(Energy),
    /// The energy of this interval is unknown: too much time passed since the last sample of power, or since a [prior
    /// state](PriorState) that the reading cannot be compared with. Counting continues from here.
    Unseen(Interval),
}

/// The state of a GPU's meter before this program read it first; a meter can [resume](Meter::resume) from it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum PriorState {
    /// The counter was read, and still counts from there unless it fell.
    Counter {
        /// The time of the reading.
        at: Timestamp,
        /// The value of the counter, in mJ.
        millijoules: u64,
    },
    /// The counter restarted at zero, because the driver was loaded at this time or later.
    Restarted {
        /// The earliest time of the restart.
        at: Timestamp,
    },
    /// The GPU was read, and had no counter.
    Power {
        /// The time of the last reading.
        at: Timestamp,
    },
}

/// The limits of plausible readings.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// A power above that of any GPU. A counter that rises faster is implausible.
    pub ceiling: Power,
    /// The longest time between two samples of power that are integrated.
    pub longest_sample: Span,
}

/// A meter that turns the readings of one GPU into energy.
///
/// ```
/// use gpu_carbon_core::{Meter, Observation, Reading, Timestamp};
///
/// let mut meter = Meter::new(gpu_carbon_core::meter::Limits::default());
/// let read = |seconds, millijoules| Reading::Counter { at: Timestamp::from_unix_seconds(seconds), millijoules };
/// assert_eq!(meter.observe(read(0, 5_000_000)), Observation::Baseline);
/// let Observation::Flow(flow) = meter.observe(read(1, 5_300_000)) else { panic!() };
/// assert_eq!(flow.energy.as_joules(), 300.0);
/// ```
#[derive(Debug, Clone)]
pub struct Meter {
    limits: Limits,
    prior: Option<PriorState>,
    last: Option<Reading>,
}

/// The time by which a counter may lag behind the power. The counter is refreshed every 20 to 100 ms; its rise is
/// compared with the ceiling over the time between two readings plus this much.
const COUNTER_LAG: Span = Span::from_seconds(1);

impl Default for Limits {
    /// 10 kW (the largest GPU module of 2026 draws under 3 kW), and five seconds.
    fn default() -> Limits {
        Limits {
            ceiling: Power::from_milliwatts(10_000_000),
            longest_sample: Span::from_seconds(5),
        }
    }
}

impl Reading {
    /// The time of the reading.
    #[must_use]
    pub const fn at(self) -> Timestamp {
        match self {
            Reading::Counter { at, .. } | Reading::Power { at, .. } => at,
        }
    }

    const fn at_mut(&mut self) -> &mut Timestamp {
        match self {
            Reading::Counter { at, .. } | Reading::Power { at, .. } => at,
        }
    }
}

impl PriorState {
    /// The time of the reading, or the earliest time of the restart.
    #[must_use]
    pub const fn at(self) -> Timestamp {
        match self {
            PriorState::Counter { at, .. }
            | PriorState::Restarted { at }
            | PriorState::Power { at } => at,
        }
    }

    const fn at_mut(&mut self) -> &mut Timestamp {
        match self {
            PriorState::Counter { at, .. }
            | PriorState::Restarted { at }
            | PriorState::Power { at } => at,
        }
    }
}

impl Meter {
    /// A meter without readings.
    #[must_use]
    pub const fn new(limits: Limits) -> Meter {
        Meter { limits, prior: None, last: None }
    }

    /// A meter of a GPU that was read before. Its first reading gives the energy since then.
    #[must_use]
    pub const fn resume(limits: Limits, prior: PriorState) -> Meter {
        Meter { limits, prior: Some(prior), last: None }
    }

    /// Moves the times that the meter stores by a jump of the clock, so that no energy is spread over time that did
    /// not pass. Instead of `was`, the clock shows `is`.
    pub fn set_clock(&mut self, was: Timestamp, is: Timestamp) {
        if let Some(at) = self.prior.as_mut().map(PriorState::at_mut) {
            *at = at.on_clock_set(was, is);
        }
        if let Some(at) = self.last.as_mut().map(Reading::at_mut) {
            *at = at.on_clock_set(was, is);
        }
    }

    /// Takes a reading, and returns the energy since the one before.
    pub fn observe(&mut self, reading: Reading) -> Observation {
        match (self.last.replace(reading), reading) {
            (None, _) => {
                self.prior.take().map_or(Observation::Baseline, |prior| self.first(prior, reading))
            }
            (
                Some(Reading::Counter { at: before, millijoules: previous }),
                Reading::Counter { at, millijoules: current },
            ) => self.counted(Interval::between(before, at), previous, current),
            (Some(Reading::Power { at: before, power: was }), Reading::Power { at, power: is }) => {
                self.sampled(before, was, at, is)
            }
            _ => Observation::Baseline,
        }
    }

    fn first(&self, prior: PriorState, reading: Reading) -> Observation {
        match (prior, reading) {
            (
                PriorState::Counter { at: before, millijoules: previous },
                Reading::Counter { at, millijoules },
            ) => self.counted(Interval::between(before, at), previous, millijoules),
            (PriorState::Restarted { at: began }, Reading::Counter { at, millijoules }) => {
                let interval = Interval::between(began, at);
                Observation::Reset(self.since_reset(interval, millijoules))
            }
            (
                PriorState::Counter { at, .. }
                | PriorState::Restarted { at }
                | PriorState::Power { at },
                _,
            ) => Observation::Unseen(Interval::between(at, reading.at())),
        }
    }

    fn counted(&self, interval: Interval, previous: u64, current: u64) -> Observation {
        match current.checked_sub(previous) {
            Some(rise) => {
                let energy = Energy::from_millijoules(rise);
                if energy <= self.most_in(interval) {
                    Observation::Flow(Flow { interval, energy })
                } else {
                    Observation::Implausible(energy)
                }
            }
            None => Observation::Reset(self.since_reset(interval, current)),
        }
    }

    /// The energy that a counter shows after a restart within an interval, if it is plausible.
    fn since_reset(&self, interval: Interval, current: u64) -> Option<Flow> {
        let energy = Energy::from_millijoules(current);
        (energy <= self.most_in(interval)).then_some(Flow { interval, energy })
    }

    fn most_in(&self, interval: Interval) -> Energy {
        self.limits.ceiling * (interval.length() + COUNTER_LAG)
    }

    fn sampled(&self, before: Timestamp, was: Power, at: Timestamp, is: Power) -> Observation {
        let interval = Interval::between(before, at);
        let length = interval.length();
        if at < before || length > self.limits.longest_sample {
            return Observation::Unseen(interval);
        }
        Observation::Flow(Flow { interval, energy: was.midpoint(is) * length })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counter(seconds: i64, millijoules: u64) -> Reading {
        Reading::Counter { at: Timestamp::from_unix_seconds(seconds), millijoules }
    }

    fn power(micros: i64, watts: f64) -> Reading {
        let power = Power::from_watts(watts).unwrap();
        Reading::Power { at: Timestamp::from_unix_micros(micros), power }
    }

    fn joules(observation: Observation) -> Option<f64> {
        match observation {
            Observation::Flow(flow) | Observation::Reset(Some(flow)) => {
                Some(flow.energy.as_joules())
            }
            _ => None,
        }
    }

    #[test]
    fn a_counter_that_falls_is_a_reset_and_its_value_is_counted() {
        let mut meter = Meter::new(Limits::default());
        meter.observe(counter(0, 9_000_000_000));
        let reset = meter.observe(counter(10, 2_000_000));
        assert!(matches!(reset, Observation::Reset(Some(_))));
        assert_eq!(joules(reset), Some(2000.0));
        assert_eq!(joules(meter.observe(counter(11, 2_100_000))), Some(100.0));
    }

    #[test]
    fn a_counter_that_falls_to_an_implausible_value_adds_no_energy() {
        let mut meter = Meter::new(Limits::default());
        meter.observe(counter(0, 9_000_000_000));
        assert_eq!(meter.observe(counter(1, 8_999_999_999)), Observation::Reset(None));
        assert_eq!(
            joules(meter.observe(counter(2, 9_000_299_999))),
            Some(300.0),
            "and counting continues"
        );
    }

    #[test]
    fn a_counter_that_leaps_is_implausible() {
        let mut meter = Meter::new(Limits::default());
        meter.observe(counter(0, 0));
        assert!(matches!(meter.observe(counter(1, u64::MAX)), Observation::Implausible(_)));
        assert_eq!(
            meter.observe(counter(2, 5)),
            Observation::Reset(Some(Flow {
                interval: Interval::new(
                    Timestamp::from_unix_seconds(1),
                    Timestamp::from_unix_seconds(2)
                ),
                energy: Energy::from_millijoules(5),
            }))
        );
    }

    #[test]
    fn a_counter_includes_energy_between_distant_readings() {
        let mut meter = Meter::new(Limits::default());
        meter.observe(counter(0, 0));
        assert_eq!(joules(meter.observe(counter(86_400, 25_920_000_000))), Some(25_920_000.0));
    }

    fn after(prior: PriorState, reading: Reading) -> Observation {
        Meter::resume(Limits::default(), prior).observe(reading)
    }

    #[test]
    fn a_meter_resumes_from_its_prior_state() {
        let at = Timestamp::from_unix_seconds;
        let prior = PriorState::Counter { at: at(100), millijoules: 5_000_000 };
        let away = Interval::new(at(100), at(1100));
        let flow = |joules| Flow { interval: away, energy: Energy::from_joules(joules).unwrap() };
        let current = |millijoules| after(prior, counter(1100, millijoules));
        assert_eq!(current(5_700_000), Observation::Flow(flow(700.0)));
        assert_eq!(current(4_000_000), Observation::Reset(Some(flow(4000.0))));
        assert!(matches!(current(u64::MAX), Observation::Implausible(_)));

        let restarted = PriorState::Restarted { at: at(100) };
        let shows = |millijoules| after(restarted, counter(1100, millijoules));
        assert_eq!(
            shows(9_000_000),
            Observation::Reset(Some(flow(9000.0))),
            "more than before, too"
        );
        assert_eq!(shows(u64::MAX), Observation::Reset(None));

        for prior in [prior, restarted, PriorState::Power { at: at(100) }] {
            assert_eq!(after(prior, power(1_100_000_000, 9.0)), Observation::Unseen(away));
        }
        assert_eq!(
            after(PriorState::Power { at: at(100) }, counter(1100, 7)),
            Observation::Unseen(away)
        );

        let mut meter = Meter::resume(Limits::default(), prior);
        meter.observe(counter(1100, 5_700_000));
        assert_eq!(joules(meter.observe(counter(1101, 5_800_000))), Some(100.0), "once");
    }

    #[test]
    fn a_clock_jump_moves_the_stored_times() {
        let at = Timestamp::from_unix_seconds;
        let mut meter = Meter::new(Limits::default());
        meter.observe(counter(7200, 0));
        meter.set_clock(at(7201), at(3601));
        let Observation::Flow(flow) = meter.observe(counter(3601, 300_000)) else { panic!() };
        assert_eq!(flow.interval, Interval::new(at(3600), at(3601)));

        let mut meter = Meter::resume(Limits::default(), PriorState::Power { at: at(7200) });
        meter.set_clock(at(0), at(3600));
        let unseen = meter.observe(power(10_801_000_000, 9.0));
        assert_eq!(unseen, Observation::Unseen(Interval::new(at(10_800), at(10_801))));
    }

    #[test]
    fn energy_is_counted_when_the_clock_runs_backwards() {
        let mut meter = Meter::new(Limits::default());
        meter.observe(counter(7200, 0));
        let Observation::Flow(flow) = meter.observe(counter(3601, 300_000)) else { panic!() };
        assert_eq!(flow.interval, Interval::instant(Timestamp::from_unix_seconds(3601)));
        assert_eq!(flow.energy.as_joules(), 300.0);
    }

    #[test]
    fn samples_of_power_are_joined_by_straight_lines() {
        let mut meter = Meter::new(Limits::default());
        meter.observe(power(0, 100.0));
        assert_eq!(joules(meter.observe(power(100_000, 300.0))), Some(20.0));
        let late = meter.observe(power(20_000_000, 300.0));
        assert!(matches!(late, Observation::Unseen(_)), "the energy of 19.9 s is unknown");
        assert!(matches!(meter.observe(power(19_000_000, 300.0)), Observation::Unseen(_)));
        assert_eq!(joules(meter.observe(power(19_100_000, 300.0))), Some(30.0));
    }

    #[test]
    fn another_kind_of_reading_is_a_baseline() {
        let mut meter = Meter::new(Limits::default());
        meter.observe(counter(0, 0));
        assert_eq!(meter.observe(power(1_000_000, 300.0)), Observation::Baseline);
        assert_eq!(meter.observe(counter(2, 900_000)), Observation::Baseline);
    }
}
