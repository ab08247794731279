//! The longest time for which a value of a series holds, where it changes within the series: a grid that publishes every
//! hour until one day, and every quarter of an hour from then on.

use alloc::vec::Vec;

use crate::time::{Span, Timestamp};

/// A step, and the time of the first value that holds for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StepChange {
    /// The time from which the step is in force.
    pub from: Timestamp,
    /// The longest time for which a value holds.
    pub step: Span,
}

/// The steps of a series.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Steps {
    /// The step of most values.
    usual: Span,
    /// The changes in order of time; empty where every value has the usual step.
    changes: Vec<StepChange>,
}

/// The number of equal distances between values from which they are a step of their own, even between values of another
/// step. Fewer of them are as likely values that are missing.
const SURE: usize = 6;

/// The time around a change of step within which the old step may return.
const UNSETTLED: Span = Span::from_days(1);

impl Steps {
    /// One step throughout.
    pub(crate) const fn uniform(step: Span) -> Steps {
        Steps { usual: step, changes: Vec::new() }
    }

    /// The steps with their changes in order of time; the first one holds before its time, too.
    pub(crate) fn with_changes(usual: Span, changes: Vec<StepChange>) -> Steps {
        let is_uniform = changes.iter().all(|change| change.step == usual);
        Steps { usual, changes: if is_uniform { Vec::new() } else { changes } }
    }

    /// The step of most values.
    pub(crate) const fn usual(&self) -> Span {
        self.usual
    }

    /// The step of a value at a time.
    pub(crate) fn at(&self, time: Timestamp) -> Span {
        let begun = self.changes.partition_point(|change| change.from <= time).saturating_sub(1);
        self.changes.get(begun).map_or(self.usual, |change| change.step)
    }

    /// The changes; empty where there is none.
    pub(crate) fn changes(&self) -> &[StepChange] {
        &self.changes
    }

    /// The steps of values at some times, in order of time, by the distances between them; `None` for a single value.
    ///
    /// A distance is a step where it stands several times in a row, and one between values of a shorter step is a gap. A few
    /// equal distances between values of one shorter step are values that are missing.
    pub(crate) fn of(times: &[Timestamp]) -> Option<Steps> {
        let usual = most_common_distance(times)?;
        let mut runs = steps_among(&runs(times));
        join(&mut runs);
        while let Some(doubtful) = most_doubtful(&runs) {
            runs.remove(doubtful);
            join(&mut runs);
        }
        if runs.is_empty() {
            return Some(Steps::uniform(usual));
        }
        let mut changes: Vec<StepChange> = Vec::with_capacity(runs.len());
        let mut settled = 0;
        for run in &runs {
            // Of the values between two runs, the first at the new distance begins the new step.
            let between = times.get(settled..=run.first).unwrap_or_default();
            let early = between.iter().zip(between.iter().skip(1));
            let first = early
                .filter(|(at, next)| next.duration_since(**at) == run.distance)
                .map(|(at, _)| *at)
                .next();
            let first = first.or(times.get(run.first).copied())?;
            changes.push(StepChange { from: first, step: run.distance });
            settled = run.last + 1;
        }
        let most = longest(&runs, times).unwrap_or(usual);
        Some(Steps::with_changes(most, changes))
    }
}

/// Values at equal distances.
#[derive(Debug, Clone, Copy)]
struct Run {
    distance: Span,
    /// The number of distances.
    count: usize,
    /// The index of the value before the first distance.
    first: usize,
    /// The index of the value before the last distance.
    last: usize,
}

impl Run {
    fn length(&self) -> Span {
        let count = u64::try_from(self.count).unwrap_or(u64::MAX);
        Span::from_micros(self.distance.as_micros().saturating_mul(count))
    }
}

fn distances(times: &[Timestamp]) -> impl Iterator<Item = Span> + '_ {
    times.iter().zip(times.iter().skip(1)).map(|(at, next)| next.duration_since(*at))
}

