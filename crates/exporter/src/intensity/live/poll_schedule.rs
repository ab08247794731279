//! The poll schedule of one service: the next query and its time. It has no clock and no chance of its own: both are
//! arguments.

use std::collections::BTreeMap;

use gpu_carbon_core::{Interval, Span, Timestamp};
use gpu_carbon_feeds::ServiceResponse;
use gpu_carbon_fetch::{FetchError, Query, Service};

use super::timeline::Timeline;

/// The history that is fetched at the first start, from which the mean of earlier days is computed.
const FIRST_HISTORY: Span = Span::from_days(7);

/// The most steps of that history: a week of five minutes.
const MOST_FIRST_STEPS: u64 = 7 * 288;

/// The age at which values are dropped: energy is pending no longer.
const KEPT_BACK: Span = Span::from_days(33);

/// The time ahead beyond which values are dropped.
const KEPT_AHEAD: Span = Span::from_days(4);

/// The longest delay between two failed requests, unless one step is longer.
const LONGEST_DELAY: Span = Span::from_seconds(3600);

/// The least delay after a failure for which the service asks for a delay.
const LEAST_DELAY: Span = Span::from_seconds(5);

/// The most steps in that delay.
const MOST_DELAY_STEPS: u64 = 8;

/// The time between two queries for measurements that replaced estimates.
const ESTIMATES_PERIOD: Span = Span::from_seconds(6 * 3600);

/// The age up to which estimates are queried again: as far back as every service answers free of charge.
const ESTIMATES_WITHIN: Span = Span::from_days(1);

/// The longest delay between two queries for history that the service does not have.
const LONGEST_HISTORY_DELAY: Span = Span::from_seconds(6 * 3600);

/// The limits within which one service may be queried.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct ServiceLimits {
    /// `true` if the forecast has a query of its own.
    pub(super) has_separate_forecast: bool,
    /// The time back that a query for the present covers.
    pub(super) lookback: Span,
    /// The longest period of one query for history.
    pub(super) longest_history: Span,
    /// The step of the service's values, until a response has shown it.
    pub(super) usual_step: Span,
    /// The time between two polls; the service's step if the operator configured none.
    pub(super) poll_period: Option<Span>,
}

impl ServiceLimits {
    /// The limits of a service.
    pub(super) fn of(service: &Service, poll_period: Option<Span>) -> ServiceLimits {
        ServiceLimits {
            has_separate_forecast: service.has_separate_forecast(),
            lookback: service.lookback(),
            longest_history: service.longest_history(),
            usual_step: service.usual_step(),
            poll_period,
        }
    }
}

/// The schedule of one service, with the timeline of its values.
#[derive(Debug)]
pub(super) struct PollSchedule {
    limits: ServiceLimits,
    timeline: Timeline,
    /// The time from which every step should have a value, as long as values of that age are kept.
    needed_since: Timestamp,
    now: Requests,
    forecast: Requests,
    history: Requests,
    /// The time before which no query is sent at all.
    blocked_until: Timestamp,
    /// The time at which estimates are queried again.
    estimates_due: Timestamp,
    /// Steps that queries for history did not return.
    unavailable: BTreeMap<Timestamp, Unavailable>,
    /// The time of the last check, by which a clock that was set back is noticed.
    last_check: Timestamp,
}

/// The requests of one kind of query.
#[derive(Debug, Clone, Copy)]
struct Requests {
    due: Timestamp,
    /// The number of failures since the last success.
    failures: u32,
}

/// A step that the service does not have.
#[derive(Debug, Clone, Copy)]
struct Unavailable {
    /// The number of queries without a result.
    queries: u32,
    next_query: Timestamp,
}

impl PollSchedule {
    /// A schedule with the timeline of an earlier run, whose values are not fetched again. Every step should have a
    /// value from `needed_since` on, or as far back as the mean of earlier days needs. `jitter` is as in
    /// [`PollSchedule::record`].
    pub(super) fn new(
        limits: ServiceLimits,
        cached: Option<Timeline>,
        needed_since: Option<Timestamp>,
        now: Timestamp,
        jitter: f64,
    ) -> PollSchedule {
        let mut timeline = cached.unwrap_or_else(|| Timeline::new(limits.usual_step));
        timeline.retain(Interval::new(now - KEPT_BACK, now + KEPT_AHEAD));
        let first = now - first_history(&timeline);
        let oldest = timeline.values().next().map_or(first, |(at, _)| at);
        let needed_since = needed_since.into_iter().fold(oldest.min(first), Timestamp::min);
        let mut schedule = PollSchedule {
            limits,
            needed_since,
            now: Requests { due: now, failures: 0 },
            forecast: Requests { due: now, failures: 0 },
            history: Requests { due: now, failures: 0 },
            blocked_until: now,
            estimates_due: next_multiple(ESTIMATES_PERIOD, now),
            unavailable: BTreeMap::new(),
            last_check: now,
            timeline,
        };
        let next_poll = schedule.next_poll(now) + schedule.jitter_span(jitter);
        if schedule.timeline.live_value(now).is_some() {
            schedule.now.due = next_poll;
        }
        if schedule.was_published_in_period(now) {
            schedule.forecast.due = next_poll;
        }
        schedule
    }

