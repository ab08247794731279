//! The components of a disclosure, whose scores add up to the whole.

use alloc::string::String;
use alloc::vec::Vec;

use crate::pue::Pue;
use crate::units::{Energy, Intensity, Mass};

/// A component: a part of the software whose emissions are counted.
#[derive(Debug, Clone, PartialEq)]
pub struct Component {
    /// The name, which no other component has.
    pub name: String,
    /// The scope, and the role in the whole.
    pub description: String,
    /// The energy and its conversion; `None` where only the emissions are known.
    pub conversion: Option<ComponentEnergy>,
    /// O: the emissions of the energy.
    pub operational: Mass,
    /// M: the embodied emissions; `None` where no figure is known.
    pub embodied: Option<Mass>,
    /// The names of the methodologies that were used.
    pub methodologies: Vec<String>,
}

/// The energy of a component, and the means by which it became emissions: E x PUE x I = O.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ComponentEnergy {
    /// E: the energy of the equipment.
    pub energy: Energy,
    /// The mean power usage effectiveness, weighted by energy.
    pub pue: Pue,
    /// I: the mean intensity, weighted by energy with its overhead.
    pub intensity: Intensity,
}

impl Component {
    /// The emissions: O, and M as far as it is known.
    #[must_use]
    pub fn emissions(&self) -> Mass {
        self.operational + self.embodied.unwrap_or_default()
    }

    /// The name of the calculation in the report template: `eim` from energy, intensity and embodied emissions, `om` from the
    /// emissions of both.
    #[must_use]
    pub const fn calculation(&self) -> &'static str {
        if self.conversion.is_some() { "eim" } else { "om" }
    }
}

impl ComponentEnergy {
    /// O = E x PUE x I.
    #[must_use]
    pub fn operational(&self) -> Mass {
        self.energy * self.pue * self.intensity
    }
}
