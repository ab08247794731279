//! The totals of a GPU at a reload of the configuration.

use gpu_carbon_core::{Mass, Span, Timestamp, embodied};

use super::RunningTotals;

impl RunningTotals {
    /// Applies other manufacturing emissions from now on. The share of the time before stays as it is.
    pub(in crate::accounting) fn set_embodied(
        &mut self,
        manufacture: Option<Mass>,
        lifespan_before: Span,
    ) {
        let share = |total| embodied::of_one_gpu(total, self.presence, lifespan_before).as_grams();
        self.carried_over.embodied_grams += self.manufacture.map_or(0.0, share);
        (self.manufacture, self.presence) = (manufacture, Span::ZERO);
    }

    /// The earliest time of energy that may still be converted.
    pub(in crate::accounting) fn pending_since(&self) -> Option<Timestamp> {
        self.accounts.pending_flows().map(|(_, flow)| flow.interval.start()).min()
    }
}
