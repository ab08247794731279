//! The services' answers: what is read of them, and what is refused, why.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails so")]

mod broken;
mod properties;
mod shapes;
