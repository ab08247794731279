//! The sums of a GPU's rows, and their comparison with its totals.

use crate::gpu::GpuTotals;
use crate::rows::Carried;

/// The relative difference that rounding may leave between the sum of the rows and a total.
const ROUNDING: f64 = 1e-9;
/// The difference that rounding may leave, in joules or grams: rows with less are deleted.
const REMAINDER: f64 = 1e-3;

/// The sums of a GPU's rows.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct GpuSums {
    pub(super) joules: f64,
    pub(super) grams: f64,
    pub(super) embodied_grams: f64,
}

impl GpuSums {
    /// The first total that is not the sum of the rows and of what was carried; `None` where all are.
    pub(super) fn contradiction(&self, carried: &Carried, totals: &GpuTotals) -> Option<String> {
        let grams = totals.emissions_grams + totals.restated_grams;
        let embodied = carried.embodied_grams + self.embodied_grams;
        [
            ("J", carried.joules + self.joules, totals.energy_joules),
            ("g", carried.grams + self.grams, grams),
            ("g of manufacture", embodied, totals.embodied_grams),
        ]
        .into_iter()
        .find(|&(_, sum, total)| !agree(sum, total))
        .map(|(unit, sum, total)| {
            format!("its rows add up to {sum} {unit}, and its total is {total} {unit}")
        })
    }
}

/// Reports whether a sum and a total differ by rounding at most.
pub(super) fn agree(sum: f64, total: f64) -> bool {
    (sum - total).abs() <= REMAINDER + ROUNDING * sum.abs().max(total.abs())
}
