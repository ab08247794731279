//! Moments as text: RFC 3339, read with any offset and written in UTC.

use chrono::{DateTime, Datelike, NaiveDate};
use gpu_carbon_core::Timestamp;

/// Why a text is no moment; said as what it must be, to stand in a sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Rfc3339Error {
    /// It is no time, or it leaves its offset open.
    #[error("a time with its offset, as 2020-06-01T00:00:00Z")]
    Form,
    /// Second 60 is none that can be counted.
    #[error("a time without a leap second")]
    LeapSecond,
    /// Its offset takes it out of the years that can be written.
    #[error("a time of the years 0000 to 9999 in UTC")]
    BeyondCalendar,
}

/// A moment with `Z` or its offset from UTC, without a leap second.
///
/// # Errors
///
/// When it is none.
///
/// ```
/// use gpu_carbon_feeds::rfc3339::{format, parse};
/// assert_eq!(format(parse("2020-06-01T02:00:00+02:00")?), "2020-06-01T00:00:00Z");
/// # Ok::<(), gpu_carbon_feeds::rfc3339::Rfc3339Error>(())
/// ```
pub fn parse(text: &str) -> Result<Timestamp, Rfc3339Error> {
    let moment = DateTime::parse_from_rfc3339(text).map_err(|_| Rfc3339Error::Form)?;
    // The parser takes a second 60 in any minute, and counts it on from second 59.
    if moment.timestamp_subsec_nanos() >= 1_000_000_000 {
        return Err(Rfc3339Error::LeapSecond);
    }
    if !(0..=9999).contains(&moment.to_utc().year()) {
        return Err(Rfc3339Error::BeyondCalendar);
    }
    Ok(Timestamp::from_unix_micros(moment.timestamp_micros()))
}

/// In UTC, with `Z`, and fractions of a second only where there are some.
#[must_use]
pub fn format(moment: Timestamp) -> String {
    Written::of(moment).as_str().to_owned()
}

/// What [`format`] writes, on the stack: an answer has hundreds of moments.
#[derive(Debug, Clone, Copy)]
pub struct Written {
    /// With the place of every digit that there may be.
    bytes: [u8; LONGEST],
    length: usize,
}

const LONGEST: usize = "0000-01-01T00:00:00.000000Z".len();

impl Written {
    /// A moment of the years 0 to 9999; RFC 3339 has no others, which are beyond the calendar.
    #[must_use]
    pub fn of(moment: Timestamp) -> Written {
        Written::within(moment.as_unix_micros()).unwrap_or_else(|| {
            let mut bytes = [0; LONGEST];
            bytes.iter_mut().zip(BEYOND.bytes()).for_each(|(to, from)| *to = from);
            Written { bytes, length: BEYOND.len() }
        })
    }

    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "small enough")]
    fn within(micros: i64) -> Option<Written> {
        let [day, time] = [micros.div_euclid(DAY), micros.rem_euclid(DAY)];
        let date = NaiveDate::from_epoch_days(i32::try_from(day).ok()?)?;
        let year = u32::try_from(date.year()).ok().filter(|&year| year <= 9999)?;
        let [seconds, fraction] = [time / SECOND, time % SECOND].map(|it| it as u32);
        let ([m, l], [c, d]) = (two(year / 100), two(year % 100));
        let ([o, n], [a, y]) = (two(date.month()), two(date.day()));
        let ([g, h], [i, j], [s, t]) =
            (two(seconds / 3600), two(seconds / 60 % 60), two(seconds % 60));
        let ([u, v], [w, x], [z, q]) =
            (two(fraction / 10_000), two(fraction / 100 % 100), two(fraction % 100));
        #[rustfmt::skip]
        let mut bytes = [
            m, l, c, d, b'-', o, n, b'-', a, y, b'T', g, h, b':', i, j, b':', s, t, b'.', u, v, w, x, z, q, b'Z',
        ];
        let length = match fraction {
            0 => 20,
            _ if fraction % 1000 == 0 => 24,
            _ => LONGEST,
        };
        *bytes.get_mut(length - 1)? = b'Z';
        Some(Written { bytes, length })
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        let written = self.bytes.get(..self.length).unwrap_or_default();
        std::str::from_utf8(written).unwrap_or_default() // digits and signs: it cannot fail
    }
}

const BEYOND: &str = "beyond the calendar";

const DAY: i64 = 86_400 * SECOND;
const SECOND: i64 = 1_000_000;

/// The digits of a number below a hundred.
#[allow(clippy::cast_possible_truncation, reason = "digits")]
fn two(number: u32) -> [u8; 2] {
    let tens = (number * 103) >> 10; // a tenth of it, without a division
    [b'0' + tens as u8, b'0' + (number - 10 * tens) as u8]
}

#[cfg(test)]
mod tests {
    use chrono::SecondsFormat;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn says_no_more_than_needed() {
        let june = 1_590_969_600_000_000_i64;
        let at = |micros: i64| format(Timestamp::from_unix_micros(june + micros));
        assert_eq!(at(0), "2020-06-01T00:00:00Z");
        assert_eq!(at(500_000), "2020-06-01T00:00:00.500Z");
        assert_eq!(format(Timestamp::FIRST), "beyond the calendar");
    }

    proptest! {
        #[test]
        fn writes_as_chrono_does(
            micros in -62_167_219_200_000_000_i64..253_402_300_800_000_000, // 0000-01-01 to 9999-12-31
            unit in prop::sample::select(vec![1, 1000, 1_000_000, 86_400_000_000_i64]),
        ) {
            let micros = micros / unit * unit;
            let expected = DateTime::from_timestamp_micros(micros).unwrap();
            let expected = expected.to_rfc3339_opts(SecondsFormat::AutoSi, true);
            prop_assert_eq!(format(Timestamp::from_unix_micros(micros)), expected);
        }
    }

    #[test]
    fn writes_what_the_format_has() {
        let [first, last] = [-62_167_219_200_000_000, 253_402_300_799_999_999];
        let text = |micros: i64| format(Timestamp::from_unix_micros(micros));
        assert_eq!(
            [text(first), text(last)],
            ["0000-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z"]
        );
        assert_eq!([first - 1, last + 1, i64::MAX].map(text), ["beyond the calendar"; 3]);
    }

    #[test]
    fn reads_what_it_writes_and_nothing_vague() {
        let moment = Timestamp::from_unix_micros(1_590_969_661_250_000);
        assert_eq!(parse(&format(moment)), Ok(moment));
        for bad in ["2020-06-01", "2020-06-01T00:00:00", "now", ""] {
            assert_eq!(parse(bad), Err(Rfc3339Error::Form), "{bad}");
        }
        assert_eq!(parse("2020-06-01T00:00:60Z"), Err(Rfc3339Error::LeapSecond));
    }

    #[test]
    fn reads_nothing_that_it_cannot_write() {
        for beyond in ["0000-01-01T00:00:00+00:01", "9999-12-31T23:59:59-00:01"] {
            assert_eq!(parse(beyond), Err(Rfc3339Error::BeyondCalendar), "{beyond}");
        }
        for within in ["0000-01-01T00:01:00+00:01", "9999-12-31T23:58:59-00:01"] {
            let moment = parse(within).unwrap();
            assert_eq!(parse(&format(moment)), Ok(moment));
        }
    }
}