    pub(super) fn timeline(&self) -> &Timeline {
        &self.timeline
    }

    /// The query that is due now, if any.
    pub(super) fn due_query(&mut self, now: Timestamp) -> Option<Query> {
        if now < self.last_check {
            self.shift_back(self.last_check.duration_since(now));
            // By a clock that was ahead, no history was needed, and values of now were too old to be kept.
            self.needed_since = self.needed_since.min(now - first_history(&self.timeline));
        }
        self.last_check = now;
        if self.blocked_until > now {
            return None;
        }
        if self.now.due <= now {
            return Some(Query::Now);
        }
        if self.limits.has_separate_forecast && self.forecast.due <= now {
            return Some(Query::Forecast);
        }
        if self.history.due > now {
            return None;
        }
        self.missing_history(now).or_else(|| self.old_estimates(now)).map(Query::History)
    }

    /// The earliest time at which a query may be due, if none is due now.
    pub(super) fn next_due(&self, now: Timestamp) -> Timestamp {
        let forecast = self.limits.has_separate_forecast.then_some(self.forecast.due);
        let history = Some(self.history.due).filter(|&due| due > now);
        let due = [forecast, history].into_iter().flatten().fold(self.now.due, Timestamp::min);
        due.max(self.blocked_until)
    }

    /// Shifts every time by the span by which the clock was set back, so that no query waits until the clock shows
    /// the old time again.
    fn shift_back(&mut self, by: Span) {
        for requests in [&mut self.now, &mut self.forecast, &mut self.history] {
            requests.due = requests.due - by;
        }
        self.blocked_until = self.blocked_until - by;
        self.estimates_due = self.estimates_due - by;
        for step in self.unavailable.values_mut() {
            step.next_query = step.next_query - by;
        }
    }

    /// Records the result of a query that was due. `jitter`, from 0 to 1, spreads exporters that would query at the
    /// same time.
    pub(super) fn record(
        &mut self,
        query: Query,
        result: &Result<ServiceResponse, FetchError>,
        now: Timestamp,
        jitter: f64,
    ) {
        let is_history = matches!(query, Query::History(_));
        if is_history && result.is_ok() && self.missing_history(now).is_none() {
            self.estimates_due = next_multiple(ESTIMATES_PERIOD, now);
        }
        if let Ok(response) = result {
            self.timeline.merge(response, now);
            self.timeline.retain(Interval::new(now - KEPT_BACK, now + KEPT_AHEAD));
        }
        if let (Query::History(period), Ok(_)) = (query, result) {
            self.note_unavailable(period, now);
        }
        let jitter = self.jitter_span(jitter);
        let failures = self.requests(query).failures;
        let requests = match result {
            Ok(_) => Requests { due: self.next_poll(now) + jitter, failures: 0 },
            Err(error) => {
                let due = match error.retry_after() {
                    // The service knows best. A tenth of its wait spreads exporters, as the jitter does.
                    Some(wait) => {
                        let wait =
                            Span::from_micros(u64::try_from(wait.as_micros()).unwrap_or(u64::MAX));
                        let wait = wait.max(self.least_delay(failures));
                        now + wait + jitter.min(Span::from_micros(wait.as_micros() / 10))
                    }
                    None => now + self.retry_delay(failures, error.is_denial()) + jitter,
                };
                // These errors concern every kind of query.
                if error.retry_after().is_some() || error.is_about_credentials() {
                    self.blocked_until = due;
                }
                Requests { due, failures: failures.saturating_add(1) }
            }
        };
        *self.requests(query) = requests;
    }

    fn requests(&mut self, query: Query) -> &mut Requests {
        match query {
            Query::Now => &mut self.now,
            Query::Forecast => &mut self.forecast,
            Query::History(_) => &mut self.history,
        }
    }

    fn period(&self) -> Span {
        self.limits.poll_period.unwrap_or(self.timeline.step()).max(Span::from_micros(1))
    }

