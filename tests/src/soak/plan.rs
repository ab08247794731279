//! What happens when: the same for the same seed.

use std::time::Duration;

use fastrand::Rng;

use super::feed;
use super::fleet::{FLEET, Trouble};
use crate::services::Fault;

/// How long a soak lasts, and by which chance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// Makes the chance.
    pub seed: u64,
    /// How long one exporter lives through everything else before the first is killed.
    pub calm: Duration,
    /// How many are killed after that.
    pub restarts: u32,
    /// How long each of those lives, on average.
    pub life: Duration,
}

/// What happens.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// Something befalls the GPU at a place, or ends.
    Gpu(usize, Option<Trouble>),
    /// The driver of the GPU at a place is loaded anew.
    Reset(usize),
    /// The service fails, or works again.
    Service(Option<Fault>),
    /// The exporter is killed, and the next one started after a while.
    Kill(Duration),
}

/// Between the resets of one GPU: long enough for its counter to show more than after the next one.
const RESETS: (f64, f64) = (10.0, 16.0);

impl Options {
    /// For how long something happens.
    #[must_use]
    pub fn span(&self) -> Duration {
        self.calm + self.life * self.restarts
    }

    /// All that happens, in order, each so long after the beginning.
    #[must_use]
    pub fn plan(&self) -> Vec<(Duration, Event)> {
        let mut chance = Rng::with_seed(self.seed);
        let (mut events, span) = (Vec::new(), self.span().as_secs_f64());
        for (place, member) in FLEET.iter().enumerate() {
            let mut at = between(&mut chance, (2.0, 5.0));
            while at < span && !member.troubles.is_empty() {
                let trouble = chance.choice(member.troubles).copied();
                events.push((at, Event::Gpu(place, trouble)));
                at += between(&mut chance, (1.0, 5.0));
                events.push((at, Event::Gpu(place, None)));
                at += between(&mut chance, (2.0, 6.0));
            }
            let mut at = between(&mut chance, RESETS);
            while at < span && member.resets {
                events.push((at, Event::Reset(place)));
                at += between(&mut chance, RESETS);
            }
        }
        // The longest answer first: the allocator keeps its memory, and that is no growth.
        events.push((0.5, Event::Service(Some(feed::TOO_LONG))));
        events.push((4.0, Event::Service(None)));
        let mut at = between(&mut chance, (5.0, 8.0));
        while at < span {
            events.push((at, Event::Service(Some(feed::fault(&mut chance)))));
            at += between(&mut chance, (0.5, 4.0));
            events.push((at, Event::Service(None)));
            at += between(&mut chance, (1.0, 5.0));
        }
        let (mut at, life) = (self.calm.as_secs_f64(), self.life.as_secs_f64());
        for _ in 0..self.restarts {
            // Every other one is started at once.
            let pause = if chance.bool() { between(&mut chance, (0.0, life / 2.0)) } else { 0.0 };
            events.push((at, Event::Kill(Duration::from_secs_f64(pause))));
            at += between(&mut chance, (0.1 * life, 1.9 * life));
        }
        events.sort_by(|(one, _), (other, _)| one.total_cmp(other));
        events.into_iter().map(|(at, event)| (Duration::from_secs_f64(at), event)).collect()
    }
}

fn between(chance: &mut Rng, (least, most): (f64, f64)) -> f64 {
    least + chance.f64() * (most - least)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(seed: u64) -> Options {
        let seconds = Duration::from_secs;
        Options { seed, calm: seconds(30), restarts: 10, life: seconds(3) }
    }

    #[test]
    fn a_seed_says_all_that_happens() {
        assert_eq!(options(7).plan(), options(7).plan());
        assert_ne!(options(7).plan(), options(8).plan());
    }

    #[test]
    fn everything_happens_in_order_and_ends() {
        for seed in 0..50 {
            let plan = options(seed).plan();
            assert!(plan.is_sorted_by_key(|(at, _)| *at));
            let count = |of: fn(&Event) -> bool| plan.iter().filter(|(_, event)| of(event)).count();
            assert_eq!(count(|event| matches!(event, Event::Kill(_))), 10);
            assert!(count(|event| matches!(event, Event::Reset(_))) >= 3);
            let begun = count(|event| matches!(event, Event::Gpu(_, Some(_))));
            assert!(begun >= 4 * 4, "{begun}");
            assert_eq!(begun, count(|event| matches!(event, Event::Gpu(_, None))));
            let failed = count(|event| matches!(event, Event::Service(Some(_))));
            assert_eq!(failed, count(|event| matches!(event, Event::Service(None))));
            let first = plan.iter().find(|(_, event)| matches!(event, Event::Kill(_))).unwrap();
            assert_eq!(first.0, Duration::from_secs(30), "nobody is killed while it is calm");
        }
    }
}