fn runs(times: &[Timestamp]) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for (index, distance) in distances(times).enumerate() {
        match runs.last_mut() {
            Some(run) if run.distance == distance => {
                run.count += 1;
                run.last = index;
            }
            _ => runs.push(Run { distance, count: 1, first: index, last: index }),
        }
    }
    runs
}

/// The runs that may be steps: of several distances, or of one that returns to a step after a few values of another.
fn steps_among(runs: &[Run]) -> Vec<Run> {
    let at = |index: Option<usize>| runs.get(index?);
    let returns = |run: &Run, between: Option<&Run>, beyond: Option<&Run>| {
        let is_same = beyond.is_some_and(|it| it.distance == run.distance && it.count > 1);
        is_same && between.is_some_and(|it| it.count > 1 && it.count < SURE)
    };
    let may_be = |&(index, run): &(usize, &Run)| {
        run.count > 1
            || returns(run, at(index.checked_sub(1)), at(index.checked_sub(2)))
            || returns(run, at(index.checked_add(1)), at(index.checked_add(2)))
    };
    runs.iter().enumerate().filter(may_be).map(|(_, run)| *run).collect()
}

/// Joins neighbours of one distance.
fn join(runs: &mut Vec<Run>) {
    runs.dedup_by(|later, run| {
        let same = later.distance == run.distance;
        if same {
            run.count += later.count;
            run.last = later.last;
        }
        same
    });
}

/// The shortest run that is as likely a few missing values, or a few more of them, between values of one step.
fn most_doubtful(runs: &[Run]) -> Option<usize> {
    let is_doubtful = |index: &usize| {
        let at = |index: Option<usize>| runs.get(index?);
        let Some(run) = at(Some(*index)) else { return false };
        let (before, after) = (at(index.checked_sub(1)), at(index.checked_add(1)));
        let (Some(before), Some(after)) = (before, after) else { return false };
        // Just after a change, a source may return to its old step for a while.
        let returns = |between: &Run, beyond: Option<&Run>| {
            between.length() <= UNSETTLED && beyond.is_some_and(|it| it.distance == run.distance)
        };
        run.count < SURE
            && before.distance == after.distance
            && !returns(before, at(index.checked_sub(2)))
            && !returns(after, at(index.checked_add(2)))
    };
    (0..runs.len()).filter(is_doubtful).min_by_key(|&index| runs.get(index).map(|run| run.count))
}

/// The distance of the runs that has most values.
fn longest(runs: &[Run], times: &[Timestamp]) -> Option<Span> {
    let ends = runs.iter().skip(1).map(|run| run.first).chain([times.len()]);
    let mut counts: Vec<(Span, usize)> = Vec::new();
    for (run, end) in runs.iter().zip(ends) {
        let values = end.saturating_sub(run.first);
        match counts.iter_mut().find(|(distance, _)| *distance == run.distance) {
            Some((_, count)) => *count += values,
            None => counts.push((run.distance, values)),
        }
    }
    let most =
        counts.iter().max_by_key(|(distance, count)| (*count, core::cmp::Reverse(*distance)));
    most.map(|&(distance, _)| distance)
}

