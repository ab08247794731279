//! Days with a service that fails and comes back, on a clock that the test turns: what is asked, what is
//! shown, and that no gram is lost or counted twice.

use std::sync::Arc;

use gpu_carbon_core::{Intensity, Interval, Pue, Quality, Reading, SLOT, Signal, Span, Timestamp};
use gpu_carbon_feeds::{Point, ServiceResponse};
use gpu_carbon_fetch::{FetchError, Query};

use super::chain::{Rules, Yearly, chain};
use super::keeper::{Keeper, Manners};
use super::timeline::Timeline;
use crate::accounting::{self, Accounting};
use crate::clock::ClockReading;
use crate::intensity::{Grid, Intensities};
use crate::nvml::{EnergyMethod, Identity};
use crate::sampler::Event;

const HOUR: u64 = 3600;
const DAY: u64 = 24 * HOUR;

/// Manners as WattTime's, Electricity Maps', Great Britain's and Energy-Charts'.
fn manners() -> [Manners; 4] {
    let of = |step, reach, history, apart| Manners {
        has_separate_forecast: apart,
        lookback: Span::from_seconds(reach),
        longest_history: Span::from_days(history),
        usual_step: Span::from_seconds(step),
        poll_period: None,
    };
    [
        of(300, 0, 32, false),
        of(3600, 0, 10, true),
        of(1800, 5400, 14, false),
        of(900, DAY, 31, false),
    ]
}

fn at(seconds: u64) -> Timestamp {
    Timestamp::EPOCH + Span::from_seconds(20_000 * DAY + seconds)
}

/// The truth: a value for each step, different from its neighbours'.
fn grams(slot: Timestamp) -> f64 {
    let seconds = slot.as_unix_seconds();
    300.0 + 200.0 * (seconds / 5000.0).sin() + seconds / 300.0 % 7.0
}

/// What the service knows at `now` of a period. What comes later is forecast, a little wrong.
fn published(step: Span, asked: Interval, now: Timestamp) -> ServiceResponse {
    let mut points = Vec::new();
    let mut slot = asked.start().floor_to(step);
    while slot < asked.end() {
        let (wrong, quality) = match slot {
            _ if slot + step <= now => (0.0, Quality::Measured),
            _ if slot <= now => (0.0, Quality::Estimated),
            _ => (25.0, Quality::Forecast),
        };
        let intensity = Intensity::from_grams_per_kilowatt_hour(grams(slot) + wrong).unwrap();
        points.push(Point { at: slot, intensity, quality });
        slot = slot + step;
    }
    ServiceResponse { zone: None, signal: Signal::Average, step, points, nulls: 0 }
}

fn answer(manners: Manners, question: Query, now: Timestamp) -> ServiceResponse {
    let (step, ahead) = (manners.usual_step, Span::from_days(2));
    let asked = match question {
        Query::Now if manners.has_separate_forecast => {
            Interval::new(now, now + Span::from_micros(1))
        }
        Query::Now => Interval::new(now - manners.lookback, now + ahead),
        Query::Forecast => Interval::new(now + step, now + ahead),
        Query::History(asked) => asked,
    };
    published(step, asked, now)
}

/// One service, one GPU, and their books.
struct Days {
    manners: Manners,
    keeper: Keeper,
    accounting: Accounting,
    rules: Rules,
    shown: Intensities,
    asked: Vec<(Timestamp, Query)>,
    wake: Timestamp,
}

impl Days {
    fn new(manners: Manners) -> Days {
        let start = at(0);
        let keeper = Keeper::new(manners, None, None, start, 0.0);
        let fallback_after = Span::from_days(3);
        let rules =
            Rules { signal: Signal::Average, yearly: None, fallback_after, no_guess_before: start };
        let shown = chain(&[("x", keeper.timeline())], rules, start);
        let settings = accounting::Settings {
            pue: Pue::from_number(1.2).unwrap(),
            threshold: Intensity::ZERO,
            stale_after: Span::from_seconds(60),
            manufacture: None,
            lifespan: Span::from_days(1460),
            forecast_jobs: Vec::new(),
        };
        let mut accounting = Accounting::new(settings, grid(&shown), ClockReading::steady(start));
        let identity =
            Identity { uuid: "a".into(), name: String::new(), pci_bus_id: String::new() };
        let found = Event::GpuFound {
            index: 0,
            identity,
            method: EnergyMethod::Counter,
            driver: "".into(),
        };
        accounting.record(found, ClockReading::steady(start));
        Days { manners, keeper, accounting, rules, shown, asked: Vec::new(), wake: start }
    }

