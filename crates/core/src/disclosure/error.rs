//! Faults of a disclosure.

use alloc::string::String;

use super::persona::{Persona, Stage};

/// A fault for which a disclosure is refused.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum DisclosureError {
    /// A field that a standard requires is missing or empty.
    #[error("{field} is missing, and a disclosure requires it: {remedy}")]
    Missing {
        /// The field.
        field: &'static str,
        /// The thing to do.
        remedy: &'static str,
    },
    /// Parts do not add up to their total.
    #[error(
        "{field}: the components add up to {parts} {unit}, and the total is {total} {unit}: correct the part that is wrong, or add the one that is missing"
    )]
    Sum {
        /// The amount that is added up.
        field: &'static str,
        /// The sum of the parts.
        parts: f64,
        /// The total.
        total: f64,
        /// The unit of both.
        unit: &'static str,
    },
    /// The emissions of a component are not the product of its energy, its PUE and its intensity.
    #[error(
        "the component {component}: energy x PUE x intensity is {product} g, and its operational emissions are {grams} g: correct one of the four"
    )]
    Product {
        /// The component.
        component: String,
        /// The product, in g.
        product: f64,
        /// The emissions, in g.
        grams: f64,
    },
    /// R is not a positive number, so that no score exists.
    #[error(
        "the functional units (R) are {count}, and must be a number above 0: a score for nothing delivered does not exist; give the time and the count of units that were delivered"
    )]
    Units {
        /// The count.
        count: f64,
    },
    /// A provider's score is for a unit outside the closed list.
    #[error(
        "a provider's score is for one of FLOP, training token and parameter (SCI for AI, 8.2), not for one {unit}: give one of these, or the persona consumer"
    )]
    ClosedList {
        /// The unit.
        unit: String,
    },
    /// A consumer's score is for a provider's unit.
    #[error(
        "a consumer's score is not for one {unit}, which is a provider's unit (SCI for AI, 8.2): give the persona provider, or a unit that was delivered, such as token"
    )]
    ProvidersUnit {
        /// The unit.
        unit: String,
    },
    /// A stage of the other persona is counted.
    #[error(
        "the stage {stage} is not one of a {persona}, and the scores of the two personas are never added up: leave it out, or make a disclosure of its own for it"
    )]
    ForeignStage {
        /// The stage.
        stage: Stage,
        /// The persona of the disclosure.
        persona: Persona,
    },
    /// Two things have one name.
    #[error("two {things} are named {name}, and references could not tell them apart: rename one")]
    Duplicate {
        /// The things.
        things: &'static str,
        /// The name.
        name: String,
    },
    /// A reference leads to nothing.
    #[error(
        "{owner} refers to the {thing} {name}, which the disclosure does not have: add it, or correct the name"
    )]
    Dangling {
        /// The owner of the reference.
        owner: String,
        /// The kind of what is missing.
        thing: &'static str,
        /// The name that is referred to.
        name: String,
    },
    /// The shares of the intensities are not those of the whole energy.
    #[error(
        "the shares of energy by the origin of the intensity add up to {sum}, and must to 1: name every origin"
    )]
    Shares {
        /// The sum of the shares.
        sum: f64,
    },
    /// A number is none that a person can use.
    #[error("{field} is {value}, and must be a finite number")]
    NotFinite {
        /// The field.
        field: String,
        /// The number.
        value: f64,
    },
}
