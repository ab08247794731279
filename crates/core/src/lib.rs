//! The arithmetic of the emissions of GPU jobs: energy, converted to CO2-equivalent by the carbon intensity of the time
//! at which it was used.
//!
//! From readings to emissions: [`meter`] turns the readings of a GPU into energy over an interval ([`flow`]); [`account`]
//! cuts that interval at the steps of an intensity [`series`] and converts each part; [`share`] splits it among those who
//! hold the GPU, and [`counters`] lets their counters add up to the GPU's. [`sci`] adds the embodied share and divides by the
//! functional unit, and [`disclosure`] makes a document of it that a standard accepts; [`boundary`] says which parts of the
//! host a figure contains; [`equivalents`] expresses the
//! result in miles driven and homes supplied.
//!
//! From a job to a plan: [`exposure`] is the integral of intensity over time; [`schedule`] finds the best start and the
//! best pauses of a [`job`]; [`what_if`] compares the plans of several regions, and [`ranking`] places by their yearly
//! levels; [`evaluate`] and [`sensitivity`] try every start of a year; [`online`] holds policies that do not know the future, and
//! [`steer`] lets a job pause by them and finish in time.
//!
//! This crate is pure: it has no clock, file, network, global or panic. Time is an argument. The compiler checks most of
//! that, because the crate is `no_std`.
//!
//! ```
//! use gpu_carbon_core::{Account, Conversion, Energy, Flow, Intensity, Interval, Pue, Series, Timestamp};
//!
//! let five_past = Timestamp::from_unix_seconds(300);
//! let series = Series::new(vec![
//!     (Timestamp::EPOCH, Intensity::from_grams_per_kilowatt_hour(100.0)?),
//!     (five_past, Intensity::from_grams_per_kilowatt_hour(400.0)?),
//! ])?;
//!
//! // 1 kWh over ten minutes: half of it at 100 g/kWh, half at 400.
//! let interval = Interval::new(Timestamp::EPOCH, Timestamp::from_unix_seconds(600));
//! let mut account = Account::default();
//! let flow = Flow { interval, energy: Energy::from_kilowatt_hours(1.0)? };
//! account.add(flow, Some(&Conversion { series: &series, pue: Pue::ONE }));
//! assert_eq!(account.emissions().as_grams(), 250.0);
//! assert_eq!(account.pending(), Energy::ZERO);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![no_std]
#![deny(clippy::indexing_slicing, clippy::float_cmp_const)]

extern crate alloc;
#[cfg(test)]
extern crate std;

pub mod account;
pub mod boundary;
pub mod counters;
pub mod disclosure;
pub mod embodied;
pub mod equivalents;
pub mod evaluate;
pub mod exposure;
pub mod flow;
pub mod format;
pub mod job;
pub mod meter;
pub mod online;
pub mod provenance;
pub mod pue;
mod radix_sort;
pub mod ranking;
pub mod remainder;
pub mod schedule;
pub mod sci;
pub mod sensitivity;
pub mod series;
pub mod share;
pub mod steer;
mod steps;
pub mod sum;
pub mod time;
pub mod transfer;
pub mod units;
pub mod what_if;

pub use account::{Account, Conversion, Entry, EntryKind};
pub use flow::Flow;
pub use meter::{CounterReading, Meter, Observation, PriorState, Reading};
pub use provenance::{Quality, Scope, Signal, TotalScope};
pub use pue::{Pue, PueError};
pub use series::{Segment, Series, SeriesError};
pub use steps::StepChange;
pub use time::{Interval, SLOT, Span, Timestamp};
pub use units::{Energy, Intensity, Mass, Power, Ratio, UnitError};

/// The README, so that its example is run as a documentation test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
