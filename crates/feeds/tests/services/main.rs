//! The services' answers: what is read of them, and what is refused, why.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stderr)] // a test may fail, and says when it is skipped

mod broken;
mod properties;
mod shapes;
