//! The facts of a disclosure beside its numbers: the software, its boundary, and the coefficients.

use alloc::string::String;
use alloc::vec::Vec;

/// The software, and those who answer for its score.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct About {
    /// The name of the software.
    pub name: String,
    /// The version.
    pub version: String,
    /// A description that people outside understand.
    pub description: String,
    /// The address of the software or of its documents.
    pub url: Option<String>,
    /// The organization that runs it.
    pub organization: String,
    /// The address of that organization.
    pub organization_url: Option<String>,
    /// The organization that answers for the score.
    pub accountable_organization: String,
    /// The person who answers for it, with a title.
    pub accountable_person: String,
    /// The mail address of that person.
    pub accountable_contact: String,
    /// The GUID of the software (RFC 4122), which the reporting format in YAML requires.
    pub guid: Option<String>,
    /// The address of the manifest of Impact Framework.
    pub manifest_url: Option<String>,
    /// The address of its visualization.
    pub visualizer_url: Option<String>,
    /// A summary in one's own words.
    pub summary: Option<String>,
    /// Findings.
    pub insights: Vec<String>,
}

/// The boundary: what is counted, and what is left out.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SoftwareBoundary {
    /// The parts that are counted.
    pub included: Vec<BoundaryPart>,
    /// The parts that are left out.
    pub left_out: Vec<BoundaryPart>,
}

/// A part inside the boundary or outside.
#[derive(Debug, Clone, PartialEq)]
pub struct BoundaryPart {
    /// The name.
    pub name: String,
    /// The contents, or the reason why it is left out.
    pub reason: String,
}

/// A number that the score rests on.
#[derive(Debug, Clone, PartialEq)]
pub struct Coefficient {
    /// The name, which no other coefficient has.
    pub name: String,
    /// The meaning.
    pub description: String,
    /// The number, in its unit.
    pub value: f64,
    /// The unit.
    pub unit: String,
    /// The publisher, or the meter.
    pub source: String,
}

/// A part of the energy, and the origin of the intensity that converted it.
#[derive(Debug, Clone, PartialEq)]
pub struct IntensityShare {
    /// The grid zone.
    pub zone: String,
    /// `marginal` or `average`.
    pub signal: &'static str,
    /// The gases that a gram counts; `None` where that is unknown.
    pub scope: Option<&'static str>,
    /// The service or the file.
    pub source: String,
    /// The quality: measured, estimated, forecast or fallback.
    pub quality: &'static str,
    /// The step of time in which energy and intensity are multiplied, in words.
    pub step: String,
    /// The share of the converted energy, from 0 to 1.
    pub share: f64,
    /// The mean intensity in g/kWh; `None` where it converted no energy.
    pub grams_per_kilowatt_hour: Option<f64>,
}
