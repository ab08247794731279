//! The totals of a GPU at a reload of the configuration.

use gpu_carbon_core::{Mass, Span, embodied};

use super::RunningTotals;

impl RunningTotals {
    /// Applies other manufacturing emissions from now on. The share of the time before stays as it is.
    pub(in crate::accounting) fn set_embodied(
        &mut self,
        manufacture: Option<Mass>,
        lifespan_before: Span,
    ) {
        if let Some(total) = self.manufacture {
            let share = embodied::of_one_gpu(total, self.presence, lifespan_before);
            self.energy.settle_embodied(share);
        }
        (self.manufacture, self.presence) = (manufacture, Span::ZERO);
    }
}
