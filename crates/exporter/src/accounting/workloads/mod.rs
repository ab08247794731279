//! The workloads that hold GPUs, and the energy and emissions of each.

mod amounts;
mod attribution;
mod cpu_weights;
mod division;
mod gpu_shares;
mod host_division;
mod idle_power;
mod instance_weights;
mod partitions;
mod payer;
mod registry;
mod share_journal;
mod stored_shares;
#[cfg(test)]
mod tests;

pub(super) use attribution::{Attribution, Wanted};
pub(super) use division::GpuHolders;
pub(super) use gpu_shares::{GpuShares, Watching};
pub(super) use host_division::HostHolders;
