//! When to read next.

use std::time::{Duration, Instant};

/// (sqrt(5) - 1) / 2: its multiples spread over [0, 1) as evenly as any number's.
const GOLDEN: f64 = 0.618_033_988_749_894_8;

/// Samples of power are this much closer than their period. A spacing that divides no whole second never
/// falls into step with a load that repeats each second, so that a minute of samples meets such a load at
/// every phase; the same spacing kept exactly beats one that varies at random by a factor of three to ten.
const OFF_BEAT: f64 = 0.927_050_983_124_842_3; // 1.5 x GOLDEN

/// How far a reading of a counter may stray from its period, either way. It keeps many hosts, and many
/// GPUs of one host, from reading all at once.
const STRAY: f64 = 0.1;

/// The moments at which one GPU is read. A reading that comes late moves none of the later ones; whole
/// periods that were missed are left out.
#[derive(Debug)]
pub(super) struct SamplingClock {
    spacing: Duration,
    stray: Duration,
    /// The next moment, but for its straying.
    beat: Instant,
    phase: f64,
}

impl SamplingClock {
    /// For a counter: every period, give or take a tenth.
    pub(super) fn of_counter(period: Duration, seed: u32, now: Instant) -> SamplingClock {
        SamplingClock::new(period, period.mul_f64(STRAY), seed, now)
    }

    /// For samples of power: a little more often than every period, and evenly.
    pub(super) fn of_power(period: Duration, seed: u32, now: Instant) -> SamplingClock {
        SamplingClock::new(period.mul_f64(OFF_BEAT), Duration::ZERO, seed, now)
    }

    fn new(spacing: Duration, stray: Duration, seed: u32, now: Instant) -> SamplingClock {
        let phase = (f64::from(seed) * GOLDEN).fract();
        SamplingClock { spacing, stray, beat: now + spacing.mul_f64(phase), phase }
    }

    /// The next moment to read at.
    pub(super) fn next(&mut self, now: Instant) -> Instant {
        let beat = self.beat;
        self.beat += self.spacing;
        if self.beat <= now {
            let missed = now.duration_since(self.beat).as_nanos() / self.spacing.as_nanos().max(1);
            self.beat += self.spacing * u32::try_from(missed + 1).unwrap_or(u32::MAX);
        }
        self.phase = (self.phase + GOLDEN).fract();
        beat + self.stray.mul_f64(2.0 * self.phase) - self.stray
    }

    /// The next moment, moved to `better` where that comes first, or so soon after that one reading does
    /// for both. The later ones follow from there.
    pub(super) fn next_or(&mut self, better: Option<Instant>, now: Instant) -> Instant {
        let next = self.next(now);
        match better.filter(|better| *better < next + self.spacing / 4) {
            Some(better) => {
                self.beat = better + self.spacing;
                better
            }
            None => next,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock;

    fn offsets(mut pace: SamplingClock, begin: Instant, count: usize) -> Vec<f64> {
        let mut now = begin;
        std::iter::repeat_with(|| {
            now = pace.next(now).max(now);
            now.duration_since(begin).as_secs_f64()
        })
        .take(count)
        .collect()
    }

    #[test]
    fn a_counter_is_read_every_period_give_or_take_a_tenth() {
        let now = clock::instant();
        for seed in 0..16 {
            let times =
                offsets(SamplingClock::of_counter(Duration::from_secs(1), seed, now), now, 600);
            let mean = (times[599] - times[0]) / 599.0;
            assert!((mean - 1.0).abs() < 0.001, "{mean}");
            for pair in times.windows(2) {
                let gap = pair[1] - pair[0];
                assert!((0.79..=1.21).contains(&gap), "seed {seed}: {gap}");
            }
        }
    }

    #[test]
    fn a_reading_moves_to_a_better_moment_and_takes_the_later_ones_along() {
        let now = clock::instant();
        let second = Duration::from_secs(1);
        let mut pace = SamplingClock::of_counter(second, 0, now);
        let better = now + second.mul_f64(0.3);
        assert_eq!(
            pace.next_or(Some(now + 100 * second), now),
            now - second / 10 + pace.stray.mul_f64(2.0 * pace.phase)
        );
        assert_eq!(pace.next_or(Some(better), now), better, "earlier than the beat");
        let following = pace.next_or(None, better);
        assert!((0.89..=1.11).contains(&following.duration_since(better).as_secs_f64()));
    }

    #[test]
    fn what_was_missed_is_left_out() {
        let now = clock::instant();
        let mut pace = SamplingClock::of_power(Duration::from_millis(100), 3, now);
        let late = now + Duration::from_secs(3600);
        assert!(pace.next(late) <= late, "overdue: at once");
        let next = pace.next(late);
        assert!(next > late && next <= late + Duration::from_millis(100), "and then on the beat");
    }

    /// The straight-line integral of a 1 Hz square wave of 25% duty over a minute, at any phase.
    #[test]
    fn a_square_wave_of_one_hertz_comes_out_right() {
        let now = clock::instant();
        let high = |at: f64| if at.fract() < 0.25 { 1.0 } else { 0.0 };
        let truth_until = |at: f64| at.floor() * 0.25 + at.fract().min(0.25);
        let mut worst: f64 = 0.0;
        for seed in 0..200 {
            let pace = SamplingClock::of_power(Duration::from_millis(100), seed, now);
            let times = offsets(pace, now, 648);
            let energy: f64 =
                times.windows(2).map(|t| (high(t[0]) + high(t[1])) / 2.0 * (t[1] - t[0])).sum();
            let truth = truth_until(times[647]) - truth_until(times[0]);
            worst = worst.max((energy / truth - 1.0).abs());
        }
        assert!(worst < 0.01, "{worst}");
    }
}
