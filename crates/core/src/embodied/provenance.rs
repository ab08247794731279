//! The terms in which a figure of manufacture is stated.

use core::fmt;

/// The hardware that a figure counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum HardwareUnit {
    /// A card: the GPU with its board and cooler.
    Gpu,
    /// An eighth of a baseboard of eight GPUs, with its part of the switches between them and of the heat sinks.
    BaseboardEighth,
    /// A server without its GPUs: chassis, processors, memory, storage and power supplies.
    Server,
}

/// The stages of the life cycle that a figure counts; none counts the use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Boundary {
    /// Materials and manufacture, up to the gate of the factory.
    CradleToGate,
    /// Manufacture, distribution and end of life.
    WithoutUse,
}

/// The method of a figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Method {
    /// A product carbon footprint of the maker by ISO 14067, reviewed by a third party.
    ReviewedFootprint,
    /// A card that was taken apart, and its parts assessed.
    Teardown,
    /// A model by parameters such as the area of the dies and the size of the memory.
    Parametric,
}

impl HardwareUnit {
    /// The name in metrics and documents for programs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            HardwareUnit::Gpu => "gpu",
            HardwareUnit::BaseboardEighth => "baseboard_eighth",
            HardwareUnit::Server => "server_without_gpus",
        }
    }
}

impl Boundary {
    /// The name in metrics and documents for programs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Boundary::CradleToGate => "cradle_to_gate",
            Boundary::WithoutUse => "manufacture_distribution_end_of_life",
        }
    }
}

impl Method {
    /// The name in metrics and documents for programs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Method::ReviewedFootprint => "reviewed_product_footprint",
            Method::Teardown => "teardown",
            Method::Parametric => "parametric_model",
        }
    }
}

/// The unit in words, as for "164 kg for".
impl fmt::Display for HardwareUnit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            HardwareUnit::Gpu => "a card",
            HardwareUnit::BaseboardEighth => "an eighth of a baseboard of 8 GPUs",
            HardwareUnit::Server => "a server without its GPUs",
        })
    }
}

/// The boundary in words.
impl fmt::Display for Boundary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Boundary::CradleToGate => "cradle to gate",
            Boundary::WithoutUse => "manufacture, distribution and end of life",
        })
    }
}

/// The method in words.
impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Method::ReviewedFootprint => "the maker's product carbon footprint, reviewed",
            Method::Teardown => "a card taken apart",
            Method::Parametric => "a parametric model",
        })
    }
}
