//! The times at which the meters of one GPU are read.

use std::time::Instant;

use super::driver_session::DriverSession;
use super::place::Place;
use super::sampling_clock::SamplingClock;
use crate::clock;

/// The times at which the energy counter of a GPU is read, just before a scrape where one is expected, and those of the samples
/// of its power in between, where they are needed.
pub(super) struct Schedule<'session> {
    session: &'session DriverSession,
    place: &'session Place,
    counter: Times,
    /// `None` while the power is read with the counter only.
    power: Option<Times>,
}

/// The readings of one meter.
struct Times {
    clock: SamplingClock,
    due: Instant,
}

impl<'session> Schedule<'session> {
    /// A schedule whose first readings are due now.
    pub(super) fn new(session: &'session DriverSession, place: &'session Place) -> Self {
        let now = clock::instant();
        let origin = session.started();
        let clock = SamplingClock::for_counter(place.settings.counter_period, origin, now);
        Schedule { session, place, counter: Times { clock, due: now }, power: None }
    }

    /// True from the time at which the counter is to be read.
    pub(super) fn is_counter_due(&self) -> bool {
        clock::instant() >= self.counter.due
    }

    /// The time of the next reading. The power of a GPU without a counter is sampled often, and that of others if
    /// `is_often`.
    pub(super) fn next(&mut self, has_counter: bool, is_often: bool) -> Instant {
        let now = clock::instant();
        let settings = &self.place.settings;
        if self.counter.due <= now {
            let scrape_schedule = &self.session.scrape_schedule;
            let preferred = scrape_schedule.before_next_scrape(now, settings.counter_period);
            self.counter.due = self.counter.clock.next_or_preferred(preferred, now);
        }
        if has_counter && !is_often {
            self.power = None;
            return self.counter.due;
        }
        let power = self.power.get_or_insert_with(|| Times {
            clock: SamplingClock::for_power(settings.power_period, self.session.started(), now),
            due: now,
        });
        if power.due <= now {
            power.due = power.clock.next(now);
        }
        if has_counter { power.due.min(self.counter.due) } else { power.due }
    }
}
