//! Methods by which the figures of a disclosure were found, and their classes.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

/// The class of a method in the report template of the Green Software Foundation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MethodClass {
    /// Found by a meter of one's own.
    Measured,
    /// Taken from someone else.
    Sourced,
    /// Estimated from something else.
    Modeled,
}

/// The way in which a figure was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Method {
    /// A counter of energy, or of functional units.
    Counter,
    /// Samples of power, integrated over time.
    Samples,
    /// A counter, for a time in which nobody read it: spread evenly over that time.
    Recovered,
    /// The value of another time: the same hour of another day or year.
    Fallback,
    /// A service that publishes it.
    Service,
    /// A statement of the operator.
    Declared,
    /// A model.
    Model,
}

/// A kind of figure of which a method tells the origin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Figure {
    /// C: emissions that are computed at once.
    Carbon,
    /// O: the emissions of energy.
    Operational,
    /// M: the embodied emissions.
    Embodied,
    /// E: energy.
    Energy,
    /// I: the carbon intensity of the grid.
    Intensity,
    /// R: functional units.
    Units,
}

/// A method, described.
#[derive(Debug, Clone, PartialEq)]
pub struct Methodology {
    /// The figure that it finds.
    pub figure: Figure,
    /// The name, by which components refer to it.
    pub name: String,
    /// The way.
    pub method: Method,
    /// The description.
    pub description: String,
    /// The names of the coefficients that it uses, each one of those of the disclosure.
    pub coefficients: Vec<String>,
}

impl Method {
    /// Every method.
    pub const ALL: [Method; 7] = [
        Method::Counter,
        Method::Samples,
        Method::Recovered,
        Method::Fallback,
        Method::Service,
        Method::Declared,
        Method::Model,
    ];

    /// The method in words.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Method::Counter => "measured",
            Method::Samples => "measured by samples",
            Method::Recovered => "measured and spread",
            Method::Fallback | Method::Model => "modelled",
            Method::Service => "sourced",
            Method::Declared => "declared",
        }
    }

    /// The class: a declared figure counts as sourced, from its operator.
    #[must_use]
    pub const fn class(self) -> MethodClass {
        match self {
            Method::Counter | Method::Samples | Method::Recovered => MethodClass::Measured,
            Method::Service | Method::Declared => MethodClass::Sourced,
            Method::Fallback | Method::Model => MethodClass::Modeled,
        }
    }
}

impl MethodClass {
    /// Every class.
    pub const ALL: [MethodClass; 3] =
        [MethodClass::Measured, MethodClass::Sourced, MethodClass::Modeled];

    /// The name in the report template.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            MethodClass::Measured => "measured",
            MethodClass::Sourced => "sourced",
            MethodClass::Modeled => "modeled",
        }
    }

    /// The class of a name; `None` for any other text.
    #[must_use]
    pub fn named(name: &str) -> Option<MethodClass> {
        MethodClass::ALL.into_iter().find(|known| known.name() == name)
    }
}

impl Figure {
    /// Every figure, in the order of the report template.
    pub const ALL: [Figure; 6] = [
        Figure::Carbon,
        Figure::Operational,
        Figure::Embodied,
        Figure::Energy,
        Figure::Intensity,
        Figure::Units,
    ];

    /// The heading in the report template.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Figure::Carbon => "Carbon (C)",
            Figure::Operational => "Operational Carbon (O)",
            Figure::Embodied => "Embodied Carbon (M)",
            Figure::Energy => "Energy (E)",
            Figure::Intensity => "Grid Carbon Intensity (I)",
            Figure::Units => "Functional Unit (R)",
        }
    }

    /// The letter in the formula.
    #[must_use]
    pub const fn letter(self) -> &'static str {
        match self {
            Figure::Carbon => "C",
            Figure::Operational => "O",
            Figure::Embodied => "M",
            Figure::Energy => "E",
            Figure::Intensity => "I",
            Figure::Units => "R",
        }
    }
}

impl fmt::Display for MethodClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
