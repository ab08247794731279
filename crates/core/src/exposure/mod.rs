//! The integral of intensity over time, exact: so that equal choices are equal, and the earliest wins.

mod amount;
mod integral;
mod steps;
#[cfg(test)]
mod tests;

pub use amount::Exposure;
pub use integral::{CoverageError, Exposures};
pub(crate) use steps::ExposureSteps;
