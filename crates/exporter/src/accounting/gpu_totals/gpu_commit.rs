//! The part of a commit that belongs to one GPU.

use gpu_carbon_ledger::{ConvertedTime, GpuBatch};

/// The batch of one GPU, and the time whose energy is converted in it.
#[derive(Debug)]
pub(in crate::accounting) struct GpuCommit {
    pub(in crate::accounting) batch: GpuBatch,
    pub(in crate::accounting) converted: Vec<ConvertedTime>,
}
