//! The use of a GPU by the processes or the instances on it, as the thread that reads the GPU measures it.

use std::collections::BTreeMap;
use std::sync::Arc;

use gpu_carbon_attribution::Place;

/// The use of a GPU since it was last measured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GpuUse {
    /// The GPU's UUID.
    pub uuid: Arc<str>,
    /// The use, or the kind of the error for which there is none.
    pub used: Result<Used, &'static str>,
}

/// The use of a GPU by those who share it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Used {
    /// The use by processes.
    ByPlace(UseByPlace),
    /// The use of each MIG instance.
    ByInstance(UseByInstance),
}

/// Sums of samples of utilization in percent, by the place of the processes; `None` for processes of no workload.
pub type UseByPlace = BTreeMap<Option<Place>, u64>;

/// The use of a slice of each GPU instance over time, in thousandths of a percent for each millisecond, by the instance's number.
pub type UseByInstance = BTreeMap<u32, u64>;

impl Used {
    /// The sum with a later measurement; that alone if it is of another kind.
    #[must_use]
    pub fn with(mut self, later: Used) -> Used {
        match (&mut self, later) {
            (Used::ByPlace(sums), Used::ByPlace(later)) => add(sums, later),
            (Used::ByInstance(sums), Used::ByInstance(later)) => add(sums, later),
            (_, later) => return later,
        }
        self
    }
}

fn add<Key: Ord>(sums: &mut BTreeMap<Key, u64>, later: BTreeMap<Key, u64>) {
    for (key, used) in later {
        *sums.entry(key).or_default() += used;
    }
}
