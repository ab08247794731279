//! The phases of a model's life, with their workloads.

use std::collections::{BTreeMap, BTreeSet};

use gpu_carbon_core::{Interval, Timestamp};
use gpu_carbon_ledger::report::{Totals, WorkloadTotals, by_workload};
use gpu_carbon_ledger::{Reader, ShareRow};

use super::super::phases::{LAST, Phases};
use crate::usage_error::UsageError;

/// The workloads of a phase, or what stands in the place of workloads.
#[derive(Debug, Default)]
pub(super) struct Stage {
    pub(super) name: String,
    pub(super) totals: Totals,
    /// The positions of the GPUs.
    pub(super) gpus: BTreeSet<usize>,
    /// The time in which a workload of the phase held a GPU, without overlaps.
    held: Vec<Interval>,
    /// The number of workloads, those that failed included.
    pub(super) workloads: usize,
}

impl Stage {
    /// The time in which at least one workload of the phase held a GPU, in seconds.
    pub(super) fn wall_clock_seconds(&self) -> f64 {
        self.held.iter().map(|time| time.length().as_seconds()).sum()
    }

    /// Returns true for a phase of a model's life, and false for what stands beside them.
    pub(super) fn is(&self, phases: &[&str]) -> bool {
        phases.contains(&self.name.as_str())
    }
}

/// Reads the phases of a ledger in a time, in their order; what stands in the place of workloads comes last. Their totals add up
/// to those of the GPUs.
///
/// # Errors
///
/// When the ledger cannot be read, or a workload belongs to two phases.
pub(super) fn stages(
    phases: &Phases,
    reader: &Reader,
    time: Interval,
) -> Result<Vec<Stage>, UsageError> {
    let mut stages: BTreeMap<(usize, String), Stage> = BTreeMap::new();
    for WorkloadTotals { workload, totals, gpus, shares, .. } in
        by_workload(reader, time).map_err(UsageError::Ledger)?
    {
        let key = if workload.is_workload() {
            phases.of(&workload.name)?
        } else {
            (LAST, workload.name.to_string())
        };
        let stage = stages.entry(key.clone()).or_default();
        stage.name = key.1;
        stage.totals = std::mem::take(&mut stage.totals).with(totals);
        stage.gpus.extend(gpus);
        stage.held.extend(shares.iter().filter_map(|share| held_time(share, time)));
        stage.workloads += 1;
    }
    let mut stages: Vec<Stage> = stages.into_values().collect();
    for stage in &mut stages {
        stage.held = united(std::mem::take(&mut stage.held));
    }
    Ok(stages)
}

/// The part of a share's interval that is in a time; `None` where no GPU was held.
fn held_time(share: &ShareRow, within: Interval) -> Option<Interval> {
    let start: Timestamp = share.interval.start().max(within.start());
    let end = share.interval.end().min(within.end());
    (share.held_seconds > 0.0 && start < end).then(|| Interval::new(start, end))
}

/// Joins intervals that overlap or touch.
fn united(mut times: Vec<Interval>) -> Vec<Interval> {
    times.sort_by_key(|time| (time.start(), time.end()));
    let mut united: Vec<Interval> = Vec::new();
    for time in times {
        match united.last_mut() {
            Some(last) if time.start() <= last.end() => {
                *last = Interval::new(last.start(), last.end().max(time.end()));
            }
            _ => united.push(time),
        }
    }
    united
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_that_overlap_count_once() {
        let at = |seconds| Timestamp::from_unix_seconds(seconds);
        let time = |from, to| Interval::new(at(from), at(to));
        let times = vec![time(10, 20), time(0, 5), time(15, 30), time(5, 6), time(16, 18)];
        assert_eq!(united(times), [time(0, 6), time(10, 30)]);
    }
}
