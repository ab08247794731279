//! What to ask a service, and when: politely. Pure: time and chance are arguments.

use std::collections::BTreeMap;

use gpu_carbon_core::{Interval, Span, Timestamp};
use gpu_carbon_feeds::ServiceResponse;
use gpu_carbon_fetch::{FetchError, Query, Service};

use super::timeline::Timeline;

/// So far back, history is fetched at the first start: from it, the same hour of the days before is told.
const FIRST: Span = Span::from_days(7);

/// But no more than so many steps: a week of five minutes.
const MOST_FIRST: u64 = 7 * 288;

/// What is older is forgotten: energy waits no longer for its price.
const BACK: Span = Span::from_days(33);

/// What lies further ahead is not kept.
const AHEAD: Span = Span::from_days(4);

/// The longest pause between two requests that fail, unless one step is longer.
const LONGEST_PAUSE: Span = Span::from_seconds(3600);

/// The most steps in it.
const MOST_STEPS: u64 = 8;

/// So often, the service is asked what its estimates have become ...
const SETTLED_EVERY: Span = Span::from_seconds(6 * 3600);

/// ... for so long: as far back as every service answers for nothing.
const SETTLED_WITHIN: Span = Span::from_days(1);

/// The longest pause between two requests for history that is not there.
const LONGEST_VAIN_PAUSE: Span = Span::from_seconds(6 * 3600);

/// How one service has to be asked.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Manners {
    pub(super) has_separate_forecast: bool,
    pub(super) lookback: Span,
    pub(super) longest_history: Span,
    pub(super) usual_step: Span,
    /// Between two polls; the service's step unless the operator says otherwise.
    pub(super) poll_period: Option<Span>,
}

impl Manners {
    pub(super) fn of(service: &Service, poll_period: Option<Span>) -> Manners {
        Manners {
            has_separate_forecast: service.has_separate_forecast(),
            lookback: service.lookback(),
            longest_history: service.longest_history(),
            usual_step: service.usual_step(),
            poll_period,
        }
    }
}

/// Keeps the timeline of one service.
#[derive(Debug)]
pub(super) struct Keeper {
    manners: Manners,
    timeline: Timeline,
    /// From here on, every step should have its value.
    since: Timestamp,
    present: Kind,
    forecast: Kind,
    history: Kind,
    /// Before this, nothing is asked at all.
    hold: Timestamp,
    /// When to ask next what became of estimates.
    settling: Timestamp,
    /// Steps that history was asked for, and did not have: how often, and when to ask again.
    vain: BTreeMap<Timestamp, (u32, Timestamp)>,
    /// The last look at the clock.
    looked: Timestamp,
}

/// One kind of question.
#[derive(Debug, Clone, Copy)]
struct Kind {
    due: Timestamp,
    failures: u32,
}

impl Keeper {
    /// With what was kept from before. Nothing that is there is asked for again.
    /// What is `needed` reaches back to a moment, or is only what tells of the days before. `jitter` is as in
    /// [`Keeper::take`].
    pub(super) fn new(
        manners: Manners,
        kept: Option<Timeline>,
        needed: Option<Timestamp>,
        now: Timestamp,
        jitter: f64,
    ) -> Keeper {
        let mut timeline = kept.unwrap_or_else(|| Timeline::new(manners.usual_step));
        timeline.keep(Interval::new(now - BACK, now + AHEAD));
        let first = now - FIRST.min(times(timeline.step(), MOST_FIRST));
        let oldest = timeline.values().next().map_or(first, |(at, _)| at);
        let mut keeper = Keeper {
            manners,
            since: needed.into_iter().fold(oldest.min(first), Timestamp::min).max(now - BACK),
            present: Kind { due: now, failures: 0 },
            forecast: Kind { due: now, failures: 0 },
            history: Kind { due: now, failures: 0 },
            hold: now,
            settling: next(SETTLED_EVERY, now),
            vain: BTreeMap::new(),
            looked: now,
            timeline,
        };
        let next_slot = keeper.next_slot(now) + keeper.spread(jitter);
        if keeper.timeline.live(now).is_some() {
            keeper.present.due = next_slot;
        }
        if keeper.said_this_slot(now) {
            keeper.forecast.due = next_slot;
        }
        keeper
    }

    pub(super) fn timeline(&self) -> &Timeline {
        &self.timeline
    }

    /// What to ask now, if anything.
    pub(super) fn due(&mut self, now: Timestamp) -> Option<Query> {
        self.set_back(self.looked.duration_since(now));
        self.looked = now;
        if self.hold > now {
            return None;
        }
        if self.present.due <= now {
            return Some(Query::Now);
        }
        if self.manners.has_separate_forecast && self.forecast.due <= now {
            return Some(Query::Forecast);
        }
        if self.history.due > now {
            return None;
        }
        self.gap(now).or_else(|| self.estimated(now)).map(Query::History)
    }

    /// When something may be due next, when nothing is due now.
    pub(super) fn next_due(&self, now: Timestamp) -> Timestamp {
        let forecast = self.manners.has_separate_forecast.then_some(self.forecast.due);
        let history = Some(self.history.due).filter(|&due| due > now);
        let due = [forecast, history].into_iter().flatten().fold(self.present.due, Timestamp::min);
        due.max(self.hold)
    }

    /// The clock was set back: what was due then is due by so much earlier, and not only when the clock shows
    /// that time again.
    fn set_back(&mut self, by: Span) {
        for kind in [&mut self.present, &mut self.forecast, &mut self.history] {
            kind.due = kind.due - by;
        }
        (self.hold, self.settling) = (self.hold - by, self.settling - by);
        for (_, again) in self.vain.values_mut() {
            *again = *again - by;
        }
    }