    /// Lives through seconds, a minute at a time, with the service failing by `fault` where it says so.
    fn live(
        &mut self,
        seconds: std::ops::Range<u64>,
        fault: impl Fn(u64, Query) -> Option<FetchError>,
    ) {
        for second in seconds.step_by(60) {
            let now = at(second);
            // As a thread would, it sleeps until something is due; five minutes at most.
            while let Some(question) = (now >= self.wake).then(|| self.keeper.due(now)).flatten() {
                self.asked.push((now, question));
                let answer = match fault(second, question) {
                    Some(fault) => Err(fault),
                    None => Ok(answer(self.manners, question, now)),
                };
                self.keeper.take(question, &answer, now, 0.5);
                self.shown = chain(&[("x", self.keeper.timeline())], self.rules, now);
                self.accounting.set_grid(grid(&self.shown), now);
            }
            if now >= self.wake {
                self.wake = self.keeper.next_due(now).min(now + SLOT);
            }
            // 100 to 700 W, and never the same energy twice.
            let watt_seconds = second * 400 + second % 4000 * 75 / 1000;
            let reading = Reading::Counter { at: now, millijoules: watt_seconds * 1000 };
            let moment = ClockReading::steady(now);
            let uptime = moment.uptime;
            self.accounting
                .record(Event::Reading { uuid: "a".into(), reading, uptime, power: None }, moment);
        }
    }

    /// Joules, grams, and joules without a price.
    fn totals(&self, second: u64) -> (f64, f64, f64) {
        let totals = self.accounting.snapshot(at(second)).gpus[0].totals.unwrap();
        (totals.energy.as_joules(), totals.emissions.as_grams(), totals.pending.as_joules())
    }

    fn quality(&self, second: u64) -> Option<Quality> {
        self.accounting.snapshot(at(second)).grid.current.map(|present| present.quality)
    }
}

fn grid(intensities: &Intensities) -> Arc<Grid> {
    Arc::new(Grid::new("X", intensities.clone(), [].into()))
}

fn outage() -> FetchError {
    FetchError::Connection("refused".to_owned())
}

#[test]
fn a_day_without_the_service_loses_no_gram_and_counts_none_twice() {
    for manners in manners() {
        let (dark, end) = (6 * HOUR..6 * HOUR + DAY, 36 * HOUR);
        let mut calm = Days::new(manners);
        calm.live(0..end, |_, _| None);
        let mut disturbed = Days::new(manners);
        disturbed.live(0..dark.end, |second, _| dark.contains(&second).then(outage));
        let (_, before, waiting) = disturbed.totals(dark.end);
        let (energy, ..) = calm.totals(end);
        assert!(waiting > energy / 2.0, "most of a day waits, not priced by a guess: {waiting} J");
        disturbed.live(dark.end..end, |_, _| None);
        let ((energy, grams, left), again) = (calm.totals(end), disturbed.totals(end));
        assert_eq!((energy, left), (again.0, again.2), "{manners:?}");
        assert!(before < grams && left < 400.0 * 1.2 * 4000.0, "{left} J");
        assert!(
            ((again.1 - grams) / grams).abs() < 1e-9,
            "{} g, and {grams} g undisturbed",
            again.1
        );
    }
}

#[test]
fn what_is_shown_gets_worse_in_the_order_of_the_chain() {
    let [watttime, ..] = manners();
    let mut days = Days::new(watttime);
    let intensity = Intensity::from_grams_per_kilowatt_hour(77.0).unwrap();
    days.rules.yearly = Some(Yearly { source: "ember", intensity });
    days.live(0..HOUR, |_, _| None);
    assert_eq!(days.quality(HOUR - 1), Some(Quality::Estimated));
    let last = days.accounting.snapshot(at(HOUR)).grid.latest_value;
    // The forecast that was fetched reaches two days ahead; then the days before tell; then the year.
    days.live(HOUR..HOUR + 10 * DAY, |_, _| Some(outage()));
    assert_eq!(days.quality(HOUR + 601), Some(Quality::Forecast));
    assert_eq!(
        days.accounting.snapshot(at(HOUR + 3 * HOUR)).grid.latest_value.unwrap().source,
        "x"
    );
    let mut early = Days::new(watttime);
    early.live(0..HOUR, |_, _| None);
    early.live(HOUR..HOUR + DAY, |_, _| Some(outage()));
    assert_eq!(early.quality(HOUR + DAY), Some(Quality::Forecast));
    assert_eq!(
        early.accounting.snapshot(at(HOUR + DAY)).grid.latest_value,
        last,
        "its age is shown"
    );
    early.live(HOUR + DAY..HOUR + 3 * DAY, |_, _| Some(outage()));
    let present = early.accounting.snapshot(at(HOUR + 3 * DAY)).grid.current.unwrap();
    assert_eq!((present.source, present.quality), ("x", Quality::Fallback), "the days before");
    assert_ne!(present.intensity.as_grams_per_kilowatt_hour(), 77.0);
    let present = days.accounting.snapshot(at(HOUR + 10 * DAY)).grid.current.unwrap();
    assert_eq!((present.source, present.quality), ("ember", Quality::Fallback));
    assert_eq!(present.intensity.as_grams_per_kilowatt_hour(), 77.0);
    // What waited for three days is priced by what there is.
    let (energy, _, waiting) = days.totals(HOUR + 10 * DAY);
    assert!(waiting < energy * 0.32 && waiting > energy * 0.28, "{waiting} of {energy} J");
}

