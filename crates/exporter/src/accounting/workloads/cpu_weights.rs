//! The use of a host's processors between two readings of their time.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::holders::CpuUse;

/// The part of the processors' time up to which they count as quiet: their power is that without work.
const QUIET_PERCENT: u64 = 5;

/// The use of a host's processors between two readings of their time, in microseconds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct CpuWeights {
    /// The time of each workload.
    pub(super) by_workload: BTreeMap<Arc<str>, u64>,
    /// The time of all else.
    pub(super) others: u64,
    /// True if the processors had next to nothing to do.
    pub(super) is_quiet: bool,
}

/// The use of a host's processors, from one reading of their time to the next.
#[derive(Debug, Default)]
pub(super) struct CpuMeter {
    last: Option<Arc<CpuUse>>,
    weights: Option<CpuWeights>,
}

impl CpuMeter {
    /// Takes the newest reading; `None` if there is none.
    pub(super) fn record(&mut self, newest: Option<&Arc<CpuUse>>) {
        let Some(newest) = newest else {
            (self.last, self.weights) = (None, None);
            return;
        };
        if self.last.as_ref().is_some_and(|last| Arc::ptr_eq(last, newest)) {
            return;
        }
        if let Some(last) = self.last.replace(Arc::clone(newest)) {
            self.weights = Some(CpuWeights::between(&last, newest));
        }
    }

    /// The use between the last two readings; `None` before the second one.
    pub(super) const fn weights(&self) -> Option<&CpuWeights> {
        self.weights.as_ref()
    }
}

impl CpuWeights {
    /// The use between two readings. A workload without an earlier reading has none: its time may be of long ago.
    fn between(earlier: &CpuUse, later: &CpuUse) -> CpuWeights {
        let used = |(name, time): (&Arc<str>, &u64)| {
            let before = earlier.by_workload.get(name)?;
            Some((Arc::clone(name), time.saturating_sub(*before)))
        };
        let by_workload: BTreeMap<Arc<str>, u64> =
            later.by_workload.iter().filter_map(used).collect();
        let of_workloads = by_workload.values().fold(0, |sum: u64, time| sum.saturating_add(*time));
        let busy = later.host.busy.saturating_sub(earlier.host.busy);
        let whole = later.host.whole.saturating_sub(earlier.host.whole);
        CpuWeights {
            by_workload,
            others: busy.saturating_sub(of_workloads),
            is_quiet: whole > 0 && busy <= whole / 100 * QUIET_PERCENT,
        }
    }
}

#[cfg(test)]
mod tests {
    use gpu_carbon_attribution::cpu_time::HostTime;

    use super::*;

    fn reading(busy: u64, whole: u64, jobs: &[(&str, u64)]) -> Arc<CpuUse> {
        let by_workload = jobs.iter().map(|(name, time)| ((*name).into(), *time)).collect();
        Arc::new(CpuUse { host: HostTime { busy, whole }, by_workload })
    }

    #[test]
    fn the_use_is_that_between_two_readings() {
        let mut meter = CpuMeter::default();
        meter.record(Some(&reading(1000, 10_000, &[("a", 500)])));
        assert_eq!(meter.weights(), None, "a sum since the boot is no use");
        meter.record(Some(&reading(1600, 12_000, &[("a", 900), ("b", 80)])));
        let expected =
            CpuWeights { by_workload: [("a".into(), 400)].into(), others: 200, is_quiet: false };
        assert_eq!(meter.weights(), Some(&expected));
        // A group that was made again, and times that were not read at once.
        meter.record(Some(&reading(1610, 14_000, &[("a", 3), ("b", 180)])));
        let expected = CpuWeights {
            by_workload: [("a".into(), 0), ("b".into(), 100)].into(),
            others: 0,
            is_quiet: true,
        };
        assert_eq!(meter.weights(), Some(&expected));
        meter.record(None);
        assert_eq!(meter.weights(), None);
    }
}
