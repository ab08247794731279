//! Exposure: the integral of intensity over time. It is exact, so that equal choices compare as equal and the earliest
//! wins.

mod amount;
mod integral;
mod steps;
#[cfg(test)]
mod tests;

pub use amount::Exposure;
pub use integral::{CoverageError, Exposures};
pub(crate) use steps::ExposureSteps;
