//! From what a GPU's meter says to energy over an interval.

use crate::flow::Flow;
use crate::time::{Interval, Span, Timestamp};
use crate::units::{Energy, Power};

/// One look at a GPU's meter.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Reading {
    /// A counter of all energy since the driver was loaded. It restarts at zero with the driver.
    Counter {
        /// When it was read.
        at: Timestamp,
        /// What it stood at, in mJ.
        millijoules: u64,
    },
    /// The power at one moment, where there is no counter.
    Power {
        /// When it was read.
        at: Timestamp,
        /// What was drawn.
        power: Power,
    },
}

/// What a reading tells beside the one before it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Observation {
    /// The first reading, or the first of its kind: nothing to compare with.
    Baseline,
    /// Energy flowed since the reading before.
    Flow(Flow),
    /// The counter fell: the driver was loaded again. What the counter shows flowed since then, so it
    /// is counted, where it can be true; what flowed between the last reading and the driver's end
    /// was not seen.
    Reset(Option<Flow>),
    /// The counter rose by more than a GPU can draw: a fault of the counter, not energy. Counting
    /// goes on from here.
    Implausible(Energy),
    /// Nobody knows what flowed in this time: too long passed since the last sample of power, or since
    /// the [past](Past) of a meter that its reading cannot be compared with. Counting goes on from here.
    Unseen(Interval),
}

/// What is known of a GPU from before its meter was read here: a meter that has a past
/// [goes on from it](Meter::with_past).
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Past {
    /// Its counter was read, and still counts from there, unless it fell.
    Counter {
        /// When it was read.
        at: Timestamp,
        /// What it stood at, in mJ.
        millijoules: u64,
    },
    /// Its counter began anew at zero: the driver was loaded then, or later.
    Restarted {
        /// No earlier than this moment.
        at: Timestamp,
    },
    /// It was read until then, and had no counter.
    Power {
        /// When it was read last.
        at: Timestamp,
    },
}

/// What a meter believes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// More than any GPU draws: a counter that rises faster is not believed.
    pub ceiling: Power,
    /// The longest time that two samples of power stand for.
    pub longest_sample: Span,
}

/// Turns the readings of one GPU into energy.
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
    past: Option<Past>,
    last: Option<Reading>,
}

/// A counter may lag behind its power by its own step (up to 0.1 s is documented): a rise is compared
/// with the ceiling over the time between two readings and this much more.
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
    /// When it was read.
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

impl Past {
    /// When it was read, or from when it may have counted anew.
    #[must_use]
    pub const fn at(self) -> Timestamp {
        match self {
            Past::Counter { at, .. } | Past::Restarted { at } | Past::Power { at } => at,
        }
    }

    const fn at_mut(&mut self) -> &mut Timestamp {
        match self {
            Past::Counter { at, .. } | Past::Restarted { at } | Past::Power { at } => at,
        }
    }
}

impl Meter {
    /// A meter that has read nothing yet.
    #[must_use]
    pub const fn new(limits: Limits) -> Meter {
        Meter { limits, past: None, last: None }
    }

    /// A meter of a GPU that was read before. Its first reading tells what flowed since.
    #[must_use]
    pub const fn with_past(limits: Limits, past: Past) -> Meter {
        Meter { limits, past: Some(past), last: None }
    }

    /// The clock was set: what it called `was`, it calls `is`. What the meter remembers is moved along, so
    /// that no energy is spread over time that did not pass.
    pub fn set_clock(&mut self, was: Timestamp, is: Timestamp) {
        if let Some(at) = self.past.as_mut().map(Past::at_mut) {
            *at = at.on_clock_set(was, is);
        }
        if let Some(at) = self.last.as_mut().map(Reading::at_mut) {
            *at = at.on_clock_set(was, is);
        }
    }

    /// Takes a reading, and says what flowed since the one before.
    pub fn observe(&mut self, reading: Reading) -> Observation {
        match (self.last.replace(reading), reading) {
            (None, _) => {
                self.past.take().map_or(Observation::Baseline, |past| self.first(past, reading))
            }
            (
                Some(Reading::Counter { at: before, millijoules: stood }),
                Reading::Counter { at, millijoules: stands },
            ) => self.counted(Interval::between(before, at), stood, stands),
            (Some(Reading::Power { at: before, power: was }), Reading::Power { at, power: is }) => {
                self.sampled(before, was, at, is)
            }
            _ => Observation::Baseline,
        }
    }

    fn first(&self, past: Past, reading: Reading) -> Observation {
        match (past, reading) {
            (
                Past::Counter { at: before, millijoules: stood },
                Reading::Counter { at, millijoules },
            ) => self.counted(Interval::between(before, at), stood, millijoules),
            (Past::Restarted { at: began }, Reading::Counter { at, millijoules }) => {
                let interval = Interval::between(began, at);
                Observation::Reset(self.since_reset(interval, millijoules))
            }
            (Past::Counter { at, .. } | Past::Restarted { at } | Past::Power { at }, _) => {
                Observation::Unseen(Interval::between(at, reading.at()))
            }
        }
    }

