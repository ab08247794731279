//! Timestamps as text: RFC 3339, read with any offset and written in UTC.

use std::borrow::Cow;

use chrono::{DateTime, Datelike, SecondsFormat, Utc};
use gpu_carbon_core::Timestamp;

/// A text that is not a timestamp. Each message says what the text must be, to complete a sentence such as "the start must be ...".
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Rfc3339Error {
    /// The text is not a time, or has no offset from UTC.
    #[error("a time with its offset, as 2020-06-01T00:00:00Z")]
    Form,
    /// The second is 60: a [`Timestamp`] counts no leap seconds.
    #[error("a time without a leap second")]
    LeapSecond,
    /// The offset moves the time out of the years that RFC 3339 can write.
    #[error("a time of the years 0000 to 9999 in UTC")]
    BeyondCalendar,
}

/// Written in place of a timestamp outside of the years 0 to 9999, which RFC 3339 does not have.
const BEYOND_CALENDAR: &str = "beyond the calendar";

/// Parses a timestamp with `Z` or its offset from UTC, without a leap second. Fractions finer than a microsecond are cut off. Seconds
/// may be left out, as in `2020-06-01T00:00Z`, although RFC 3339 has them.
///
/// # Errors
///
/// When the text has another form, a leap second, or a year outside of 0 to 9999 in UTC.
///
/// ```
/// use gpu_carbon_feeds::rfc3339::{format, parse};
/// assert_eq!(format(parse("2020-06-01T02:00:00+02:00")?), "2020-06-01T00:00:00Z");
/// # Ok::<(), gpu_carbon_feeds::rfc3339::Rfc3339Error>(())
/// ```
pub fn parse(text: &str) -> Result<Timestamp, Rfc3339Error> {
    let text = with_seconds(text);
    let time = DateTime::parse_from_rfc3339(&text).map_err(|_| Rfc3339Error::Form)?;
    // chrono accepts second 60 in any minute, and represents it as second 59 with a thousand milliseconds or more.
    if time.timestamp_subsec_nanos() >= 1_000_000_000 {
        return Err(Rfc3339Error::LeapSecond);
    }
    if !has_four_digit_year(&time.to_utc()) {
        return Err(Rfc3339Error::BeyondCalendar);
    }
    Ok(Timestamp::from_unix_micros(time.timestamp_micros()))
}

/// The text of a time whose offset follows its minutes, with seconds of zero between them; any other text as it is.
fn with_seconds(text: &str) -> Cow<'_, str> {
    match text.split_at_checked("2020-06-01T00:00".len()) {
        Some((minutes, offset)) if offset.starts_with(['Z', 'z', '+', '-']) => {
            Cow::Owned(format!("{minutes}:00{offset}"))
        }
        _ => Cow::Borrowed(text),
    }
}

/// Formats a timestamp in UTC, with `Z`, and with three or six decimals of a second only where they are not zero; `beyond the
/// calendar` outside of the years 0 to 9999.
#[must_use]
pub fn format(time: Timestamp) -> String {
    match DateTime::from_timestamp_micros(time.as_unix_micros()).filter(has_four_digit_year) {
        Some(time) => time.to_rfc3339_opts(SecondsFormat::AutoSi, true),
        None => BEYOND_CALENDAR.to_owned(),
    }
}

fn has_four_digit_year(time: &DateTime<Utc>) -> bool {
    (0..=9999).contains(&time.year())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The first and the last time that RFC 3339 can write: 0000-01-01T00:00:00Z and the last microsecond of 9999.
    const FIRST_AND_LAST: [i64; 2] = [-62_167_219_200_000_000, 253_402_300_799_999_999];

    fn format_micros(micros: i64) -> String {
        format(Timestamp::from_unix_micros(micros))
    }

    #[test]
    fn decimals_are_written_only_where_they_are_not_zero() {
        let june = 1_590_969_600_000_000_i64;
        assert_eq!(format_micros(june), "2020-06-01T00:00:00Z");
        assert_eq!(format_micros(june + 500_000), "2020-06-01T00:00:00.500Z");
        assert_eq!(format_micros(june + 500_001), "2020-06-01T00:00:00.500001Z");
    }

    #[test]
    fn years_0_to_9999_are_written_and_no_others() {
        let [first, last] = FIRST_AND_LAST;
        assert_eq!(
            FIRST_AND_LAST.map(format_micros),
            ["0000-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z"]
        );
        for micros in [first - 1, last + 1, i64::MAX] {
            assert_eq!(format_micros(micros), "beyond the calendar");
        }
        assert_eq!(format(Timestamp::FIRST), "beyond the calendar");
    }

    proptest! {
        #[test]
        fn a_formatted_timestamp_is_parsed_as_the_same(
            micros in FIRST_AND_LAST[0]..=FIRST_AND_LAST[1],
            unit in prop::sample::select(vec![1, 1000, 1_000_000, 86_400_000_000_i64]),
        ) {
            let time = Timestamp::from_unix_micros(micros / unit * unit);
            let text = format(time);
            prop_assert_eq!(parse(&text), Ok(time));
            prop_assert!(text.ends_with('Z') && matches!(text.len(), 20 | 24 | 27), "{}", text);
        }
    }

    #[test]
    fn seconds_may_be_left_out_before_any_offset() {
        for (short, whole) in [
            ("2020-06-01T05:00Z", "2020-06-01T05:00:00Z"),
            ("2020-06-01t05:00z", "2020-06-01T05:00:00Z"),
            ("2020-06-01 05:00Z", "2020-06-01T05:00:00Z"),
            ("2020-06-01T05:00+02:00", "2020-06-01T03:00:00Z"),
            ("2020-06-01T05:00-09:30", "2020-06-01T14:30:00Z"),
        ] {
            assert_eq!(parse(short).map(format), Ok(whole.to_owned()), "{short}");
        }
        for bad in ["2020-06-01T05Z", "2020-06-01T05:0Z", "2020-06-01T05:00", "2020-06-01T05:00é"]
        {
            assert_eq!(parse(bad), Err(Rfc3339Error::Form), "{bad}");
        }
    }

    #[test]
    fn times_without_an_offset_and_leap_seconds_are_errors() {
        for bad in ["2020-06-01", "2020-06-01T00:00:00", "now", ""] {
            assert_eq!(parse(bad), Err(Rfc3339Error::Form), "{bad}");
        }
        assert_eq!(parse("2020-06-01T00:00:60Z"), Err(Rfc3339Error::LeapSecond));
    }

    #[test]
    fn times_that_cannot_be_formatted_in_utc_are_errors() {
        for beyond in ["0000-01-01T00:00:00+00:01", "9999-12-31T23:59:59-00:01"] {
            assert_eq!(parse(beyond), Err(Rfc3339Error::BeyondCalendar), "{beyond}");
        }
        for within in ["0000-01-01T00:01:00+00:01", "9999-12-31T23:58:59-00:01"] {
            let time = parse(within).unwrap();
            assert_eq!(parse(&format(time)), Ok(time));
        }
    }
}
