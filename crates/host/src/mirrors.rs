//! Counters that show the energy of another counter once more.
//!
//! The kernel has a package for each die of some processors of AMD, and all dies of a socket show the socket's counter.
//! Two counters are suspects while their values are the same but for the time between two readings; those of two dies of
//! one package are suspects in any case. A suspect's energy is withheld until ten readings, in which both have moved,
//! agree or not. Of those readings, one at least takes next to no time, and finds one value in two files that show one counter;
//! the counters of two sockets that draw the same differ in each.

use gpu_carbon_core::sum::Sum;

use crate::meter::{Gauge, Meter};

/// The readings after which two counters that agree are one.
const LEAST_READINGS: u32 = 10;

/// The readings after which two counters that neither agree nor disagree are two.
const MOST_READINGS: u32 = 60;

/// The relative difference of power up to which counters agree, and the seconds of it that the times of two readings cost.
const AGREEMENT: Tolerance = Tolerance { ratio: 0.001, seconds: 0.01 };

/// The relative difference of power from which counters disagree.
const DISAGREEMENT: Tolerance = Tolerance { ratio: 0.01, seconds: 0.1 };

/// The most microjoules by which a counter differs from itself, read a fifth of a second later at 2 kW.
const SAME_VALUE: u64 = 400_000_000;

/// The distance of the values of one counter in the quickest of some readings: the seconds of its power, and microjoules beside.
const QUICKEST: f64 = 0.02;
const LEAST_DISTANCE: f64 = 100_000.0;

#[derive(Debug, Clone, Copy)]
struct Tolerance {
    ratio: f64,
    seconds: f64,
}

/// A value of a counter in a round of readings.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RoundValue {
    /// The value, in microjoules.
    pub(crate) counter: u64,
    /// The energy since the round before in joules, and its time in seconds; `None` if it is unknown.
    pub(crate) rise: Option<Rise>,
}

/// The energy that a counter has counted between two readings.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rise {
    pub(crate) joules: f64,
    pub(crate) seconds: f64,
}

/// The decision on a meter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// The meter measures a part of its own.
    Own,
    /// The meter may be a mirror.
    Open,
    /// The meter shows the counter of the meter of this index.
    MirrorOf(usize),
}

/// All pairs of counters that could be one.
#[derive(Debug, Default)]
pub(crate) struct Mirrors {
    pairs: Vec<Pair>,
}

#[derive(Debug)]
struct Pair {
    first: usize,
    second: usize,
    modulus: u64,
    /// True for two dies of one package.
    is_of_package: bool,
    window: [Window; 2],
    readings: u32,
    /// The least distance of the values in these readings, in microjoules.
    least_distance: u64,
    /// The rounds in a row in which one of both did not answer.
    rounds_apart: u32,
    verdict: Verdict,
}

/// The energy and the time since a pair was first compared.
#[derive(Debug, Clone, Copy, Default)]
struct Window {
    joules: Sum,
    seconds: f64,
}

impl Window {
    fn watts(&self) -> f64 {
        self.joules.value() / self.seconds
    }
}

/// The package of a zone that is one die of it: of `package-0-die-1`, `package-0`.
fn package_of_die(zone: &str) -> Option<&str> {
    zone.split_once("-die-").map(|(package, _)| package)
}

impl Mirrors {
    /// The pairs among some meters.
    pub(crate) fn among(meters: &[Meter]) -> Mirrors {
        let mut pairs = Vec::new();
        for (second, later) in meters.iter().enumerate() {
            let Gauge::Counter { meter: later_counter, .. } = &later.gauge else { continue };
            for (first, earlier) in meters.iter().enumerate().take(second) {
                let Gauge::Counter { meter: counter, .. } = &earlier.gauge else { continue };
                let (modulus, packages) =
                    (counter.modulus(), [earlier, later].map(|it| package_of_die(&it.zone)));
                if earlier.component != later.component || later_counter.modulus() != modulus {
                    continue;
                }
                let is_of_package = packages[0].is_some() && packages[0] == packages[1];
                let (window, verdict) = (Default::default(), Verdict::Open);
                pairs.push(Pair {
                    first,
                    second,
                    modulus,
                    is_of_package,
                    window,
                    readings: 0,
                    least_distance: u64::MAX,
                    rounds_apart: 0,
                    verdict,
                });
            }
        }
        Mirrors { pairs }
    }