#[test]
fn no_more_than_one_request_of_a_kind_in_a_step_and_fewer_when_it_fails() {
    for manners in manners() {
        let step = manners.usual_step;
        let kind = |question| match question {
            Query::Now => 0,
            Query::Forecast => 1,
            Query::History(_) => 2,
        };
        let mut days = Days::new(manners);
        days.live(0..DAY, |_, _| None);
        let healthy = days.asked.len() as u64;
        let steps = DAY * 1_000_000 / step.as_micros();
        let kinds = 1 + u64::from(manners.has_separate_forecast);
        // Four times a day, what became of estimates.
        assert!((steps * kinds..=steps * kinds + 7).contains(&healthy), "{healthy} of {steps}");
        let most = |asked: &[(Timestamp, Query)]| {
            let slots = asked.iter().map(|&(at, question)| (kind(question), at.floor_to(step)));
            let slots = slots.collect::<Vec<_>>();
            slots.iter().map(|slot| slots.iter().filter(|other| *other == slot).count()).max()
        };
        assert_eq!(most(&days.asked), Some(1));
        days.asked.clear();
        days.live(DAY..2 * DAY, |_, _| Some(outage()));
        assert_eq!(most(&days.asked), Some(1));
        let failing = days.asked.iter().filter(|(_, question)| *question == Query::Now);
        let failing = failing.count() as u64;
        assert!(failing <= 24 + DAY / 2400, "{failing} requests of a service that fails");
        days.asked.clear();
        days.live(2 * DAY..3 * DAY, |_, _| Some(FetchError::Credential(unset())));
        let denied = days.asked.len();
        assert!(denied <= 37, "{denied} requests that were denied, whatever is asked");
        days.asked.clear();
        let later = Some(std::time::Duration::from_secs(5 * HOUR));
        let busy = || FetchError::RateLimited { retry_after: later, message: Default::default() };
        days.live(3 * DAY..4 * DAY, |_, _| Some(busy()));
        let all: Vec<_> = days.asked.iter().map(|&(at, _)| at).collect();
        assert!(all.len() > 3, "whatever is asked");
        assert!(
            all.windows(2)
                .all(|pair| pair[1].duration_since(pair[0]) >= Span::from_seconds(5 * HOUR))
        );
    }
}

#[test]
fn what_was_estimated_is_replaced_by_what_was_measured() {
    for manners in manners() {
        let mut days = Days::new(manners);
        for second in (0..2 * DAY).step_by(60) {
            let now = at(second);
            while let Some(question) = days.keeper.due(now) {
                let mut said = answer(days.manners, question, now);
                // Measured an hour late.
                for point in
                    said.points.iter_mut().filter(|it| it.at + Span::from_seconds(HOUR) > now)
                {
                    point.quality = point.quality.max(Quality::Estimated);
                    let wrong = point.intensity.as_grams_per_kilowatt_hour() + 40.0;
                    point.intensity = Intensity::from_grams_per_kilowatt_hour(wrong).unwrap();
                }
                days.keeper.take(question, &Ok(said), now, 0.0);
            }
        }
        let settled = at(2 * DAY) - Span::from_seconds(7 * HOUR) - manners.usual_step;
        let values = days.keeper.timeline().values();
        let values: Vec<_> = values.filter(|&(slot, _)| slot < settled).collect();
        for (slot, known) in &values {
            assert_eq!(known.quality, Quality::Measured, "{slot:?} of {manners:?}");
            assert_eq!(known.intensity.as_grams_per_kilowatt_hour(), grams(*slot));
        }
        assert!(values.len() > 24, "{manners:?}");
    }
}

fn unset() -> gpu_carbon_fetch::CredentialError {
    gpu_carbon_fetch::CredentialError::Unset("X".to_owned())
}

