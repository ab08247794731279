//! Moments as text, always in UTC.

use chrono::{DateTime, Utc};
use gpu_carbon_core::{Interval, Timestamp};

/// For people: the date and the time of day, seconds only where there are some.
pub(crate) fn readable(moment: Timestamp) -> String {
    utc(moment).map_or_else(far, |utc| format!("{} {}", utc.date_naive(), time_of_day(utc)))
}

/// For people: from when to when, the date once where it is the same.
pub(crate) fn readable_interval(interval: Interval) -> String {
    let (start, end) = (utc(interval.start()), utc(interval.end()));
    let end = match (start, end) {
        (Some(start), Some(end)) if start.date_naive() == end.date_naive() => time_of_day(end),
        _ => readable(interval.end()),
    };
    format!("{} to {end}", readable(interval.start()))
}

fn time_of_day(utc: DateTime<Utc>) -> String {
    let time = utc.time();
    let whole_minute = utc.timestamp_micros().rem_euclid(60_000_000) == 0;
    if whole_minute {
        time.format("%H:%M").to_string()
    } else {
        time.format("%H:%M:%S%.f").to_string()
    }
}

fn utc(moment: Timestamp) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp_micros(moment.as_unix_micros())
}

fn far() -> String {
    "beyond the calendar".to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_no_more_than_needed() {
        let june = 1_590_969_600_000_000_i64;
        let at = |micros: i64| Timestamp::from_unix_micros(june + micros);
        assert_eq!(readable(at(61_000_000)), "2020-06-01 00:01:01");
        let day = |from, to| readable_interval(Interval::new(at(from), at(to)));
        assert_eq!(day(0, 60_000_000), "2020-06-01 00:00 to 00:01");
        assert_eq!(day(0, 86_400_000_000), "2020-06-01 00:00 to 2020-06-02 00:00");
        assert_eq!(readable(Timestamp::FIRST), "beyond the calendar");
    }
}
