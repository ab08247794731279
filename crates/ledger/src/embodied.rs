//! The figures by which the embodied emissions of a GPU were computed, over time.

use gpu_carbon_core::embodied::EmbodiedBasis;
use gpu_carbon_core::{Interval, Timestamp};

/// The figures by which the embodied emissions of a GPU are computed from a time on.
#[derive(Debug, Clone, PartialEq)]
pub struct EmbodiedSince {
    /// The time from which they are in use: the last reading before the commit that recorded them; for the first ones of a GPU,
    /// the beginning of the day of its first reading.
    pub since: Timestamp,
    /// The figures, with their origins.
    pub basis: EmbodiedBasis,
}

/// Cuts an interval where the figures change, and returns each part with the position of its figures among `all`, which are
/// ordered by time; `None` before the first of them.
pub(crate) fn parts(
    all: &[EmbodiedSince],
    interval: Interval,
) -> impl Iterator<Item = (Option<usize>, Interval)> {
    let first = all.partition_point(|one| one.since <= interval.start());
    let last = all.partition_point(|one| one.since < interval.end()).max(first);
    let since = |position: usize| all.get(position).map(|one| one.since);
    (first..=last).map(move |next| {
        let start = next.checked_sub(1).and_then(since).unwrap_or(Timestamp::FIRST);
        let end = since(next).unwrap_or(interval.end());
        let part = Interval::new(start.max(interval.start()), end.min(interval.end()));
        (next.checked_sub(1), part)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use gpu_carbon_core::embodied::LIFESPAN;

    /// Every interval over a few changes is divided without a gap, and each part has the figures that were in use then.
    #[test]
    fn the_parts_of_an_interval_are_the_whole_and_each_has_its_figures() {
        let at = Timestamp::from_unix_seconds;
        let basis = EmbodiedBasis { gpu: None, server: None, lifespan: LIFESPAN };
        for changes in [vec![], vec![3], vec![2, 5], vec![0, 4, 9]] {
            let since = |&since: &i64| EmbodiedSince { since: at(since), basis: basis.clone() };
            let all: Vec<EmbodiedSince> = changes.iter().map(since).collect();
            for (start, end) in
                (0..10).flat_map(|start| (start + 1..=10).map(move |end| (start, end)))
            {
                let mut place = at(start);
                for (position, part) in parts(&all, Interval::new(at(start), at(end))) {
                    assert_eq!(part.start(), place, "{changes:?}: {start} to {end}");
                    assert!(part.end() > part.start());
                    place = part.end();
                    let in_use = changes.iter().rposition(|&change| at(change) <= part.start());
                    assert_eq!(position, in_use);
                }
                assert_eq!(place, at(end));
            }
        }
    }
}