    fn next_poll(&self, now: Timestamp) -> Timestamp {
        next_multiple(self.period(), now)
    }

    /// The share `jitter` of a tenth of a period, or of half a minute if that is shorter.
    fn jitter_span(&self, jitter: f64) -> Span {
        let most = (self.period().as_micros() / 10).min(30_000_000);
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "30 million at most, times a number from 0 to 1"
        )]
        Span::from_micros((most as f64 * jitter.clamp(0.0, 1.0)) as u64)
    }

    /// The delay after a failure: one period at first, and twice as long after each further failure, up to a limit.
    /// After a denial it is the limit at once: another request would be denied too.
    fn retry_delay(&self, failures: u32, is_denial: bool) -> Span {
        let period = self.period();
        let steps =
            if is_denial { MOST_DELAY_STEPS } else { power_of_two(failures).min(MOST_DELAY_STEPS) };
        multiple(period, steps).min(LONGEST_DELAY).max(period)
    }

    /// The least delay where the service asks for one: a few seconds at first, and twice as long after each further failure, up to
    /// the delay that the schedule would make by itself.
    fn least_delay(&self, failures: u32) -> Span {
        multiple(LEAST_DELAY, power_of_two(failures)).min(self.retry_delay(failures, false))
    }

    /// `true` if the service published a value in the present period.
    fn was_published_in_period(&self, now: Timestamp) -> bool {
        let latest = self.timeline.values().map(|(_, value)| value.published).max();
        latest.is_some_and(|published| published >= now.floor_to(self.period()))
    }

    fn needed_since(&self, now: Timestamp) -> Timestamp {
        self.needed_since.max(now - KEPT_BACK)
    }

    /// The period from the first to the last past step without a value that may be queried.
    fn missing_history(&self, now: Timestamp) -> Option<Interval> {
        let step = self.timeline.step();
        let until = (now - self.limits.lookback).floor_to(step);
        let period = Interval::new(self.needed_since(now).floor_to(step), until);
        let may_query =
            |at: &Timestamp| self.unavailable.get(at).is_none_or(|step| step.next_query <= now);
        let mut missing = self.timeline.missing_steps(period).filter(may_query);
        let first = missing.next()?;
        let is_within =
            |&at: &Timestamp| (at + step).duration_since(first) <= self.limits.longest_history;
        let last = missing.take_while(is_within).last().unwrap_or(first);
        Some(Interval::new(first, last + step))
    }

    /// The period from the first to the last estimate that the service may have replaced, once it is due.
    fn old_estimates(&self, now: Timestamp) -> Option<Interval> {
        if self.estimates_due > now {
            return None;
        }
        let until = (now - self.limits.lookback).floor_to(self.timeline.step());
        let recent = Interval::new(self.needed_since(now).max(now - ESTIMATES_WITHIN), until);
        let mut estimates = self.timeline.estimates(recent);
        let first = estimates.next()?;
        let last = estimates.last().unwrap_or(first);
        Some(Interval::new(first, last + self.timeline.step()))
    }

    /// Notes the steps of a period that a query for history did not return.
    fn note_unavailable(&mut self, queried: Interval, now: Timestamp) {
        let (step, period) = (self.timeline.step(), self.period());
        let needed_since = self.needed_since(now);
        self.unavailable.retain(|&at, _| at >= needed_since);
        let mut at = queried.start().floor_to(step);
        while at < queried.end() {
            if self.timeline.live_value(at).is_none() {
                let first = Unavailable { queries: 0, next_query: now };
                let entry = self.unavailable.entry(at).or_insert(first);
                let delay = multiple(period, power_of_two(entry.queries));
                entry.next_query = now + delay.min(LONGEST_HISTORY_DELAY).max(period);
                entry.queries = entry.queries.saturating_add(1);
            } else {
                self.unavailable.remove(&at);
            }
            at = at + step;
        }
    }
}

/// The history that is fetched at the first start, for values of the step of a timeline.
fn first_history(timeline: &Timeline) -> Span {
    FIRST_HISTORY.min(multiple(timeline.step(), MOST_FIRST_STEPS))
}

/// The next time after now that is a multiple of a period since the epoch.
fn next_multiple(period: Span, now: Timestamp) -> Timestamp {
    now.floor_to(period) + period
}

/// The power of two with this exponent, at most 2^20.
const fn power_of_two(exponent: u32) -> u64 {
    1_u64 << if exponent > 20 { 20 } else { exponent }
}

const fn multiple(span: Span, factor: u64) -> Span {
    Span::from_micros(span.as_micros().saturating_mul(factor))
}
