//! The meters of a host around its GPUs: CPU and memory by RAPL, and the whole host by the power meters of ACPI, from the
//! files that the kernel has under sysfs.
//!
//! [`Meters::find`] searches a sysfs, whose path is an argument, and [`Meters::read`] reads all that it found. What is not
//! used has a [`Refusal`] with the reason. The crate has no clock and no thread.
#![deny(clippy::indexing_slicing)]

mod error;
mod file;
mod hwmon;
mod meter;
mod meters;
mod mirrors;
mod rapl;

pub use error::{ReadError, Refusal, RefusalError};
pub use meter::{Component, Meter, MeterKind, Moment, Source};
pub use meters::{Choice, Meters, Outcome, Reading};

/// The README, so that its examples are run as documentation tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