    /// Compares the values of a round, which has one for each meter that answered.
    pub(crate) fn compare(&mut self, round: &[Option<RoundValue>]) {
        for pair in self.pairs.iter_mut().filter(|pair| pair.verdict == Verdict::Open) {
            let value = |meter: usize| round.get(meter).copied().flatten();
            match (value(pair.first), value(pair.second)) {
                (Some(first), Some(second)) => {
                    pair.rounds_apart = 0;
                    pair.compare(first, second);
                }
                _ => {
                    pair.rounds_apart = pair.rounds_apart.saturating_add(1);
                    pair.begin_again();
                }
            }
        }
    }

    /// The decision on a meter.
    pub(crate) fn verdict(&self, meter: usize) -> Verdict {
        let mut verdict = Verdict::Own;
        for pair in self.pairs.iter().filter(|pair| pair.second == meter) {
            match pair.verdict {
                Verdict::MirrorOf(first) => return Verdict::MirrorOf(first),
                // A mirror is not compared any more; the counter that it shows is.
                Verdict::Open if !pair.is_apart() && !self.is_mirror(pair.first) => {
                    verdict = Verdict::Open;
                }
                Verdict::Open | Verdict::Own => {}
            }
        }
        verdict
    }

    fn is_mirror(&self, meter: usize) -> bool {
        let of_meter = |pair: &Pair| pair.second == meter;
        self.pairs.iter().any(|pair| of_meter(pair) && matches!(pair.verdict, Verdict::MirrorOf(_)))
    }
}

impl Pair {
    /// True while one of both does not answer, so that the energy of the other is in no sum twice.
    const fn is_apart(&self) -> bool {
        self.rounds_apart >= MOST_READINGS
    }

    fn begin_again(&mut self) {
        (self.window, self.readings, self.least_distance) = (Default::default(), 0, u64::MAX);
    }

    fn compare(&mut self, first: RoundValue, second: RoundValue) {
        let distance = first.counter.abs_diff(second.counter);
        let distance = distance.min(self.modulus.saturating_sub(distance));
        if !self.is_of_package && distance > SAME_VALUE {
            self.verdict = Verdict::Own;
            return;
        }
        let (Some(rise), Some(other)) = (first.rise, second.rise) else {
            return self.begin_again();
        };
        if rise.joules == 0.0 && other.joules == 0.0 {
            return;
        }
        for (window, Rise { joules, seconds }) in self.window.iter_mut().zip([rise, other]) {
            window.joules.add(joules);
            window.seconds += seconds;
        }
        self.readings += 1;
        self.least_distance = self.least_distance.min(distance);
        let [one, two] = &self.window;
        let difference = (one.watts() - two.watts()).abs() / one.watts().max(two.watts());
        let time = one.seconds.min(two.seconds);
        let is_within = |Tolerance { ratio, seconds }| difference <= ratio + seconds / time;
        let differs = self.readings >= LEAST_READINGS && !self.is_of_package && {
            #[expect(clippy::cast_precision_loss, reason = "a suspect differs by 400 J at most")]
            let distance = self.least_distance as f64;
            distance > one.watts().max(two.watts()) * QUICKEST * 1e6 + LEAST_DISTANCE
        };
        if !is_within(DISAGREEMENT) || differs {
            self.verdict = Verdict::Own;
        } else if self.readings >= LEAST_READINGS && is_within(AGREEMENT) {
            self.verdict = Verdict::MirrorOf(self.first);
        } else if self.readings >= MOST_READINGS {
            self.verdict = Verdict::Own;
        }
    }
}
