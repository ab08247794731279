//! The JSON of a plan's request and answer, and the CSV of the answer: the same for the command line and the browser.
//!
//! A [`Request`] is parsed and validated, and becomes a request to the core; a [`PlanDocument`] is serialized from the core's
//! answer. Every name of a quantity contains its unit. This crate computes nothing.

pub mod csv;
mod explain;
mod field_error;
pub mod plan_document;
mod request;
mod seconds;
mod timestamp;

pub use explain::{describe_warning, explain_error, explain_uncovered};
pub use field_error::FieldError;
pub use plan_document::{
    HostShareDocument, JobDocument, PauseCostsDocument, PlanDocument, PlansDocument,
};
pub use request::Request;
pub use seconds::Seconds;
