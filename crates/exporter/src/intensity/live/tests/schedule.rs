//! The queries of the poll schedule.

use super::*;

#[test]
fn a_step_has_one_request_of_each_kind_at_most_and_failures_have_fewer() {
    for limits in all_limits() {
        let step = limits.usual_step;
        let kind = |query| match query {
            Query::Now => 0,
            Query::Forecast => 1,
            Query::History(_) => 2,
        };
        let mut days = Simulation::new(limits);
        days.run(0..DAY, |_, _| None);
        let healthy = days.queries.len() as u64;
        let steps = DAY * 1_000_000 / step.as_micros();
        let kinds = 1 + u64::from(limits.has_separate_forecast);
        // Four times a day, estimates are queried again.
        assert!((steps * kinds..=steps * kinds + 7).contains(&healthy), "{healthy} of {steps}");
        let most = |queries: &[(Timestamp, Query)]| {
            let slots = queries.iter().map(|&(at, query)| (kind(query), at.floor_to(step)));
            let slots = slots.collect::<Vec<_>>();
            slots.iter().map(|slot| slots.iter().filter(|other| *other == slot).count()).max()
        };
        assert_eq!(most(&days.queries), Some(1));
        days.queries.clear();
        days.run(DAY..2 * DAY, |_, _| Some(outage()));
        assert_eq!(most(&days.queries), Some(1));
        let failing = days.queries.iter().filter(|(_, query)| *query == Query::Now);
        let failing = failing.count() as u64;
        assert!(failing <= 24 + DAY / 2400, "{failing} requests of a service that fails");
        days.queries.clear();
        days.run(2 * DAY..3 * DAY, |_, _| Some(FetchError::Credential(unset())));
        let denied = days.queries.len();
        assert!(denied <= 37, "{denied} denied requests of all kinds");
        days.queries.clear();
        let later = Some(std::time::Duration::from_secs(5 * HOUR));
        let busy = || FetchError::RateLimited { retry_after: later, message: Default::default() };
        days.run(3 * DAY..4 * DAY, |_, _| Some(busy()));
        let all: Vec<_> = days.queries.iter().map(|&(at, _)| at).collect();
        assert!(all.len() > 3, "of every kind");
        assert!(
            all.windows(2)
                .all(|pair| pair[1].duration_since(pair[0]) >= Span::from_seconds(5 * HOUR))
        );
    }
}

#[test]
fn measurements_replace_estimates() {
    for limits in all_limits() {
        let mut days = Simulation::new(limits);
        for second in (0..2 * DAY).step_by(60) {
            let now = at(second);
            while let Some(query) = days.schedule.due_query(now) {
                let mut response = answer(days.limits, query, now);
                // A value is measured an hour late.
                for point in
                    response.points.iter_mut().filter(|it| it.at + Span::from_seconds(HOUR) > now)
                {
                    point.quality = point.quality.max(Quality::Estimated);
                    let estimate = point.intensity.as_grams_per_kilowatt_hour() + 40.0;
                    point.intensity = Intensity::from_grams_per_kilowatt_hour(estimate).unwrap();
                }
                days.schedule.record(query, &Ok(response), now, 0.0);
            }
        }
        let settled = at(2 * DAY) - Span::from_seconds(7 * HOUR) - limits.usual_step;
        let values = days.schedule.timeline().values();
        let values: Vec<_> = values.filter(|&(slot, _)| slot < settled).collect();
        for (slot, value) in &values {
            assert_eq!(value.quality, Quality::Measured, "{slot:?} of {limits:?}");
            assert_eq!(value.intensity.as_grams_per_kilowatt_hour(), grams(*slot));
        }
        assert!(values.len() > 24, "{limits:?}");
    }
}

fn unset() -> gpu_carbon_fetch::CredentialError {
    gpu_carbon_fetch::CredentialError::Unset("X".to_owned())
}

#[test]
fn a_clock_that_was_set_back_stops_no_request() {
    for limits in all_limits() {
        let mut days = Simulation::new(limits);
        // Until the time of the network arrives, the clock is eight hours ahead.
        days.run(8 * HOUR..8 * HOUR + 600, |_, _| None);
        days.queries.clear();
        days.wake = at(600);
        days.run(600..4 * HOUR + 600, |_, _| None);
        let steps = 4 * HOUR * 1_000_000 / limits.usual_step.as_micros();
        let current = days.queries.iter().filter(|(_, query)| *query == Query::Now);
        let first = days.queries.first().map(|&(at, _)| at).unwrap();
        assert!(current.count() as u64 >= steps - 1, "{limits:?}");
        assert!(first <= at(600) + limits.usual_step, "{first:?} of {limits:?}");
        // A wait that the service asks for is respected.
        let later = Some(std::time::Duration::from_secs(HOUR));
        let busy = FetchError::RateLimited { retry_after: later, message: Default::default() };
        let mut schedule = PollSchedule::new(limits, None, None, at(9 * HOUR), 0.0);
        let query = schedule.due_query(at(9 * HOUR)).unwrap();
        schedule.record(query, &Err(busy), at(9 * HOUR), 0.0);
        let wait = Span::from_seconds(HOUR);
        assert_eq!(
            (schedule.due_query(at(HOUR)), schedule.next_due(at(HOUR))),
            (None, at(HOUR) + wait)
        );
        assert_eq!(schedule.due_query(at(HOUR) + wait), Some(query));
    }
}

