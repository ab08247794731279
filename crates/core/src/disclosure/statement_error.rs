//! Faults of a document of anyone.

use alloc::string::String;

/// A fault of a document.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum StatementError {
    /// A required field is missing.
    #[error("{field} is missing, and the format requires it")]
    Missing {
        /// The field.
        field: String,
    },
    /// The components' scores do not add up to the score.
    #[error("the scores of the {count} components add up to {} g per {}, and the score says {}: {}", brief(*sum), amount(*per, unit), brief(*score), apart(*sum, *score))]
    Sum {
        /// The number of components.
        count: usize,
        /// The sum.
        sum: f64,
        /// The score.
        score: f64,
        /// The number of units of both.
        per: f64,
        /// The unit of both.
        unit: String,
    },
    /// The score is not the emissions over the functional units.
    #[error("{} g over {} is {} g per {}, and the document says {}: {}", brief(*emissions), amount(*units, unit), brief(*right), amount(*per, unit), brief(*stated), apart(*right, *stated))]
    Quotient {
        /// O + M.
        emissions: f64,
        /// R.
        units: f64,
        /// The unit.
        unit: String,
        /// The number of units of both scores.
        per: f64,
        /// The right score.
        right: f64,
        /// The score of the document.
        stated: f64,
    },
    /// The score stands twice, with different values.
    #[error("the score is {} g per {} in one place, and {} in another: {}", brief(*first), amount(*per, unit), brief(*other), apart(*first, *other))]
    Repeated {
        /// The score.
        first: f64,
        /// The other value.
        other: f64,
        /// The number of units of both.
        per: f64,
        /// The unit of both.
        unit: String,
    },
    /// Two scores of one document are for different units.
    #[error(
        "{name} has a score for one {found}, and the whole for one {expected}: scores of different units do not add up"
    )]
    Unit {
        /// The component, or the place.
        name: String,
        /// The unit there.
        found: String,
        /// The unit of the score.
        expected: String,
    },
    /// O is not E x PUE x I.
    #[error("energy x PUE x intensity is {right} g, and the operational emissions say {stated} g: {}", apart(*right, *stated))]
    Product {
        /// The product.
        right: f64,
        /// O.
        stated: f64,
    },
    /// R is 0 or below.
    #[error("the functional units (R) are {units}: a score for nothing delivered does not exist")]
    Nothing {
        /// R.
        units: f64,
    },
    /// No component is named.
    #[error("no component is named: at least one level of the breakdown is required")]
    NoBreakdown,
    /// A methodology has no class, or another word in its place.
    #[error(
        "the methodology {name} is classed as `{found}`, and must be sourced, measured or modeled"
    )]
    Class {
        /// The methodology.
        name: String,
        /// The word.
        found: String,
    },
    /// A reference leads to nothing.
    #[error("{owner} refers to the {thing} `{name}`, which the document does not have")]
    Dangling {
        /// The owner of the reference.
        owner: String,
        /// The kind of what is missing.
        thing: &'static str,
        /// The name.
        name: String,
    },
    /// A value is not in the form that the format requires.
    #[error("{field} is `{found}`, and must be {expected}")]
    Form {
        /// The field.
        field: String,
        /// The value.
        found: String,
        /// The form.
        expected: &'static str,
    },
}

/// The difference of a wrong value from the right one, in words: the factor where that tells more.
fn apart(right: f64, stated: f64) -> String {
    let factor = if stated > right { stated / right } else { right / stated };
    if factor.is_finite() && factor >= 1.5 {
        let way = if stated > right { "too high" } else { "too low" };
        alloc::format!("{way} by a factor of {}", three_digits(factor))
    } else {
        alloc::format!("{} apart", three_digits((right - stated).abs()))
    }
}

/// A number of units: `token`, or `1e6 tokens`.
fn amount(number: f64, unit: &str) -> String {
    #[allow(clippy::float_cmp, reason = "one is written without a number, and nothing else")]
    if number == 1.0 { unit.into() } else { alloc::format!("{} {unit}s", brief(number)) }
}

/// A number with as many digits as it has; a large or a tiny one with an exponent.
fn brief(number: f64) -> String {
    if (1e-3..1e6).contains(&number) || number == 0.0 {
        alloc::format!("{number}")
    } else {
        alloc::format!("{number:e}")
    }
}

/// Returns a number with three significant digits, or with all of its whole ones.
fn three_digits(number: f64) -> String {
    match number {
        100.0.. => alloc::format!("{number:.0}"),
        10.0.. => alloc::format!("{number:.1}"),
        0.01.. => alloc::format!("{number:.2}"),
        _ => alloc::format!("{number:.2e}"),
    }
}
