//! The JSON in which a plan is asked and answered, and the CSV of the answer, the same for the command line and the browser.
//!
//! A [`Request`] is read and checked, and becomes a request to the core; [`plan_document`] writes what the core
//! answers. Every name that holds a quantity holds its unit. Nothing is computed here.

pub mod csv;
mod explain;
pub mod plan_document;
mod request;
mod seconds;
mod timestamp;

pub use explain::{describe_warning, explain_error, explain_uncovered};
pub use plan_document::PlanDocument;
pub use request::{FieldError, Request};
pub use seconds::Seconds;