#[test]
fn a_clock_that_was_set_back_stops_no_request() {
    for manners in manners() {
        let mut days = Days::new(manners);
        // Until the network's time comes, the clock is eight hours ahead.
        days.live(8 * HOUR..8 * HOUR + 600, |_, _| None);
        days.asked.clear();
        days.wake = at(600);
        days.live(600..4 * HOUR + 600, |_, _| None);
        let steps = 4 * HOUR * 1_000_000 / manners.usual_step.as_micros();
        let nows = days.asked.iter().filter(|(_, question)| *question == Query::Now);
        let first = days.asked.first().map(|&(at, _)| at).unwrap();
        assert!(nows.count() as u64 >= steps - 1, "{manners:?}");
        assert!(first <= at(600) + manners.usual_step, "{first:?} of {manners:?}");
        // What it is asked to wait, it waits.
        let later = Some(std::time::Duration::from_secs(HOUR));
        let busy = FetchError::RateLimited { retry_after: later, message: Default::default() };
        let mut keeper = Keeper::new(manners, None, None, at(9 * HOUR), 0.0);
        let asked = keeper.due(at(9 * HOUR)).unwrap();
        keeper.take(asked, &Err(busy), at(9 * HOUR), 0.0);
        let wait = Span::from_seconds(HOUR);
        assert_eq!((keeper.due(at(HOUR)), keeper.next_due(at(HOUR))), (None, at(HOUR) + wait));
        assert_eq!(keeper.due(at(HOUR) + wait), Some(asked));
    }
}

#[test]
fn history_that_is_not_there_is_asked_for_ever_more_seldom() {
    let [watttime, ..] = manners();
    let mut days = Days::new(watttime);
    // The history never has what the outage missed.
    let missed = at(HOUR)..at(2 * HOUR);
    for second in (0..2 * DAY).step_by(60) {
        let now = at(second);
        while let Some(question) = days.keeper.due(now) {
            days.asked.push((now, question));
            let mut said = answer(days.manners, question, now);
            said.points.retain(|point| !missed.contains(&point.at) || point.at > now);
            let dark = missed.contains(&now);
            let said = if dark { Err(outage()) } else { Ok(said) };
            days.keeper.take(question, &said, now, 0.0);
        }
    }
    let history = days.asked.iter().filter(|(at, question)| match question {
        Query::History(asked) => missed.contains(&asked.start()) && *at > missed.end,
        _ => false,
    });
    let count = history.count();
    assert!((8..20).contains(&count), "{count}");
}

#[test]
fn a_restart_asks_for_nothing_that_was_there() {
    for manners in manners() {
        let mut days = Days::new(manners);
        days.live(0..HOUR + 240, |_, _| None);
        let kept = days.keeper.timeline().clone();
        let now = at(HOUR + 240);
        let mut again = Keeper::new(manners, Some(kept.clone()), None, now, 0.0);
        assert_eq!(again.due(now), None, "{manners:?}");
        let due = again.next_due(now);
        assert!(due >= at(HOUR + 300));
        let other = Keeper::new(manners, Some(kept), None, now, 1.0);
        assert_eq!(other.next_due(now), due + Span::from_seconds(30), "not all at once");
    }
}

#[test]
fn of_two_services_the_preferred_one_holds_while_it_lives() {
    let now = at(DAY);
    let known = |grams: f64, said: Timestamp, quality| {
        let step = SLOT;
        let mut timeline = Timeline::new(step);
        let mut said_there = published(step, Interval::new(now - step, now + step), now);
        for point in &mut said_there.points {
            point.intensity = Intensity::from_grams_per_kilowatt_hour(grams).unwrap();
            point.quality = quality;
        }
        timeline.take(&said_there, said);
        timeline
    };
    let fallback_after = Span::from_days(3);
    let no_guess_before = Timestamp::FIRST;
    let rules = Rules { signal: Signal::Average, yearly: None, fallback_after, no_guess_before };
    let live = known(100.0, now, Quality::Measured);
    let other = known(200.0, now, Quality::Measured);
    let foretold = known(300.0, now - Span::from_days(1), Quality::Forecast);
    let shown = |services: &[(&'static str, &Timeline)]| {
        let intensities = chain(services, rules, now);
        let origin = intensities.origin(now).unwrap();
        let grams = intensities.shown.unwrap().at(now).intensity.unwrap();
        let priced = intensities.prices.and_then(|prices| prices.at(now).intensity);
        (origin.source, grams.as_grams_per_kilowatt_hour(), priced.is_some())
    };
    assert_eq!(shown(&[("a", &live), ("b", &other)]), ("a", 100.0, true));
    assert_eq!(shown(&[("b", &other), ("a", &live)]), ("b", 200.0, true));
    assert_eq!(shown(&[("c", &foretold), ("b", &other)]), ("b", 200.0, true));
    assert_eq!(shown(&[("c", &foretold)]), ("c", 300.0, false));
}
