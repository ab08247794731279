//! The JSON in which a plan is asked and answered, and the CSV of the answer, the same for the command line and the browser.
//!
//! A [`Request`] is read and checked, and becomes a request to the core; [`answer`] writes what the core
//! answers. Every name that holds a quantity holds its unit. Nothing is computed here.

pub mod answer;
pub mod csv;
mod explain;
mod moment;
mod request;
mod seconds;

pub use answer::Document;
pub use explain::{explain, uncovered, warning};
pub use request::{FieldError, Request};
pub use seconds::Seconds;
