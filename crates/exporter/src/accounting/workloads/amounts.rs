//! The amounts that one payer owes for one GPU.

use std::sync::Arc;

use gpu_carbon_core::counters::CountedPart;
use gpu_carbon_core::sum::Sum;
use gpu_carbon_ledger::{GpuTotals, ShareTotal, Workload};

use crate::snapshot::ShareAmounts;

/// The amounts that one payer owes for one GPU, as sums that do not drift.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Amounts {
    energy: Sum,
    emissions: Sum,
    embodied: Sum,
    held: Sum,
    /// The counter of the emissions in grams, which never falls.
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

    /// The rest of a GPU's totals, if these are the amounts of all known payers.
    pub(super) fn rest_of(&self, totals: &GpuTotals) -> Amounts {
        let emitted = totals.emissions_grams + totals.restated_grams;
        let mut rest = Amounts::default();
        rest.add_energy((totals.energy_joules - self.energy.value()).max(0.0));
        rest.add_emissions((emitted - self.emissions.value()).max(0.0));
        rest.add_held(0.0, Some((totals.embodied_grams - self.embodied.value()).max(0.0)));
        rest.published_grams = (totals.published_grams - self.published_grams).max(0.0);
        rest
    }

    /// The emissions, with their counter.
    pub(super) fn counted_emissions(&self) -> CountedPart {
        CountedPart { amount: self.emissions.value(), counter: self.published_grams }
    }

    /// Records the counter of the emissions.
    pub(super) fn set_counter(&mut self, part: CountedPart) {
        self.published_grams = part.counter;
    }

    /// The amounts as counters. `has_embodied` is true if the manufacturing emissions of the GPU are known, and `has_ledger` if
    /// emissions may be revised.
    pub(super) fn view(&self, has_embodied: bool, has_ledger: bool) -> ShareAmounts {
        let emissions = if has_ledger { self.published_grams } else { self.emissions.value() };
        ShareAmounts {
            energy_joules: self.energy.value().max(0.0),
            emissions_grams: emissions.max(0.0),
            embodied_grams: has_embodied.then(|| self.embodied.value().max(0.0)),
            held_seconds: self.held.value().max(0.0),
        }
    }
}
