//! Disclosures of a Software Carbon Intensity: a document that a standard accepts (ISO/IEC 21031:2024, which is SCI 1.1; SCI for
//! AI; the report template and the reporting format of the Green Software Foundation).
//!
//! A [`Draft`] has all parts. [`Draft::close`] refuses it where a required field is missing or a sum does not close, and else makes
//! it a [`Disclosure`], which has a score. A [`Statement`] is what a document of anyone states; [`Statement::faults`] judges it.

mod component;
mod draft;
mod error;
mod facts;
mod method;
mod persona;
mod printed;
mod statement;
mod statement_error;
mod unit;

pub use component::{Component, ComponentEnergy};
pub use draft::{CLOSES_WITHIN, Disclosure, Draft};
pub use error::DisclosureError;
pub use facts::{About, BoundaryPart, Coefficient, IntensityShare, SoftwareBoundary};
pub use method::{Figure, Method, MethodClass, Methodology};
pub use persona::{Persona, Stage};
pub use printed::Printed;
pub use statement::{Rate, Statement, Total};
pub use statement_error::StatementError;
pub use unit::{Counting, FunctionalUnit, UnitKind};

/// The standard, in words.
pub const STANDARD: &str = "ISO/IEC 21031:2024 (Software Carbon Intensity 1.1)";

/// The extension for artificial intelligence, in words.
pub const EXTENSION: &str = "SCI for AI, text of 2026-01-12";

/// The commit of the text of the extension, which has no version number.
pub const EXTENSION_COMMIT: &str = "4b7c0f7";

/// The version of the standard, as the reporting format writes it.
pub const STANDARD_VERSION: f64 = 1.1;
