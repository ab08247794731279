//! The limit on the rate of requests: a token bucket.

use std::time::{Duration, Instant};

use super::error::ValueError;
use super::file::RateSection;

/// A rate limit: `burst` requests at once, and one more each interval.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct RateLimit {
    interval: Duration,
    burst: u32,
}

impl RateLimit {
    /// The limit of the section; `None` where it limits nothing.
    pub(super) fn new(section: &RateSection) -> Result<Option<RateLimit>, ValueError> {
        let key = "rate_limit.interval";
        let text = section.interval.as_deref().unwrap_or("0");
        let interval = match text {
            "0" => Duration::ZERO,
            _ => humantime::parse_duration(text).map_err(|error| {
                ValueError::new(key, format!("`{text}` is not a duration such as 1s: {error}"))
            })?,
        };
        let burst = section.burst.unwrap_or(0);
        if interval.is_zero() {
            return Ok(None);
        }
        if burst == 0 {
            let reason = "0 would answer no request; 1 or more is allowed";
            return Err(ValueError::new("rate_limit.burst", reason));
        }
        Ok(Some(RateLimit { interval, burst }))
    }
}

/// The requests that a rate limit still allows.
#[derive(Debug)]
pub(super) struct TokenBucket {
    limit: RateLimit,
    tokens: u32,
    filled: Instant,
}

impl TokenBucket {
    pub(super) fn new(limit: RateLimit, now: Instant) -> TokenBucket {
        TokenBucket { limit, tokens: limit.burst, filled: now }
    }

    /// Takes a token; `false` where there is none.
    pub(super) fn take(&mut self, now: Instant) -> bool {
        let passed = now.saturating_duration_since(self.filled).as_nanos();
        let gained = (passed / self.limit.interval.as_nanos().max(1)).min(self.limit.burst.into());
        let gained = u32::try_from(gained).unwrap_or(self.limit.burst);
        self.tokens = self.tokens.saturating_add(gained).min(self.limit.burst);
        self.filled += self.limit.interval * gained;
        if self.tokens == self.limit.burst {
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
    fn a_burst_is_followed_by_one_request_an_interval() {
        let begin = clock::instant();
        let limit = RateLimit { interval: Duration::from_secs(1), burst: 3 };
        let mut bucket = TokenBucket::new(limit, begin);
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
    fn an_invalid_limit_is_an_error_that_names_its_key() {
        let limit = |interval: &str, burst| {
            RateLimit::new(&RateSection { interval: Some(interval.to_owned()), burst })
        };
        assert_eq!(limit("0", None).unwrap(), None);
        assert_eq!(limit("0s", Some(20)).unwrap(), None);
        let expected = RateLimit { interval: Duration::from_millis(1500), burst: 20 };
        assert_eq!(limit("1s500ms", Some(20)).unwrap(), Some(expected));
        assert_eq!(limit("soon", Some(20)).unwrap_err().key, "rate_limit.interval");
        assert_eq!(limit("1s", Some(0)).unwrap_err().key, "rate_limit.burst");
        assert_eq!(RateLimit::new(&RateSection::default()).unwrap(), None);
    }
}
