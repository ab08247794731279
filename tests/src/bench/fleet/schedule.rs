//! The times of events: when counters stand still, and when hosts and GPUs change.

/// The seconds before and after a change in which the counters of the changed GPUs stand still, so that the rules and the check
/// see the same: a minute, in which each group of rules looks once, after Prometheus has scraped all new targets, half a minute
/// after it has read of them.
pub const STILL: f64 = 105.0;

/// The events so far, in seconds since the epoch.
#[derive(Debug, Clone, Default)]
pub struct Schedule {
    /// Times in which every counter stands still.
    pub still: Vec<(f64, f64)>,
    /// The time at which hosts are renamed and restarted, and GPUs are replaced and moved.
    pub change: Option<f64>,
}

impl Schedule {
    /// The seconds between two times in which a counter counts. The counter of a GPU that `changes` also stands still around
    /// the change.
    #[must_use]
    pub fn counting(&self, from: f64, until: f64, changes: bool) -> f64 {
        let around = self.change.filter(|_| changes).map(|at| (at - STILL, at + STILL));
        let mut still: Vec<(f64, f64)> = self.still.iter().copied().chain(around).collect();
        still.sort_by(|a, b| a.0.total_cmp(&b.0));
        let (mut counted, mut at) = (0.0, from);
        for (begin, end) in still {
            counted += (begin.min(until) - at).max(0.0);
            at = at.max(end).min(until.max(from));
        }
        counted + (until - at).max(0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counters_stand_still_at_their_times() {
        let mut schedule = Schedule { still: vec![(100.0, 200.0)], change: None };
        assert_eq!(schedule.counting(0.0, 50.0, false), 50.0);
        assert_eq!(schedule.counting(0.0, 150.0, false), 100.0);
        assert_eq!(schedule.counting(0.0, 300.0, false), 200.0);
        assert_eq!(schedule.counting(150.0, 300.0, true), 100.0);
        schedule.change = Some(250.0);
        assert_eq!(schedule.counting(0.0, 400.0, true), 145.0, "to 100, and from 355");
        assert_eq!(schedule.counting(0.0, 400.0, false), 300.0);
    }
}