/// Asks all that is due by a clock that shows `now`, of a service whose own clock is right.
fn ask_all(schedule: &mut PollSchedule, limits: ServiceLimits, now: Timestamp, truly: Timestamp) {
    while let Some(query) = schedule.due_query(now) {
        schedule.record(query, &Ok(answer(limits, query, truly)), now, 0.0);
    }
}

#[test]
fn a_clock_that_was_weeks_ahead_for_a_moment_costs_no_history() {
    let (start, ahead) = (at(10 * DAY), Span::from_days(40));
    for limits in all_limits() {
        for is_ahead_at_start in [true, false] {
            let first = if is_ahead_at_start { start + ahead } else { start };
            let mut schedule = PollSchedule::new(limits, None, None, first, 0.0);
            ask_all(&mut schedule, limits, first, start);
            ask_all(&mut schedule, limits, start + ahead, start);
            for minute in 1..180 {
                let now = start + Span::from_seconds(60 * minute);
                ask_all(&mut schedule, limits, now, now);
            }
            let past = Interval::new(start - Span::from_days(6), start - limits.lookback);
            let missing = schedule.timeline().missing_steps(past).count();
            assert_eq!(missing, 0, "{limits:?}, ahead at the start: {is_ahead_at_start}");
        }
    }
}

/// A wait that the service asks for ends when it says, not with the step; only repeated ones grow, up to the schedule's own.
#[test]
fn a_short_wait_that_the_service_asks_for_is_not_a_whole_step() {
    for limits in all_limits() {
        let busy = |seconds| {
            let retry_after = Some(std::time::Duration::from_secs(seconds));
            Err(FetchError::RateLimited { retry_after, message: Default::default() })
        };
        let mut schedule = PollSchedule::new(limits, None, None, at(0), 0.0);
        let mut now = at(0);
        for _ in 0..2 {
            let query = schedule.due_query(now).unwrap();
            schedule.record(query, &busy(20), now, 0.0);
            let due = now + Span::from_seconds(20);
            assert_eq!(schedule.due_query(due - Span::from_seconds(1)), None, "{limits:?}");
            assert_eq!(schedule.due_query(due), Some(query), "{limits:?}");
            now = due;
        }
        // The jitter is a tenth of the wait at most.
        let query = schedule.due_query(now).unwrap();
        schedule.record(query, &busy(20), now, 1.0);
        let due = schedule.next_due(now).duration_since(now).as_seconds();
        assert!((20.0..=22.0).contains(&due), "{due}");
        // A service that always asks for no wait is not asked all the time.
        let (mut requests, end) = (0, now + Span::from_seconds(HOUR));
        while now < end {
            if let Some(query) = schedule.due_query(now) {
                schedule.record(query, &busy(0), now, 0.0);
                requests += 1;
            }
            now = now + Span::from_seconds(1);
        }
        assert!((1..40).contains(&requests), "{requests} requests in an hour: {limits:?}");
    }
}

#[test]
fn missing_history_is_queried_less_and_less_often() {
    let [watttime, ..] = all_limits();
    let mut days = Simulation::new(watttime);
    // The history lacks the hour of the outage for good.
    let missed = at(HOUR)..at(2 * HOUR);
    for second in (0..2 * DAY).step_by(60) {
        let now = at(second);
        while let Some(query) = days.schedule.due_query(now) {
            days.queries.push((now, query));
            let mut response = answer(days.limits, query, now);
            response.points.retain(|point| !missed.contains(&point.at) || point.at > now);
            let is_down = missed.contains(&now);
            let result = if is_down { Err(outage()) } else { Ok(response) };
            days.schedule.record(query, &result, now, 0.0);
        }
    }
    let history = days.queries.iter().filter(|(at, query)| match query {
        Query::History(period) => missed.contains(&period.start()) && *at > missed.end,
        _ => false,
    });
    let count = history.count();
    assert!((8..20).contains(&count), "{count}");
}

#[test]
fn a_restart_does_not_fetch_cached_values_again() {
    for limits in all_limits() {
        let mut days = Simulation::new(limits);
        days.run(0..HOUR + 240, |_, _| None);
        let cached = days.schedule.timeline().clone();
        let now = at(HOUR + 240);
        let mut again = PollSchedule::new(limits, Some(cached.clone()), None, now, 0.0);
        assert_eq!(again.due_query(now), None, "{limits:?}");
        let due = again.next_due(now);
        assert!(due >= at(HOUR + 300));
        let other = PollSchedule::new(limits, Some(cached), None, now, 1.0);
        assert_eq!(other.next_due(now), due + Span::from_seconds(30), "not at the same time");
    }
}
