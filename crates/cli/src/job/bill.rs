//! The bill of a workload.

use gpu_carbon_core::boundary::Boundary;
use gpu_carbon_core::sci::Sci;
use gpu_carbon_core::{Interval, Mass, Signal};
use gpu_carbon_ledger::Reader;
use gpu_carbon_ledger::report::WorkloadTotals;

use super::alternatives::Alternatives;
use super::args::Args;
use super::idle::{GpuPowers, Idle};
use crate::report::manufacture::GpuManufacture;

/// The bill of a workload.
#[derive(Debug)]
pub(super) struct Bill<'a> {
    pub(super) args: &'a Args,
    pub(super) reader: &'a Reader,
    /// The time between its first and its last share.
    pub(super) time: Interval,
    pub(super) workload: WorkloadTotals,
    /// The signal of its emissions; `None` where none of its energy is converted.
    pub(super) signal: Option<Signal>,
    pub(super) idle: GpuPowers,
    /// The boundary of the figures.
    pub(super) boundary: Boundary,
    /// The figures of the embodied emissions of its GPUs, with their sources.
    pub(super) manufactures: Vec<GpuManufacture<'a>>,
    /// The alternatives; `None` where no intensity is known.
    pub(super) alternatives: Option<Alternatives>,
}

impl Bill<'_> {
    /// The emissions of its energy, in grams.
    pub(super) fn grams(&self) -> Option<f64> {
        self.workload.totals.grams(self.signal?, self.reader.origins())
    }

    /// The energy while its GPUs were idle.
    pub(super) fn idle(&self) -> Option<Idle> {
        self.idle.idle(&self.workload)
    }

    /// The Software Carbon Intensity, in grams for one functional unit: without the manufacture where that is unknown.
    pub(super) fn sci_grams(&self) -> Option<f64> {
        let mass = |grams: f64| Mass::from_grams(grams.max(0.0)).unwrap_or_default();
        let embodied = mass(self.workload.totals.embodied_grams.unwrap_or_default());
        let sci = Sci { operational: mass(self.grams()?), embodied };
        sci.grams_per_unit(self.args.per.amount)
    }
}
