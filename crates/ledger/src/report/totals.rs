//! Sums over rows of the ledger.

use std::collections::BTreeMap;

use gpu_carbon_core::Signal;
use gpu_carbon_core::units::JOULES_PER_KILOWATT_HOUR;

use crate::energy_source::{EnergyBySource, EnergySource};
use crate::posting::Origin;
use crate::rows::{PresenceRow, UsageRow};

/// The sum of some rows of the ledger.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Totals {
    energy: EnergyBySource,
    /// Totals by the position of the origin. Those of pending energy have no grams.
    by_origin: BTreeMap<usize, OriginTotals>,
    /// The time for which GPUs were present, summed over the GPUs, in seconds.
    pub gpu_seconds: f64,
    /// The share of the GPUs' embodied emissions for the part of that time for which it is known; `None` where it is
    /// known for no part.
    pub embodied_grams: Option<f64>,
    /// The part of [`gpu_seconds`](Totals::gpu_seconds) for which the embodied emissions are known.
    pub embodied_gpu_seconds: f64,
    /// The energy of rows of which only a share by time is counted.
    pub shared_joules: f64,
    /// The part of the energy that is that of the host around the GPUs, in joules.
    pub host_joules: f64,
}

/// The energy of one origin and its emissions.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct OriginTotals {
    /// Energy of the GPUs alone, without the data centre's overhead.
    pub joules: f64,
    /// Emissions of the energy and its overhead.
    pub grams: f64,
}

impl Totals {
    /// Adds a share (0 to 1) of a usage row.
    pub(super) fn add_usage(&mut self, row: &UsageRow, share: f64) {
        let energy = row.energy.scaled(share);
        self.energy = self.energy.plus(energy);
        let joules = energy.total_joules();
        let totals = self.by_origin.entry(row.origin).or_default();
        totals.joules += joules;
        totals.grams += row.grams.unwrap_or_default() * share;
        if share < 1.0 {
            self.shared_joules += joules;
        }
    }

    /// The same totals as those of the host around the GPUs.
    pub(super) fn of_host(self) -> Totals {
        Totals { host_joules: self.joules(), ..self }
    }

    /// Adds a share (0 to 1) of a presence row.
    pub(super) fn add_presence(&mut self, row: &PresenceRow, share: f64) {
        self.gpu_seconds += row.seconds * share;
        if let Some(grams) = row.embodied_grams {
            self.embodied_grams = sum(self.embodied_grams, Some(grams * share));
            self.embodied_gpu_seconds += row.seconds * share;
        }
    }

    /// The sum of both.
    #[must_use]
    pub fn with(mut self, other: Totals) -> Totals {
        self.energy = self.energy.plus(other.energy);
        for (origin, part) in other.by_origin {
            let sum = self.by_origin.entry(origin).or_default();
            sum.joules += part.joules;
            sum.grams += part.grams;
        }
        self.gpu_seconds += other.gpu_seconds;
        self.embodied_grams = sum(self.embodied_grams, other.embodied_grams);
        self.embodied_gpu_seconds += other.embodied_gpu_seconds;
        self.shared_joules += other.shared_joules;
        self.host_joules += other.host_joules;
        self
    }

    /// All energy, converted or pending, in joules.
    #[must_use]
    pub fn joules(&self) -> f64 {
        self.energy.total_joules()
    }

    /// The energy that was measured in one way, in joules.
    #[must_use]
    pub fn joules_from(&self, source: EnergySource) -> f64 {
        self.energy.joules_from(source)
    }

    /// The energy that has no intensity yet, in joules; `origins` are the reader's.
    #[must_use]
    pub fn pending_joules(&self, origins: &[Origin]) -> f64 {
        let pending = self.origins(origins).filter(|(origin, _)| origin.intensity_source.is_none());
        pending.fold(0.0, |sum, (_, part)| sum + part.joules)
    }

    /// The emissions by one signal, in grams; `None` where there are none. Signals are never mixed.
    #[must_use]
    pub fn grams(&self, signal: Signal, origins: &[Origin]) -> Option<f64> {
        self.converted(signal, origins).map(|(_, part)| part.grams).reduce(|sum, part| sum + part)
    }

    /// The mean intensity by which energy was converted: grams for each kilowatt-hour that was drawn from the grid,
    /// overhead included. `None` where there is none.
    #[must_use]
    pub fn intensity(&self, signal: Signal, origins: &[Origin]) -> Option<f64> {
        let drawn: f64 = self
            .converted(signal, origins)
            .map(|(origin, part)| part.joules * origin.pue.as_number())
            .sum();
        let grams = self.grams(signal, origins)?;
        (drawn > 0.0).then(|| grams / (drawn / JOULES_PER_KILOWATT_HOUR))
    }

    /// The totals of each origin that are not zero.
    pub fn origins<'a>(
        &self,
        origins: &'a [Origin],
    ) -> impl Iterator<Item = (&'a Origin, OriginTotals)> {
        let used = self.by_origin.iter().filter(|(_, totals)| **totals != OriginTotals::default());
        used.filter_map(|(&position, &totals)| Some((origins.get(position)?, totals)))
    }

    fn converted<'a>(
        &self,
        signal: Signal,
        origins: &'a [Origin],
    ) -> impl Iterator<Item = (&'a Origin, OriginTotals)> {
        self.origins(origins)
            .filter(move |(origin, _)| origin.signal == signal && origin.intensity_source.is_some())
    }

    /// The share of the GPU time for which the embodied emissions are known, from 0 to 1; `None` where no GPU was present.
    #[must_use]
    pub fn embodied_known_ratio(&self) -> Option<f64> {
        (self.gpu_seconds > 0.0).then(|| self.embodied_gpu_seconds / self.gpu_seconds)
    }

    /// The mean power of a GPU while it was present, without the host around it, in watts; `None` where no GPU was.
    #[must_use]
    pub fn mean_watts(&self) -> Option<f64> {
        (self.gpu_seconds > 0.0).then(|| (self.joules() - self.host_joules) / self.gpu_seconds)
    }
}

/// The sum of the known amounts; `None` where neither is known.
fn sum(one: Option<f64>, other: Option<f64>) -> Option<f64> {
    [one, other].into_iter().flatten().reduce(|one, other| one + other)
}
