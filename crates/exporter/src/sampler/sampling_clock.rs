//! The times at which a GPU is read.

use std::time::{Duration, Instant};

/// The golden ratio's fractional part, (sqrt(5) - 1) / 2. Its multiples modulo 1 spread evenly over [0, 1).
const GOLDEN: f64 = 0.618_033_988_749_894_8;

/// The spacing of power samples as a part of their period, 1.5 x GOLDEN. It divides no whole second, so a load that
/// repeats each second is sampled at every phase within a minute. Its error is a third to a tenth of that of a
/// spacing that varies at random.
const POWER_SPACING: f64 = 0.927_050_983_124_842_3;

/// The largest deviation of a counter reading from its regular time, as a part of the period. It keeps many hosts from
/// reading at the same time.
const JITTER: f64 = 0.1;

/// The clock that determines when a GPU is read.
///
/// All clocks of one origin agree on the times, so that the GPUs of a host are read together: the process wakes once for all of
/// them. A late reading delays none of the following ones; periods that were missed entirely are skipped.
#[derive(Debug)]
pub(super) struct SamplingClock {
    origin: Instant,
    spacing: Duration,
    jitter: Duration,
    /// The next time without jitter.
    next: Instant,
}

impl SamplingClock {
    /// Creates the clock for an energy counter: one reading each period, with a jitter of a tenth of it.
    pub(super) fn for_counter(period: Duration, origin: Instant, now: Instant) -> SamplingClock {
        SamplingClock::new(period, period.mul_f64(JITTER), origin, now)
    }

    /// Creates the clock for power samples: slightly more often than once a period, without jitter.
    pub(super) fn for_power(period: Duration, origin: Instant, now: Instant) -> SamplingClock {
        SamplingClock::new(period.mul_f64(POWER_SPACING), Duration::ZERO, origin, now)
    }

    fn new(spacing: Duration, jitter: Duration, origin: Instant, now: Instant) -> SamplingClock {
        let mut clock = SamplingClock { origin, spacing, jitter, next: origin };
        clock.skip_missed(now);
        clock
    }

    /// The time of the next reading.
    pub(super) fn next(&mut self, now: Instant) -> Instant {
        let regular = self.next;
        self.next += self.spacing;
        self.skip_missed(now);
        regular + self.jitter.mul_f64(2.0 * self.phase(regular)) - self.jitter
    }

    /// The time of the next reading, or the preferred time if that is earlier, or so soon after it that one reading
    /// serves both. The following readings are spaced from the returned time.
    pub(super) fn next_or_preferred(
        &mut self,
        preferred: Option<Instant>,
        now: Instant,
    ) -> Instant {
        let next = self.next(now);
        match preferred.filter(|preferred| *preferred < next + self.spacing / 4) {
            Some(preferred) => {
                self.next = preferred + self.spacing;
                preferred
            }
            None => next,
        }
    }

    /// Moves the next time by whole periods to one after `now`.
    fn skip_missed(&mut self, now: Instant) {
        if self.next <= now {
            let missed = now.duration_since(self.next).as_nanos() / self.spacing.as_nanos().max(1);
            self.next += self.spacing * u32::try_from(missed + 1).unwrap_or(u32::MAX);
        }
    }

