//! The use of a GPU by the processes on it, as the thread that reads the GPU measures it.

use std::collections::BTreeMap;
use std::sync::Arc;

use gpu_carbon_attribution::Place;

/// The use of a GPU since it was last measured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GpuUse {
    /// The GPU's UUID.
    pub uuid: Arc<str>,
    /// The sum of the samples of utilization, or the kind of the error for which there is none.
    pub used: Result<UseByPlace, &'static str>,
}

/// Sums of samples of utilization in percent, by the place of the processes; `None` for processes of no workload.
pub type UseByPlace = BTreeMap<Option<Place>, u64>;
