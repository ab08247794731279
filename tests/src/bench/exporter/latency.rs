//! Response times.

use std::time::Duration;

/// Response times, shortest first.
#[derive(Debug, Clone)]
pub struct Latencies(Vec<Duration>);

impl From<Vec<Duration>> for Latencies {
    fn from(mut times: Vec<Duration>) -> Latencies {
        times.sort_unstable();
        Latencies(times)
    }
}

impl Latencies {
    /// The number of answers.
    #[must_use]
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// The shortest time within which that many percent of the answers came; zero where there were none.
    #[must_use]
    pub fn percentile(&self, percent: usize) -> Duration {
        self.per_mille(percent * 10)
    }

    /// Like [`Latencies::percentile`], for so many of a thousand answers.
    #[must_use]
    pub fn per_mille(&self, per_mille: usize) -> Duration {
        let rank = (self.0.len() * per_mille).div_ceil(1000).max(1);
        self.0.get(rank - 1).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(times: impl IntoIterator<Item = u64>, percent: usize, millis: u64) {
        let times: Vec<_> = times.into_iter().map(Duration::from_millis).collect();
        assert_eq!(Latencies::from(times).percentile(percent), Duration::from_millis(millis));
    }

    #[test]
    fn a_percentile_is_one_of_the_times() {
        check((1..=1000).rev(), 50, 500);
        check((1..=1000).rev(), 99, 990);
        check((1..=1000).rev(), 100, 1000);
        check([7], 50, 7);
        check([7], 0, 7);
        check([9, 1, 5], 50, 5);
        check([9, 1, 5], 99, 9);
        check([], 99, 0);
        let times: Vec<_> = (1..=2000).map(Duration::from_millis).collect();
        assert_eq!(Latencies::from(times).per_mille(999), Duration::from_millis(1998));
    }
}
