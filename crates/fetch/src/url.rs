//! Texts and times in the URLs of requests.

use chrono::{DateTime, SecondsFormat, Utc};
use gpu_carbon_core::Timestamp;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// All characters but the unreserved ones of RFC 3986, section 2.3: letters, digits and `-._~`.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Percent-encodes a text for a part of a URL's path or query.
pub(crate) fn encode(text: &str) -> String {
    utf8_percent_encode(text, RESERVED).to_string()
}

/// Formats a time to the minute, as `2020-06-01T00:00Z`.
pub(crate) fn minute(time: Timestamp) -> String {
    utc(time).format("%Y-%m-%dT%H:%MZ").to_string()
}

/// Formats a time to the second, as `2020-06-01T00:00:00Z`.
pub(crate) fn second(time: Timestamp) -> String {
    utc(time).to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// Formats a time to the hour, as `2020-06-01T00`.
pub(crate) fn hour(time: Timestamp) -> String {
    utc(time).format("%Y-%m-%dT%H").to_string()
}

/// Formats a time to the second without an offset, as `2020-06-01T00:00:00`.
pub(crate) fn without_offset(time: Timestamp) -> String {
    utc(time).format("%Y-%m-%dT%H:%M:%S").to_string()
}

/// Formats a time to the minute without an offset, as `2020-06-01 00:00`.
pub(crate) fn minute_without_offset(time: Timestamp) -> String {
    utc(time).format("%Y-%m-%d %H:%M").to_string()
}

fn utc(time: Timestamp) -> DateTime<Utc> {
    DateTime::from_timestamp_micros(time.as_unix_micros()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reserved_characters_are_percent_encoded() {
        assert_eq!(encode("US-CAL_1.2~"), "US-CAL_1.2~");
        assert_eq!(encode("a b/&é"), "a%20b%2F%26%C3%A9");
    }

    #[test]
    fn times_are_formatted_in_utc() {
        let time = Timestamp::from_unix_seconds(1_590_969_659);
        assert_eq!(minute(time), "2020-06-01T00:00Z");
        assert_eq!(second(time), "2020-06-01T00:00:59Z");
        assert_eq!(without_offset(time), "2020-06-01T00:00:59");
        assert_eq!(hour(time), "2020-06-01T00");
        assert_eq!(minute_without_offset(time), "2020-06-01 00:00");
    }
}
