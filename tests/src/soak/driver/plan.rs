//! The schedule of events: the same for the same seed.

use std::time::Duration;

use fastrand::Rng;

use super::fleet::DriverFault;

/// An event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Event {
    /// A fault of the driver begins, or ends.
    Driver(Option<DriverFault>),
    /// A GPU is lost, and answers only to a new session.
    Loss,
    /// The counter calls of a GPU fail in this way, or work again.
    Counter(Option<&'static str>),
    /// The calls of a GPU hang, or return at once again.
    Hang(bool),
    /// The counter of a GPU stops for ever.
    Stop,
    /// The log is not read any more, or again.
    Log {
        /// True if it is read.
        is_read: bool,
    },
    /// The operator lets the configuration be read again.
    Reload {
        /// True by SIGHUP, false by a request.
        by_signal: bool,
        /// True if the configuration can be applied.
        is_valid: bool,
    },
    /// The operator lets all GPUs be released, for a time or until [`Event::Resume`].
    Release(Option<Duration>),
    /// The operator ends a release.
    Resume,
}

/// The errors of a counter: those that were seen, and others that NVML may return there.
const COUNTER_ERRORS: [&str; 7] = [
    "unknown",
    "no_permission",
    "invalid_argument",
    "timeout",
    "not_supported",
    "in_use",
    "not_ready",
];

/// Faults of the driver that keep a lost GPU from coming back, or the session before from ending.
const SESSION_FAULTS: [DriverFault; 4] = [
    DriverFault::ShutdownHangs,
    DriverFault::VersionMismatch,
    DriverFault::Revoked,
    DriverFault::InitHangs,
];

/// Other faults of the driver.
const OTHER_FAULTS: [DriverFault; 3] =
    [DriverFault::CountFails, DriverFault::CountHangs, DriverFault::Unloaded];

/// The seconds until the exporter has compared every counter with the power: two windows of a minute. No GPU is out of
/// reach for all of them before.
const COMPARED_AFTER: f64 = 130.0;

/// The seconds before the end at which the last release begins, and its length.
const LAST_RELEASE: (f64, Duration) = (8.0, Duration::from_secs(4));

/// All events within a time, in order, each with its time since the start.
pub(super) fn plan(seed: u64, span: Duration) -> Vec<(Duration, Event)> {
    let mut plan =
        Plan { chance: Rng::with_seed(seed), events: Vec::new(), end: span.as_secs_f64() };
    plan.repeat(2.0, (5.0, 20.0), (5.0, 30.0), |chance| {
        (Event::Counter(chance.choice(COUNTER_ERRORS)), Event::Counter(None))
    });
    plan.repeat(4.0, (15.0, 45.0), (2.0, 15.0), |_| (Event::Hang(true), Event::Hang(false)));
    plan.repeat(15.0, (200.0, 400.0), (10.0, 20.0), |_| {
        (Event::Log { is_read: false }, Event::Log { is_read: true })
    });
    // An hour's lines are limited, and each of these has some.
    plan.repeat(8.0, (400.0, 800.0), (5.0, 30.0), |chance| {
        let mut reload = |is_valid| Event::Reload { by_signal: chance.bool(), is_valid };
        (reload(false), reload(true))
    });
    plan.episodes();
    if plan.end - LAST_RELEASE.0 >= COMPARED_AFTER {
        plan.add(plan.end - LAST_RELEASE.0, Event::Release(Some(LAST_RELEASE.1)));
    }
    // Long before the first release.
    plan.add(12.0, Event::Stop);
    plan.events.sort_by(|(one, _), (other, _)| one.total_cmp(other));
    let seconds = |(at, event)| (Duration::from_secs_f64(at), event);
    plan.events.into_iter().map(seconds).collect()
}

struct Plan {
    chance: Rng,
    events: Vec<(f64, Event)>,
    end: f64,
}

impl Plan {
    fn add(&mut self, at: f64, event: Event) {
        if at < self.end {
            self.events.push((at, event));
        }
    }

    fn between(&mut self, (least, most): (f64, f64)) -> f64 {
        least + self.chance.f64() * (most - least)
    }

    /// Adds pairs of events: a fault that lasts for some seconds, and its end, with pauses of some seconds.
    fn repeat(
        &mut self,
        first: f64,
        pause: (f64, f64),
        length: (f64, f64),
        pair: impl Fn(&mut Rng) -> (Event, Event),
    ) {
        let mut at = first;
        while at < self.end {
            let (begin, end) = pair(&mut self.chance);
            self.add(at, begin);
            at += self.between(length);
            self.add(at, end);
            at += self.between(pause);
        }
    }

    /// Adds what happens to the driver as a whole: one thing after another.
    fn episodes(&mut self) {
        let mut at = 6.0;
        for round in 0.. {
            if at >= self.end {
                return;
            }
            let session_fault = SESSION_FAULTS[round % SESSION_FAULTS.len()];
            self.add(at, Event::Driver(Some(session_fault)));
            self.add(at + 0.2, Event::Loss);
            at += self.between((30.0, 60.0));
            self.add(at, Event::Driver(None));
            at += self.between((20.0, 40.0));
            if at < COMPARED_AFTER {
                continue;
            }
            let other = OTHER_FAULTS[round % OTHER_FAULTS.len()];
            self.add(at, Event::Driver(Some(other)));
            at += self.between((5.0, 30.0));
            self.add(at, Event::Driver(None));
            at += self.between((20.0, 40.0));
            // The log has lines for each release, and an hour's lines are limited.
            if round % 2 == 0 {
                continue;
            }
            if self.chance.bool() {
                let length = Duration::from_secs(self.chance.u64(2..20));
                self.add(at, Event::Release(Some(length)));
                at += length.as_secs_f64();
            } else {
                self.add(at, Event::Release(None));
                at += self.between((2.0, 20.0));
                self.add(at, Event::Resume);
            }
            at += self.between((20.0, 60.0));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);

    #[test]
    fn a_seed_determines_every_event() {
        assert_eq!(plan(7, HOUR), plan(7, HOUR));
        assert_ne!(plan(7, HOUR), plan(8, HOUR));
    }

    #[test]
    fn an_hour_has_every_kind_of_event_in_order() {
        for seed in 0..20 {
            let plan = plan(seed, HOUR);
            assert!(plan.is_sorted_by_key(|(at, _)| *at));
            let count = |of: fn(&Event) -> bool| plan.iter().filter(|(_, event)| of(event)).count();
            for fault in SESSION_FAULTS.into_iter().chain(OTHER_FAULTS) {
                let fault = Event::Driver(Some(fault));
                assert!(plan.iter().filter(|(_, event)| *event == fault).count() >= 2, "{fault:?}");
            }
            assert!(count(|event| matches!(event, Event::Loss)) >= 8);
            assert_eq!(count(|event| matches!(event, Event::Stop)), 1);
            assert!(count(|event| matches!(event, Event::Release(_))) >= 6);
            for is_valid in [false, true] {
                let reloads = plan.iter().filter(
                    |(_, event)| matches!(event, Event::Reload { is_valid: valid, .. } if *valid == is_valid),
                );
                assert!(reloads.count() >= 4);
            }
            assert!(count(|event| matches!(event, Event::Log { is_read: false })) >= 6);
        }
    }
}
