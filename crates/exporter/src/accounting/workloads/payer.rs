//! The payer of a part of a GPU's energy.

use std::sync::Arc;

use gpu_carbon_core::share::Weight;

use crate::holders::Workload;

/// The payer of a part of a GPU's energy.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Payer {
    /// A workload as it is published.
    Workload(Arc<Workload>),
    /// No workload: none held the GPU.
    Unallocated,
    /// One that is not known.
    Unknown,
}

/// A payer and its weight in the split.
pub(super) type Weighted = (Payer, Weight);
