//! How many requests are answered: a token bucket.

use std::time::{Duration, Instant};

use super::error::Fault;
use super::file::RateSection;

/// So many requests at once, and one more each interval.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Rate {
    interval: Duration,
    burst: u32,
}

impl Rate {
    /// `None` where nothing is limited.
    pub(super) fn new(section: &RateSection) -> Result<Option<Rate>, Fault> {
        let key = "rate_limit.interval";
        let text = section.interval.as_deref().unwrap_or("0");
        let interval = match text {
            "0" => Duration::ZERO,
            _ => humantime::parse_duration(text).map_err(|error| {
                Fault::new(key, format!("`{text}` is no duration such as 1s: {error}"))
            })?,
        };
        let burst = section.burst.unwrap_or(0);
        if interval.is_zero() {
            return Ok(None);
        }
        if burst == 0 {
            let reason = "0 would answer nothing; 1 or more is allowed";
            return Err(Fault::new("rate_limit.burst", reason));
        }
        Ok(Some(Rate { interval, burst }))
    }
}

/// What is left of it.
#[derive(Debug)]
pub(super) struct Bucket {
    rate: Rate,
    tokens: u32,
    filled: Instant,
}

impl Bucket {
    pub(super) fn new(rate: Rate, now: Instant) -> Bucket {
        Bucket { rate, tokens: rate.burst, filled: now }
    }

    /// Takes a token, if there is one.
    pub(super) fn take(&mut self, now: Instant) -> bool {
        let passed = now.saturating_duration_since(self.filled).as_nanos();
        let gained = (passed / self.rate.interval.as_nanos().max(1)).min(self.rate.burst.into());
        let gained = u32::try_from(gained).unwrap_or(self.rate.burst);
        self.tokens = self.tokens.saturating_add(gained).min(self.rate.burst);
        self.filled += self.rate.interval * gained;
        if self.tokens == self.rate.burst {
            self.filled = now;
        }
        let left = self.tokens.checked_sub(1);
        self.tokens = left.unwrap_or(0);
        left.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock;

    #[test]
    fn a_burst_and_then_one_each_interval() {
        let begin = clock::instant();
        let rate = Rate { interval: Duration::from_secs(1), burst: 3 };
        let mut bucket = Bucket::new(rate, begin);
        let mut taken = |seconds: f64| bucket.take(begin + Duration::from_secs_f64(seconds));
        assert!([0.0, 0.1, 0.2].into_iter().all(&mut taken));
        assert!(!taken(0.9));
        assert!(taken(1.1) && !taken(1.9), "one for the first second");
        assert!(taken(2.0) && !taken(2.1), "and one for the next");
        assert!(
            [99.0, 99.0, 99.0].into_iter().all(&mut taken) && !taken(99.0),
            "no more than a burst"
        );
        assert!(taken(100.0));
    }

    #[test]
    fn a_limit_is_read_or_refused_by_its_key() {
        let rate = |interval: &str, burst| {
            Rate::new(&RateSection { interval: Some(interval.to_owned()), burst })
        };
        assert_eq!(rate("0", None).unwrap(), None);
        assert_eq!(rate("0s", Some(20)).unwrap(), None);
        let expected = Rate { interval: Duration::from_millis(1500), burst: 20 };
        assert_eq!(rate("1s500ms", Some(20)).unwrap(), Some(expected));
        assert_eq!(rate("soon", Some(20)).unwrap_err().key, "rate_limit.interval");
        assert_eq!(rate("1s", Some(0)).unwrap_err().key, "rate_limit.burst");
        assert_eq!(Rate::new(&RateSection::default()).unwrap(), None);
    }
}
