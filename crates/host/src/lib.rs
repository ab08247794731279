//! The meters of a host around its GPUs: CPU and memory by RAPL, and the whole host by the power meters of ACPI, from the
//! files that the kernel has under sysfs; or the whole host by its management controller.
//!
//! [`Meters::find`] searches a sysfs, whose path is an argument, and [`Meters::read`] reads all that it found. What is not
//! used has a [`Refusal`] with the reason. [`redfish`] reads the answers of a management controller, which the caller requests;
//! [`SampleSlot`] takes them to a meter. The crate has no clock, no thread and no connection.
#![deny(clippy::indexing_slicing)]

mod error;
mod file;
mod hwmon;
mod meter;
mod meters;
mod mirrors;
mod moment;
mod rapl;
pub mod redfish;
mod remote;

pub use error::{ReadError, Refusal, RefusalError};
pub use meter::{Component, Meter, MeterKind, Source};
pub use meters::{Choice, Meters, Outcome, Reading};
pub use moment::Moment;
pub use remote::{Sample, SampleSlot};

/// The README, so that its examples are run as documentation tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
