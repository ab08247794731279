//! Simulated days with a service that fails and recovers: the queries, the displayed values, and the emissions, of
//! which none is lost or counted twice.

mod chain;
mod schedule;

use std::sync::Arc;

use gpu_carbon_core::{Intensity, Interval, Pue, Quality, Reading, SLOT, Signal, Span, Timestamp};
use gpu_carbon_feeds::{Point, ServiceResponse};
use gpu_carbon_fetch::{FetchError, Query};

use super::fallback_chain::{FallbackRules, ServiceTimeline, combine};
use super::poll_schedule::{PollSchedule, ServiceLimits};
use super::settings::YearlyFigure;
use super::timeline::Timeline;
use crate::accounting::{self, Accounting};
use crate::clock::ClockReading;
use crate::intensity::{Grid, Intensities};
use crate::nvml::Identity;
use crate::sampler::{Event, PowerSampling};

const HOUR: u64 = 3600;
const DAY: u64 = 24 * HOUR;

/// The limits of WattTime, Electricity Maps, Great Britain and Energy-Charts.
fn all_limits() -> [ServiceLimits; 4] {
    let of = |step, lookback, history, has_forecast| ServiceLimits {
        has_separate_forecast: has_forecast,
        lookback: Span::from_seconds(lookback),
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

/// The true intensity of a step, different from its neighbours'.
fn grams(slot: Timestamp) -> f64 {
    let seconds = slot.as_unix_seconds();
    300.0 + 200.0 * (seconds / 5000.0).sin() + seconds / 300.0 % 7.0
}

/// The response of a service about a period at `now`. Later values are forecasts with an error.
fn response(step: Span, period: Interval, now: Timestamp) -> ServiceResponse {
    let mut points = Vec::new();
    let mut slot = period.start().floor_to(step);
    while slot < period.end() {
        let (error, quality) = match slot {
            _ if slot + step <= now => (0.0, Quality::Measured),
            _ if slot <= now => (0.0, Quality::Estimated),
            _ => (25.0, Quality::Forecast),
        };
        let intensity = Intensity::from_grams_per_kilowatt_hour(grams(slot) + error).unwrap();
        points.push(Point { at: slot, intensity, quality });
        slot = slot + step;
    }
    ServiceResponse {
        zone: None,
        signal: Signal::Average,
        scope: None,
        step_changes: Vec::new(),
        step,
        points,
        nulls: 0,
        skipped: 0,
        notices: Vec::new(),
        unknown_share: 0.0,
    }
}

fn answer(limits: ServiceLimits, query: Query, now: Timestamp) -> ServiceResponse {
    let (step, ahead) = (limits.usual_step, Span::from_days(2));
    let period = match query {
        Query::Now if limits.has_separate_forecast => {
            Interval::new(now, now + Span::from_micros(1))
        }
        Query::Now => Interval::new(now - limits.lookback, now + ahead),
        Query::Forecast => Interval::new(now + step, now + ahead),
        Query::History(period) => period,
    };
    response(step, period, now)
}

/// A simulation of one service and one GPU.
struct Simulation {
    limits: ServiceLimits,
    schedule: PollSchedule,
    accounting: Accounting,
    rules: FallbackRules,
    intensities: Intensities,
    queries: Vec<(Timestamp, Query)>,
    wake: Timestamp,
}

impl Simulation {
    fn new(limits: ServiceLimits) -> Simulation {
        let start = at(0);
        let schedule = PollSchedule::new(limits, None, None, start, 0.0);
        let fallback_after = Span::from_days(3);
        let rules = FallbackRules {
            signal: Signal::Average,
            yearly: None,
            fallback_after,
            no_fallback_before: start,
        };
        let intensities = combine(&[of("x", schedule.timeline())], rules, start);
        let settings = accounting::Settings {
            stale_after: Span::from_seconds(60),
            ..accounting::Settings::for_tests(Pue::from_number(1.2).unwrap())
        };
        let mut accounting =
            Accounting::new(settings, grid(&intensities), ClockReading::steady(start));
        let identity =
            Identity { uuid: "a".into(), name: String::new(), pci_bus_id: String::new() };
        let found = Event::GpuFound {
            index: 0,
            identity,
            driver: "".into(),
            power_sampling: PowerSampling::default(),
        };
        accounting.record(found, ClockReading::steady(start));
        Simulation {
            limits,
            schedule,
            accounting,
            rules,
            intensities,
            queries: Vec::new(),
            wake: start,
        }
    }

    /// Runs through seconds, a minute at a time. `failure` returns the error of a query that fails.
    fn run(
        &mut self,
        seconds: std::ops::Range<u64>,
        failure: impl Fn(u64, Query) -> Option<FetchError>,
    ) {
        for second in seconds.step_by(60) {
            let now = at(second);
            // Like the thread, it sleeps until a query is due; five minutes at most.
            while let Some(query) =
                (now >= self.wake).then(|| self.schedule.due_query(now)).flatten()
            {
                self.queries.push((now, query));
                let result = match failure(second, query) {
                    Some(error) => Err(error),
                    None => Ok(answer(self.limits, query, now)),
                };
                self.schedule.record(query, &result, now, 0.5);
                self.intensities = combine(&[of("x", self.schedule.timeline())], self.rules, now);
                self.accounting.set_grid(grid(&self.intensities), now);
            }
            if now >= self.wake {
                self.wake = self.schedule.next_due(now).min(now + SLOT);
            }
            // 100 to 700 W, and never the same energy twice.
            let watt_seconds = second * 400 + second % 4000 * 75 / 1000;
            let clock = ClockReading::steady(now);
            let reading = Reading::of_counter(now, clock.uptime, watt_seconds * 1000);
            self.accounting.record(Event::Reading { uuid: "a".into(), reading }, clock);
        }
    }

    /// The energy in joules, the emissions in grams, and the pending energy in joules.
    fn totals(&self, second: u64) -> (f64, f64, f64) {
        let totals = self.accounting.snapshot(at(second)).gpus[0].totals.unwrap();
        (totals.energy.as_joules(), totals.emissions.as_grams(), totals.pending.as_joules())
    }

    fn quality(&self, second: u64) -> Option<Quality> {
        self.accounting.snapshot(at(second)).grid.current.map(|present| present.quality)
    }
}

fn of<'a>(source: &'static str, timeline: &'a Timeline) -> ServiceTimeline<'a> {
    ServiceTimeline { source, timeline }
}

fn grid(intensities: &Intensities) -> Arc<Grid> {
    Arc::new(Grid::new("X", intensities.clone(), [].into()))
}

fn outage() -> FetchError {
    FetchError::Connection("refused".to_owned())
}