/// The most common distance between two neighbours; of equally common ones, the shortest.
fn most_common_distance(times: &[Timestamp]) -> Option<Span> {
    let mut distances: Vec<Span> = distances(times).collect();
    distances.sort_unstable();
    distances
        .chunk_by(|a, b| a == b)
        .rev() // of equally long runs, `max_by_key` takes the last: the shortest distance
        .max_by_key(|run| run.len())
        .and_then(|run| run.first())
        .copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::vec;

    /// The times, in minutes, of values at some distances from 0 on.
    fn times(distances: &[(i64, usize)]) -> Vec<Timestamp> {
        let mut minute = 0;
        let mut times = vec![Timestamp::EPOCH];
        for &(distance, count) in distances {
            for _ in 0..count {
                minute += distance;
                times.push(Timestamp::from_unix_seconds(60 * minute));
            }
        }
        times
    }

    /// The time in minutes that no value covers.
    fn missing(distances: &[(i64, usize)]) -> u64 {
        let times = times(distances);
        let steps = Steps::of(&times).unwrap();
        let gaps = times.iter().zip(times.iter().skip(1)).map(|(at, next)| {
            next.duration_since(*at).saturating_sub(steps.at(*at)).as_micros() / 60_000_000
        });
        gaps.sum()
    }

    #[test]
    fn a_change_of_step_is_no_gap() {
        for steps in [[60, 15], [15, 60], [30, 15], [15, 30], [60, 5], [60, 30]] {
            for counts in [[2, 2], [3, 100], [100, 3], [8760, 35_040]] {
                let [before, after] = [(steps[0], counts[0]), (steps[1], counts[1])];
                assert_eq!(missing(&[before, after]), 0, "{before:?} {after:?}");
            }
        }
        assert_eq!(missing(&[(60, 48), (15, 96), (60, 48), (15, 96)]), 0);
        // Great Britain in 2020, as ENTSO-E has it: an hour of the old step a day after the change.
        assert_eq!(missing(&[(30, 14_592), (15, 92), (30, 2), (15, 5_855)]), 0);
    }

    #[test]
    fn a_missing_value_is_a_gap_by_the_step_where_it_stands() {
        assert_eq!(missing(&[(60, 100), (15, 10), (60, 1), (15, 1000)]), 45);
        assert_eq!(missing(&[(60, 1000), (15, 10), (30, 1), (15, 10)]), 15);
        assert_eq!(missing(&[(60, 10), (120, 1), (60, 10), (15, 100)]), 60);
        assert_eq!(missing(&[(60, 10), (180, 1), (15, 100)]), 120);
        assert_eq!(missing(&[(15, 100), (45, 1), (60, 100)]), 30);
        assert_eq!(missing(&[(5, 100), (10, 2), (5, 100)]), 10, "two single ones");
        // Germany in 2020: an hour of another step amid the usual one.
        assert_eq!(missing(&[(15, 33_980), (30, 2), (15, 1_151)]), 30);
        assert_eq!(missing(&[(15, 100), (30, 6), (15, 100)]), 0, "six in a row are a step");
    }

    #[test]
    fn a_series_too_short_for_two_steps_has_its_most_common_one() {
        assert_eq!(Steps::of(&times(&[])), None);
        assert_eq!(Steps::of(&times(&[(60, 1)])), Some(Steps::uniform(Span::from_seconds(3600))));
        assert_eq!(missing(&[(60, 1), (15, 3)]), 45);
        let steps = Steps::of(&times(&[(30, 2), (15, 2), (30, 1)])).unwrap();
        assert_eq!(steps, Steps::uniform(Span::from_seconds(1800)));
    }

    #[test]
    fn the_first_value_at_the_new_distance_begins_the_new_step() {
        let times = times(&[(60, 10), (15, 1), (45, 1), (15, 20)]);
        let steps = Steps::of(&times).unwrap();
        assert_eq!(steps.at(times[9]), Span::from_seconds(3600));
        assert_eq!(steps.at(times[10]), Span::from_seconds(900));
        assert_eq!(steps.usual(), Span::from_seconds(900));
        assert_eq!(steps.changes().len(), 2);
    }

    proptest! {
        #[test]
        fn no_value_holds_longer_than_a_distance_that_stands_twice(
            distances in prop::collection::vec((prop::sample::select(vec![5, 15, 30, 60, 45, 120]), 1_usize..12), 1..12),
        ) {
            let times = times(&distances);
            let steps = Steps::of(&times).unwrap();
            let known: Vec<Span> = super::distances(&times).collect();
            for &at in &times {
                prop_assert!(known.contains(&steps.at(at)));
            }
            prop_assert!(known.contains(&steps.usual()));
        }

        #[test]
        fn one_missing_value_of_a_regular_series_is_one_gap(
            (count, gap) in (8_usize..200).prop_flat_map(|count| (Just(count), 2..count - 2)),
            step in prop::sample::select(vec![5_i64, 15, 30, 60]),
        ) {
            prop_assert_eq!(i64::try_from(missing(&[(step, gap), (2 * step, 1), (step, count - gap)])).unwrap(), step);
        }
    }
}
