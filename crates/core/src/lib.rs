//! What GPU jobs emit: energy, converted by the carbon intensity of its moment.
//!
//! The road of one reading: [`meter`] turns what a GPU says into energy over an interval, [`account`]
//! cuts that interval at the steps of an intensity [`series`] and prices each piece. [`sci`] adds the
//! embodied share and divides by the functional unit; [`equivalents`] says the result in miles and homes.
//!
//! This crate is pure: no clock, no file, no network, no global, no panic. Time is an argument. The
//! compiler checks most of that, because the crate is `no_std`.
//!
//! ```
//! use gpu_carbon_core::{Account, Energy, Flow, Intensity, Interval, Conversion, Pue, Series, Timestamp};
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
pub mod schedule;
pub mod sci;
pub mod sensitivity;
pub mod series;
mod sum;
pub mod time;
pub mod units;
pub mod what_if;

pub use account::{Account, Conversion, Entry, EntryKind};
pub use flow::Flow;
pub use meter::{Meter, Observation, Past, Reading};
pub use provenance::{Quality, Signal};
pub use pue::{Pue, PueError};
pub use series::{Segment, Series, SeriesError};
pub use time::{Interval, SLOT, Span, Timestamp};
pub use units::{Energy, Intensity, Mass, Power, Ratio, UnitError};