    /// Takes the answer to a question that was due. `jitter`, from 0 to 1, spreads those who ask at once.
    pub(super) fn take(
        &mut self,
        question: Query,
        answer: &Result<ServiceResponse, FetchError>,
        now: Timestamp,
        jitter: f64,
    ) {
        if matches!(question, Query::History(_)) && answer.is_ok() && self.gap(now).is_none() {
            self.settling = next(SETTLED_EVERY, now);
        }
        if let Ok(published) = answer {
            self.timeline.take(published, now);
            self.timeline.keep(Interval::new(now - BACK, now + AHEAD));
            self.since = self.since.max(now - BACK);
        }
        if let (Query::History(asked), Ok(_)) = (question, answer) {
            self.note_vain(asked, now);
        }
        let jitter = self.spread(jitter);
        let failures = match question {
            Query::Now => self.present.failures,
            Query::Forecast => self.forecast.failures,
            Query::History(_) => self.history.failures,
        };
        let kind = match answer {
            Ok(_) => Kind { due: self.next_slot(now) + jitter, failures: 0 },
            Err(fault) => {
                let pause = self.pause(failures, fault.is_denial());
                let wanted = fault.retry_after().unwrap_or_default().as_micros();
                let wanted = Span::from_micros(u64::try_from(wanted).unwrap_or(u64::MAX));
                let due = now + pause.max(wanted) + jitter;
                // It concerns whatever is asked.
                if fault.retry_after().is_some() || fault.is_about_credentials() {
                    self.hold = due;
                }
                Kind { due, failures: failures.saturating_add(1) }
            }
        };
        match question {
            Query::Now => self.present = kind,
            Query::Forecast => self.forecast = kind,
            Query::History(_) => self.history = kind,
        }
    }

    fn period(&self) -> Span {
        self.manners.poll_period.unwrap_or(self.timeline.step()).max(Span::from_micros(1))
    }

    fn next_slot(&self, now: Timestamp) -> Timestamp {
        next(self.period(), now)
    }

    /// A tenth of a period at most, and half a minute.
    fn spread(&self, jitter: f64) -> Span {
        let most = (self.period().as_micros() / 10).min(30_000_000);
        #[allow(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss
        )]
        Span::from_micros((most as f64 * jitter.clamp(0.0, 1.0)) as u64)
    }

    /// One period after the first failure, twice as long after each further one, up to a limit; the limit at
    /// once where asking again will not help.
    fn pause(&self, failures: u32, denied: bool) -> Span {
        let period = self.period();
        let steps = if denied { MOST_STEPS } else { doubled(failures).min(MOST_STEPS) };
        times(period, steps).min(LONGEST_PAUSE).max(period)
    }

    /// Whether the service was heard of in the present slot.
    fn said_this_slot(&self, now: Timestamp) -> bool {
        let said = self.timeline.values().map(|(_, known)| known.said).max();
        said.is_some_and(|said| said >= now.floor_to(self.period()))
    }

    /// From the first to the last step in the past that has no value and may be asked for.
    fn gap(&self, now: Timestamp) -> Option<Interval> {
        let step = self.timeline.step();
        let until = (now - self.manners.lookback).floor_to(step);
        let period = Interval::new(self.since.floor_to(step), until);
        let askable = |slot: &Timestamp| self.vain.get(slot).is_none_or(|&(_, again)| again <= now);
        let mut slots = self.timeline.missing(period).filter(askable);
        let first = slots.next()?;
        let reaches =
            |&slot: &Timestamp| (slot + step).duration_since(first) <= self.manners.longest_history;
        let last = slots.take_while(reaches).last().unwrap_or(first);
        Some(Interval::new(first, last + step))
    }

    /// From the first to the last estimate that the service may have replaced, when it is time to ask.
    fn estimated(&self, now: Timestamp) -> Option<Interval> {
        if self.settling > now {
            return None;
        }
        let until = (now - self.manners.lookback).floor_to(self.timeline.step());
        let recent = Interval::new(self.since.max(now - SETTLED_WITHIN), until);
        let mut estimates = self.timeline.estimates(recent);
        let first = estimates.next()?;
        let last = estimates.last().unwrap_or(first);
        Some(Interval::new(first, last + self.timeline.step()))
    }

    fn note_vain(&mut self, asked: Interval, now: Timestamp) {
        let (step, period) = (self.timeline.step(), self.period());
        self.vain.retain(|&slot, _| slot >= self.since);
        let mut slot = asked.start().floor_to(step);
        while slot < asked.end() {
            if self.timeline.live(slot).is_none() {
                let (times_asked, again) = self.vain.entry(slot).or_insert((0, now));
                let pause =
                    times(period, doubled(*times_asked)).min(LONGEST_VAIN_PAUSE).max(period);
                (*times_asked, *again) = (times_asked.saturating_add(1), now + pause);
            } else {
                self.vain.remove(&slot);
            }
            slot = slot + step;
        }
    }
}

/// When the next of such periods begins.
fn next(period: Span, now: Timestamp) -> Timestamp {
    now.floor_to(period) + period
}

const fn doubled(times: u32) -> u64 {
    1_u64 << if times > 20 { 20 } else { times }
}

const fn times(span: Span, times: u64) -> Span {
    Span::from_micros(span.as_micros().saturating_mul(times))
}
