//! Moments as text: RFC 3339, read with any offset and written in UTC.

use chrono::{DateTime, SecondsFormat, Utc};
use gpu_carbon_core::Timestamp;

/// Why a text is no moment; said as what it must be, to stand in a sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MomentError {
    /// It is no time, or it leaves its offset open.
    #[error("a time with its offset, as 2020-06-01T00:00:00Z")]
    Form,
    /// Second 60 is none that can be counted.
    #[error("a time without a leap second")]
    LeapSecond,
}

/// A moment with `Z` or its offset from UTC, without a leap second.
///
/// # Errors
///
/// When it is none.
///
/// ```
/// use gpu_carbon_feeds::moment::{parse, rfc3339};
/// assert_eq!(rfc3339(parse("2020-06-01T02:00:00+02:00")?), "2020-06-01T00:00:00Z");
/// # Ok::<(), gpu_carbon_feeds::moment::MomentError>(())
/// ```
pub fn parse(text: &str) -> Result<Timestamp, MomentError> {
    let moment = DateTime::parse_from_rfc3339(text).map_err(|_| MomentError::Form)?;
    // The parser takes a second 60 in any minute, and counts it on from second 59.
    if moment.timestamp_subsec_nanos() >= 1_000_000_000 {
        return Err(MomentError::LeapSecond);
    }
    Ok(Timestamp::from_unix_micros(moment.timestamp_micros()))
}

/// In UTC, with `Z`, and fractions of a second only where there are some.
#[must_use]
pub fn rfc3339(moment: Timestamp) -> String {
    let utc: Option<DateTime<Utc>> = DateTime::from_timestamp_micros(moment.as_unix_micros());
    utc.map_or_else(
        || "beyond the calendar".to_owned(),
        |utc| utc.to_rfc3339_opts(SecondsFormat::AutoSi, true),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_no_more_than_needed() {
        let june = 1_590_969_600_000_000_i64;
        let at = |micros: i64| rfc3339(Timestamp::from_unix_micros(june + micros));
        assert_eq!(at(0), "2020-06-01T00:00:00Z");
        assert_eq!(at(500_000), "2020-06-01T00:00:00.500Z");
        assert_eq!(rfc3339(Timestamp::FIRST), "beyond the calendar");
    }

    #[test]
    fn reads_what_it_writes_and_nothing_vague() {
        let moment = Timestamp::from_unix_micros(1_590_969_661_250_000);
        assert_eq!(parse(&rfc3339(moment)), Ok(moment));
        for bad in ["2020-06-01", "2020-06-01T00:00:00", "now", ""] {
            assert_eq!(parse(bad), Err(MomentError::Form), "{bad}");
        }
        assert_eq!(parse("2020-06-01T00:00:60Z"), Err(MomentError::LeapSecond));
    }
}
