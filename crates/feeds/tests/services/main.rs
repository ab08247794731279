//! The answers of the services: their documented shapes, and their errors.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a failed assumption fails the test")]

mod broken;
mod generation;
mod marginal;
mod properties;
mod shapes;