    fn counted(&self, interval: Interval, stood: u64, stands: u64) -> Observation {
        match stands.checked_sub(stood) {
            Some(rise) => {
                let energy = Energy::from_millijoules(rise);
                if energy <= self.most_in(interval) {
                    Observation::Flow(Flow { interval, energy })
                } else {
                    Observation::Implausible(energy)
                }
            }
            None => Observation::Reset(self.since_reset(interval, stands)),
        }
    }

    /// What a counter shows that began anew within an interval, where it can be true.
    fn since_reset(&self, interval: Interval, stands: u64) -> Option<Flow> {
        let energy = Energy::from_millijoules(stands);
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
    fn a_counter_that_falls_is_a_reset_and_what_it_shows_has_flowed() {
        let mut meter = Meter::new(Limits::default());
        meter.observe(counter(0, 9_000_000_000));
        let reset = meter.observe(counter(10, 2_000_000));
        assert!(matches!(reset, Observation::Reset(Some(_))));
        assert_eq!(joules(reset), Some(2000.0));
        assert_eq!(joules(meter.observe(counter(11, 2_100_000))), Some(100.0));
    }

    #[test]
    fn a_counter_that_falls_to_what_it_cannot_have_reached_invents_no_energy() {
        let mut meter = Meter::new(Limits::default());
        meter.observe(counter(0, 9_000_000_000));
        assert_eq!(meter.observe(counter(1, 8_999_999_999)), Observation::Reset(None));
        assert_eq!(joules(meter.observe(counter(2, 9_000_299_999))), Some(300.0), "and goes on");
    }

    #[test]
    fn a_counter_that_leaps_is_not_believed() {
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
    fn a_counter_finds_what_flowed_while_nobody_looked() {
        let mut meter = Meter::new(Limits::default());
        meter.observe(counter(0, 0));
        assert_eq!(joules(meter.observe(counter(86_400, 25_920_000_000))), Some(25_920_000.0));
    }

    fn after(past: Past, reading: Reading) -> Observation {
        Meter::with_past(Limits::default(), past).observe(reading)
    }

    #[test]
    fn a_meter_goes_on_from_its_past() {
        let at = Timestamp::from_unix_seconds;
        let past = Past::Counter { at: at(100), millijoules: 5_000_000 };
        let away = Interval::new(at(100), at(1100));
        let flow = |joules| Flow { interval: away, energy: Energy::from_joules(joules).unwrap() };
        let stands = |millijoules| after(past, counter(1100, millijoules));
        assert_eq!(stands(5_700_000), Observation::Flow(flow(700.0)));
        assert_eq!(stands(4_000_000), Observation::Reset(Some(flow(4000.0))));
        assert!(matches!(stands(u64::MAX), Observation::Implausible(_)));

        let anew = Past::Restarted { at: at(100) };
        let shows = |millijoules| after(anew, counter(1100, millijoules));
        assert_eq!(
            shows(9_000_000),
            Observation::Reset(Some(flow(9000.0))),
            "more than before, too"
        );
        assert_eq!(shows(u64::MAX), Observation::Reset(None));

        for past in [past, anew, Past::Power { at: at(100) }] {
            assert_eq!(after(past, power(1_100_000_000, 9.0)), Observation::Unseen(away));
        }
        assert_eq!(after(Past::Power { at: at(100) }, counter(1100, 7)), Observation::Unseen(away));

        let mut meter = Meter::with_past(Limits::default(), past);
        meter.observe(counter(1100, 5_700_000));
        assert_eq!(joules(meter.observe(counter(1101, 5_800_000))), Some(100.0), "once");
    }

    #[test]
    fn a_clock_that_is_set_moves_what_is_remembered() {
        let at = Timestamp::from_unix_seconds;
        let mut meter = Meter::new(Limits::default());
        meter.observe(counter(7200, 0));
        meter.set_clock(at(7201), at(3601));
        let Observation::Flow(flow) = meter.observe(counter(3601, 300_000)) else { panic!() };
        assert_eq!(flow.interval, Interval::new(at(3600), at(3601)));

        let mut meter = Meter::with_past(Limits::default(), Past::Power { at: at(7200) });
        meter.set_clock(at(0), at(3600));
        let unseen = meter.observe(power(10_801_000_000, 9.0));
        assert_eq!(unseen, Observation::Unseen(Interval::new(at(10_800), at(10_801))));
    }

    #[test]
    fn energy_is_kept_when_the_clock_runs_backwards() {
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
        assert!(matches!(late, Observation::Unseen(_)), "nobody knows what flowed in 19.9 s");
        assert!(matches!(meter.observe(power(19_000_000, 300.0)), Observation::Unseen(_)));
        assert_eq!(joules(meter.observe(power(19_100_000, 300.0))), Some(30.0));
    }

    #[test]
    fn another_kind_of_reading_begins_anew() {
        let mut meter = Meter::new(Limits::default());
        meter.observe(counter(0, 0));
        assert_eq!(meter.observe(power(1_000_000, 300.0)), Observation::Baseline);
        assert_eq!(meter.observe(counter(2, 900_000)), Observation::Baseline);
    }
}
