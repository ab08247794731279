//! The ledger's knowledge of a GPU that was found.

use gpu_carbon_ledger::GpuState;

/// The ledger's knowledge of a GPU that was found.
#[derive(Debug, Clone, Copy)]
pub(in crate::accounting) enum Persisted<'a> {
    /// No ledger.
    NoLedger,
    /// The ledger holds nothing about this GPU.
    NewGpu,
    /// The ledger holds the state of this GPU.
    Known(&'a GpuState),
}
