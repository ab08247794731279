//! Laws of a steered job: it finishes in time, keeps its limits, and does its work, whatever the intensities, the
//! outages, the clocks and the delays are.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a failed assumption fails the test")]

mod laws;
mod policies;
mod world;

use gpu_carbon_core::steer::{PauseLimits, Policy, Promise, Settings, Unknown};
use gpu_carbon_core::{Energy, Intensity, Power, Series, Span, Timestamp};

/// A time by seconds.
fn at(seconds: i64) -> Timestamp {
    Timestamp::from_unix_seconds(seconds)
}

/// A number of minutes.
fn minutes(count: u64) -> Span {
    Span::from_seconds(60 * count)
}

fn grams(value: f64) -> Intensity {
    Intensity::from_grams_per_kilowatt_hour(value).unwrap()
}

/// A series of five-minute values from the epoch on.
fn series(values: &[f64]) -> Series {
    let points = (0..).zip(values).map(|(slot, &value)| (at(300 * slot), grams(value)));
    Series::with_step(points.collect(), minutes(5)).unwrap()
}

/// A job of a kilowatt under a threshold of 300 g/kWh, without a promise, whose pauses are free.
fn settings() -> Settings {
    Settings {
        policy: Policy::Threshold { below: grams(300.0), resume_below: grams(300.0) },
        promise: None,
        power: Power::from_watts(1000.0).unwrap(),
        pauses: PauseLimits::default(),
        unknown: Unknown::Run,
        lateness: Span::ZERO,
    }
}

/// A promise without a margin.
fn promise(duration: Span, finish_by: Timestamp) -> Option<Promise> {
    Some(Promise { duration, margin: 0.0, finish_by })
}

fn kilowatt_hours(value: f64) -> Energy {
    Energy::from_kilowatt_hours(value).unwrap()
}
