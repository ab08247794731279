//! The schedule of events: the same for the same seed.

use std::time::Duration;

use fastrand::Rng;

use super::feed;
use super::fleet::{FLEET, GpuFault};
use crate::services::Fault;

/// The length of a soak, and its seed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// Seed of the random schedule.
    pub seed: u64,
    /// Time for which the first exporter runs, under every other fault, before it is killed.
    pub calm: Duration,
    /// Number of kills after that.
    pub restarts: u32,
    /// Average time between two kills.
    pub lifetime: Duration,
}

/// An event.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// A fault of the GPU at a place begins, or ends.
    Gpu(usize, Option<GpuFault>),
    /// The driver of the GPU at a place is reloaded.
    Reset(usize),
    /// The service fails, or works again.
    Service(Option<Fault>),
    /// The disk of the ledger is full, or has space again.
    Disk {
        /// True if it is full.
        is_full: bool,
    },
    /// The wall clock of the exporter is set to an offset from the machine's, in seconds.
    Clock(f64),
    /// The exporter is killed, and the next one started after a while.
    Kill {
        /// The time without an exporter.
        pause: Duration,
        /// True if the ledger is damaged meanwhile.
        damages_ledger: bool,
    },
}

/// Seconds between two resets of a GPU: long enough for its counter to exceed its value after the next one.
const RESETS: (f64, f64) = (10.0, 16.0);

/// Seconds between two times in which the disk is full, and those in which the exporter then writes again: it repeats a
/// failed commit after 30 s at most, and after less if the disk was full for seconds.
const FULL_DISKS: (f64, f64) = (3.0, 12.0);
const DISK_RECOVERY: f64 = 8.0;

/// Seconds between two times at which the wall clock is set, and the offsets in seconds to which it is set: back and forth
/// by parts of a second, by seconds and by hours.
const CLOCK_STEPS: (f64, f64) = (2.0, 7.0);
const CLOCK_OFFSETS: [f64; 10] =
    [0.9, -0.9, 20.0, -20.0, 300.0, -300.0, 3600.0, -3600.0, LATEST_OFFSET, -36_000.0];

/// The greatest of these offsets.
pub(super) const LATEST_OFFSET: f64 = 7200.0;

/// The part of the kills after which the ledger is damaged.
const DAMAGES: f64 = 0.25;

impl Options {
    /// Time until the last event.
    #[must_use]
    pub fn span(&self) -> Duration {
        self.calm + self.lifetime * self.restarts
    }

    /// All events in order, each with its time since the start.
    #[must_use]
    pub fn plan(&self) -> Vec<(Duration, Event)> {
        let mut chance = Rng::with_seed(self.seed);
        let (mut events, span) = (Vec::new(), self.span().as_secs_f64());
        for (place, member) in FLEET.iter().enumerate() {
            let mut at = between(&mut chance, (2.0, 5.0));
            while at < span && !member.faults.is_empty() {
                let fault = chance.choice(member.faults).copied();
                events.push((at, Event::Gpu(place, fault)));
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
        // The longest answer first: the allocator retains its memory, which is no growth.
        events.push((0.5, Event::Service(Some(feed::OVERLONG))));
        events.push((4.0, Event::Service(None)));
        let mut at = between(&mut chance, (5.0, 8.0));
        while at < span {
            events.push((at, Event::Service(Some(feed::fault(&mut chance)))));
            at += between(&mut chance, (0.5, 4.0));
            events.push((at, Event::Service(None)));
            at += between(&mut chance, (1.0, 5.0));
        }
        // No exporter is killed while totals are published that are not on the disk.
        let mut at = between(&mut chance, FULL_DISKS);
        while at + DISK_RECOVERY < self.calm.as_secs_f64() {
            events.push((at, Event::Disk { is_full: true }));
            at += between(&mut chance, (0.5, 5.0));
            events.push((
                at.min(self.calm.as_secs_f64() - DISK_RECOVERY),
                Event::Disk { is_full: false },
            ));
            at += DISK_RECOVERY + between(&mut chance, FULL_DISKS);
        }
        let mut at = between(&mut chance, CLOCK_STEPS);
        while at < span {
            events.push((at, Event::Clock(chance.choice(CLOCK_OFFSETS).unwrap_or_default())));
            at += between(&mut chance, CLOCK_STEPS);
            events.push((at, Event::Clock(0.0)));
            at += between(&mut chance, CLOCK_STEPS);
        }
        let (mut at, lifetime) = (self.calm.as_secs_f64(), self.lifetime.as_secs_f64());
        for _ in 0..self.restarts {
            // Every second one starts at once.
            let pause =
                if chance.bool() { between(&mut chance, (0.0, lifetime / 2.0)) } else { 0.0 };
            let damages_ledger = chance.f64() < DAMAGES;
            let pause = Duration::from_secs_f64(pause);
            events.push((at, Event::Kill { pause, damages_ledger }));
            at += between(&mut chance, (0.1 * lifetime, 1.9 * lifetime));
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
        Options { seed, calm: seconds(30), restarts: 10, lifetime: seconds(3) }
    }

    #[test]
    fn a_seed_determines_every_event() {
        assert_eq!(options(7).plan(), options(7).plan());
        assert_ne!(options(7).plan(), options(8).plan());
    }

    #[test]
    fn events_are_in_order_and_every_fault_ends() {
        for seed in 0..50 {
            let plan = options(seed).plan();
            assert!(plan.is_sorted_by_key(|(at, _)| *at));
            let count = |of: fn(&Event) -> bool| plan.iter().filter(|(_, event)| of(event)).count();
            assert_eq!(count(|event| matches!(event, Event::Kill { .. })), 10);
            assert!(count(|event| matches!(event, Event::Reset(_))) >= 1);
            let begun = count(|event| matches!(event, Event::Gpu(_, Some(_))));
            assert!(begun >= 4 * 4, "{begun}");
            assert_eq!(begun, count(|event| matches!(event, Event::Gpu(_, None))));
            let failed = count(|event| matches!(event, Event::Service(Some(_))));
            assert_eq!(failed, count(|event| matches!(event, Event::Service(None))));
            let full = count(|event| matches!(event, Event::Disk { is_full: true }));
            assert_eq!(full, count(|event| matches!(event, Event::Disk { is_full: false })));
            let first = plan.iter().find(|(_, event)| matches!(event, Event::Kill { .. })).unwrap();
            assert_eq!(first.0, Duration::from_secs(30), "no exporter is killed in the calm time");
        }
    }
}