    /// The phase of the jitter at a regular time, from 0 to 1: it depends on the number of the period since the origin.
    fn phase(&self, regular: Instant) -> f64 {
        let since = regular.saturating_duration_since(self.origin);
        let number = (since.as_secs_f64() / self.spacing.as_secs_f64()).round();
        (number * GOLDEN).fract()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock;

    fn offsets(mut sampling_clock: SamplingClock, begin: Instant, count: usize) -> Vec<f64> {
        let mut now = begin;
        std::iter::repeat_with(|| {
            now = sampling_clock.next(now).max(now);
            now.duration_since(begin).as_secs_f64()
        })
        .take(count)
        .collect()
    }

    #[test]
    fn a_counter_is_read_every_period_with_a_jitter_of_a_tenth() {
        let now = clock::instant();
        for seed in 0..16 {
            let origin = now - Duration::from_millis(seed * 137_119);
            let clock = SamplingClock::for_counter(Duration::from_secs(1), origin, now);
            let times = offsets(clock, now, 600);
            let mean = (times[599] - times[0]) / 599.0;
            assert!((mean - 1.0).abs() < 0.001, "{mean}");
            for pair in times.windows(2) {
                let gap = pair[1] - pair[0];
                assert!((0.79..=1.21).contains(&gap), "seed {seed}: {gap}");
            }
        }
    }

    #[test]
    fn a_reading_moves_to_the_preferred_time_with_the_following_ones() {
        let now = clock::instant();
        let second = Duration::from_secs(1);
        let mut sampling_clock = SamplingClock::for_counter(second, now, now);
        let preferred = now + second.mul_f64(0.3);
        assert_eq!(
            sampling_clock.next_or_preferred(Some(now + 100 * second), now),
            now + second - second / 10
                + sampling_clock.jitter.mul_f64(2.0 * sampling_clock.phase(now + second))
        );
        assert_eq!(
            sampling_clock.next_or_preferred(Some(preferred), now),
            preferred,
            "earlier than the regular time"
        );
        let following = sampling_clock.next_or_preferred(None, preferred);
        assert!((0.89..=1.11).contains(&following.duration_since(preferred).as_secs_f64()));
    }

    /// The clocks of threads that began at different times, of which one missed some periods, agree on each following time.
    #[test]
    fn gpus_of_one_host_are_read_together() {
        let origin = clock::instant();
        let millis = Duration::from_millis;
        for create in [SamplingClock::for_counter, SamplingClock::for_power] {
            let mut first = create(millis(1000), origin, origin + millis(2));
            let mut second = create(millis(1000), origin, origin + millis(90));
            let (mut now, mut together) = (origin + millis(100), 0);
            for turn in 0..100_u64 {
                let preferred = (turn % 15 == 7).then(|| now + millis(400));
                let due = first.next_or_preferred(preferred, now);
                // What was missed is overdue first.
                let mut other = now;
                while other <= now && !(40..43).contains(&turn) {
                    other = second.next_or_preferred(preferred, now + millis(turn % 3));
                }
                assert!(other == due || other == now, "turn {turn}");
                together += u64::from(other == due);
                now = now.max(due);
            }
            assert_eq!(together, 97);
        }
    }

    #[test]
    fn missed_periods_are_skipped() {
        let now = clock::instant();
        let mut sampling_clock = SamplingClock::for_power(Duration::from_millis(100), now, now);
        let late = now + Duration::from_secs(3600);
        assert!(sampling_clock.next(late) <= late, "overdue: at once");
        let next = sampling_clock.next(late);
        assert!(next > late && next <= late + Duration::from_millis(100), "and then regularly");
    }

    /// The straight-line integral of a 1 Hz square wave of 25% duty over a minute, at any phase.
    #[test]
    fn a_square_wave_of_one_hertz_is_integrated_within_one_percent() {
        let now = clock::instant();
        let high = |at: f64| if at.fract() < 0.25 { 1.0 } else { 0.0 };
        let truth_until = |at: f64| at.floor() * 0.25 + at.fract().min(0.25);
        let mut worst: f64 = 0.0;
        for seed in 0..200 {
            let origin = now - Duration::from_micros(seed * 461);
            let sampling_clock = SamplingClock::for_power(Duration::from_millis(100), origin, now);
            let times = offsets(sampling_clock, now, 648);
            let energy: f64 =
                times.windows(2).map(|t| (high(t[0]) + high(t[1])) / 2.0 * (t[1] - t[0])).sum();
            let truth = truth_until(times[647]) - truth_until(times[0]);
            worst = worst.max((energy / truth - 1.0).abs());
        }
        assert!(worst < 0.01, "{worst}");
    }
}
