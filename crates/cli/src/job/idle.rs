//! The energy that a workload's GPUs used while they were idle.

use std::collections::BTreeMap;

use gpu_carbon_core::Power;
use gpu_carbon_ledger::Workload;
use gpu_carbon_ledger::report::WorkloadTotals;

/// The number of times that a GPU may draw its least power without a holder, to count as idle.
const IDLE_RATIO: f64 = 1.25;

/// The shortest time of a share from which a power is taken, in seconds: most of a slot.
const LEAST_SECONDS: f64 = 240.0;

/// The power up to which each GPU counts as idle.
#[derive(Debug)]
pub(super) struct GpuPowers {
    by_gpu: BTreeMap<usize, f64>,
    given: Option<Power>,
}

/// The energy of a workload while its GPUs were idle.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Idle {
    pub(super) joules: f64,
    /// The highest power up to which a GPU of the workload counts as idle, in watts.
    pub(super) watts: f64,
}

impl GpuPowers {
    /// The powers that were given, or else those that the shares without a workload show.
    pub(super) fn of(all: &[WorkloadTotals], given: Option<Power>) -> GpuPowers {
        let mut by_gpu: BTreeMap<usize, f64> = BTreeMap::new();
        let unallocated = all.iter().filter(|one| &*one.workload.kind == Workload::UNALLOCATED);
        for share in unallocated.flat_map(|one| &one.shares) {
            if share.held_seconds >= LEAST_SECONDS {
                let watts = IDLE_RATIO * share.energy_joules / share.held_seconds;
                let least = by_gpu.entry(share.gpu).or_insert(watts);
                *least = least.min(watts);
            }
        }
        GpuPowers { by_gpu, given }
    }

    /// The energy of the shares of a workload in which a GPU drew no more than it does when it is idle. `None` where that power
    /// is unknown for one of its GPUs.
    pub(super) fn idle(&self, workload: &WorkloadTotals) -> Option<Idle> {
        let mut idle = Idle { joules: 0.0, watts: 0.0 };
        for share in &workload.shares {
            let given = self.given.map(Power::as_watts);
            let watts = given.or_else(|| self.by_gpu.get(&share.gpu).copied())?;
            idle.watts = idle.watts.max(watts);
            if share.held_seconds > 0.0 && share.energy_joules <= watts * share.held_seconds {
                idle.joules += share.energy_joules;
            }
        }
        Some(idle)
    }
}
