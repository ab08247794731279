//! The `Retry-After` header of HTTP.

use std::time::Duration;

use chrono::{DateTime, Datelike, NaiveDateTime};
use gpu_carbon_core::Timestamp;

/// The longest wait that a service can impose: a day.
const MAX_RETRY_AFTER: Duration = Duration::from_secs(24 * 3600);

/// Parses the value of a `Retry-After` header (RFC 9110, section 10.2.3), a number of seconds or a date, as the wait from `now`
/// on, of a day at most; `None` for any other text.
pub(crate) fn parse(text: &str, now: Timestamp) -> Option<Duration> {
    let wait = match text.trim().parse() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => Duration::from_micros(date(text.trim(), now)?.duration_since(now).as_micros()),
    };
    Some(wait.min(MAX_RETRY_AFTER))
}

/// Parses a date in one of the three forms of RFC 9110, section 5.6.7: that of RFC 5322, the older one of RFC 850, and asctime's.
fn date(text: &str, now: Timestamp) -> Option<Timestamp> {
    let timestamp =
        |time: NaiveDateTime| Timestamp::from_unix_micros(time.and_utc().timestamp_micros());
    if let Ok(time) = DateTime::parse_from_rfc2822(text) {
        return Some(timestamp(time.naive_utc()));
    }
    if let Ok(time) = NaiveDateTime::parse_from_str(text, "%a %b %e %H:%M:%S %Y") {
        return Some(timestamp(time));
    }
    // The weekday belongs to a year that is not known yet.
    let (_, date) = text.split_once(", ")?;
    let [day, month, rest] = <[&str; 3]>::try_from(date.splitn(3, '-').collect::<Vec<_>>()).ok()?;
    let (year, clock) = rest.split_once(' ')?;
    let two_digits =
        Some(year).filter(|year| year.len() == 2 && year.bytes().all(|it| it.is_ascii_digit()));
    let year: i32 = two_digits?.parse().ok()?;
    // Of the years with these digits it is the last one that is not more than 50 years ahead.
    let last = DateTime::from_timestamp_micros(now.as_unix_micros())?.year() + 50;
    let year = last - (last - year).rem_euclid(100);
    let date = format!("{day} {month} {year} {clock}");
    NaiveDateTime::parse_from_str(&date, "%d %b %Y %H:%M:%S GMT").ok().map(timestamp)
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
        assert_eq!(seconds("Sunday, 06-Nov-94 08:50:37 GMT"), Some(60));
        assert_eq!(seconds("Sunday, 06-Nov-93 08:50:37 GMT"), Some(0));
        assert_eq!(
            seconds("Tuesday, 06-Nov-44 08:50:37 GMT"),
            Some(86_400),
            "2044 is 50 years ahead"
        );
        assert_eq!(seconds("Monday, 06-Nov-45 08:50:37 GMT"), Some(0), "1945");
        assert_eq!(seconds("Sun Nov  6 08:50:37 1994"), Some(60));
        assert_eq!(seconds("99999999999"), Some(86_400));
        for bad in [
            "",
            "soon",
            "-1",
            "1.5",
            "Sunday, 06-Nov-94 08:50:37",
            "Sunday, 31-Feb-94 08:50:37 GMT",
            "Sunday, 06-Nov-094 08:50:37 GMT",
            "Sunday, -",
        ] {
            assert_eq!(seconds(bad), None, "{bad}");
        }
    }
}
