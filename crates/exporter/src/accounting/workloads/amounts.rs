//! The amounts that one payer owes for one GPU.

use std::sync::Arc;

use gpu_carbon_core::sum::Sum;
use gpu_carbon_ledger::{ShareTotal, Workload};

use crate::snapshot::ShareAmounts;

/// The amounts that one payer owes for one GPU, as sums that do not drift.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Amounts {
    energy: Sum,
    emissions: Sum,
    embodied: Sum,
    held: Sum,
    /// The highest emissions that were ever published, in grams.
    published_grams: f64,
}

impl Amounts {
    /// The amounts that the ledger holds.
    pub(super) fn restored(total: &ShareTotal) -> Amounts {
        let mut amounts = Amounts { published_grams: total.published_grams, ..Amounts::default() };
        amounts.add_energy(total.energy_joules);
        amounts.add_emissions(total.emissions_grams);
        amounts.add_held(total.held_seconds, Some(total.embodied_grams));
        amounts
    }

    /// The amounts for the ledger. `holds` is true if the payer holds the GPU.
    pub(super) fn stored(&self, workload: Arc<Workload>, holds: bool) -> ShareTotal {
        ShareTotal {
            workload,
            holds,
            energy_joules: self.energy.value(),
            emissions_grams: self.emissions.value(),
            published_grams: self.published_grams,
            embodied_grams: self.embodied.value(),
            held_seconds: self.held.value(),
        }
    }

    /// Adds energy in joules.
    pub(super) fn add_energy(&mut self, joules: f64) {
        self.energy.add(joules);
    }

    /// Adds operational emissions in grams, which a revision may have made less.
    pub(super) fn add_emissions(&mut self, grams: f64) {
        self.emissions.add(grams);
    }

    /// Adds time in which the GPU was held, in seconds, with its share of manufacturing emissions in grams.
    pub(super) fn add_held(&mut self, seconds: f64, embodied_grams: Option<f64>) {
        self.held.add(seconds);
        self.embodied.add(embodied_grams.unwrap_or_default());
    }

    /// Adds all amounts of another payer.
    pub(super) fn add_all(&mut self, other: &Amounts) {
        self.energy.add(other.energy.value());
        self.emissions.add(other.emissions.value());
        self.embodied.add(other.embodied.value());
        self.held.add(other.held.value());
        self.published_grams += other.published_grams;
    }

    /// The amounts without those of others, which are a part of them.
    pub(super) fn minus(&self, others: &Amounts) -> Amounts {
        let mut rest = *self;
        rest.energy.add(-others.energy.value());
        rest.emissions.add(-others.emissions.value());
        rest.embodied.add(-others.embodied.value());
        rest.held.add(-others.held.value());
        rest.published_grams -= others.published_grams;
        rest
    }

    /// The rest of a GPU's joules, grams and grams of manufacture, if these are those of all known payers.
    pub(super) fn rest_of(&self, joules: f64, grams: f64, embodied_grams: f64) -> Amounts {
        let mut rest = Amounts::default();
        rest.add_energy((joules - self.energy.value()).max(0.0));
        rest.add_emissions((grams - self.emissions.value()).max(0.0));
        rest.add_held(0.0, Some((embodied_grams - self.embodied.value()).max(0.0)));
        rest.raise_published();
        rest
    }

    /// Records that the emissions are published, which never fall.
    pub(super) fn raise_published(&mut self) {
        self.published_grams = self.published_grams.max(self.emissions.value());
    }

    /// The amounts as numbers. `has_embodied` is true if the manufacturing emissions of the GPU are known.
    pub(super) fn view(&self, has_embodied: bool) -> ShareAmounts {
        ShareAmounts {
            energy_joules: self.energy.value().max(0.0),
            emissions_grams: self.emissions.value().max(self.published_grams).max(0.0),
            embodied_grams: has_embodied.then(|| self.embodied.value().max(0.0)),
            held_seconds: self.held.value().max(0.0),
        }
    }
}
