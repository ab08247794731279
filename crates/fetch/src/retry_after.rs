//! The `Retry-After` header of HTTP.

use std::time::Duration;

use chrono::DateTime;
use gpu_carbon_core::Timestamp;

/// The longest wait that a service can impose: a day.
const MAX_RETRY_AFTER: Duration = Duration::from_secs(24 * 3600);

/// Parses the value of a `Retry-After` header (RFC 9110, section 10.2.3), a number of seconds or a date, as the wait from `now`
/// on, of a day at most; `None` for any other text.
pub(crate) fn parse(text: &str, now: Timestamp) -> Option<Duration> {
    let wait = match text.trim().parse() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => {
            let until = DateTime::parse_from_rfc2822(text.trim()).ok()?;
            let until = Timestamp::from_unix_micros(until.timestamp_micros());
            Duration::from_micros(until.duration_since(now).as_micros())
        }
    };
    Some(wait.min(MAX_RETRY_AFTER))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_and_dates_are_parsed_and_limited_to_a_day() {
        let now = Timestamp::from_unix_seconds(784_111_777); // Sun, 06 Nov 1994 08:49:37 GMT
        let seconds = |text| parse(text, now).map(|wait| wait.as_secs());
        assert_eq!(seconds("120"), Some(120));
        assert_eq!(seconds("Sun, 06 Nov 1994 08:50:37 GMT"), Some(60));
        assert_eq!(seconds("Sun, 06 Nov 1994 08:00:00 GMT"), Some(0));
        assert_eq!(seconds("99999999999"), Some(86_400));
        for bad in ["", "soon", "-1", "1.5"] {
            assert_eq!(seconds(bad), None, "{bad}");
        }
    }
}
