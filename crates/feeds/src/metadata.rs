//! The description of a series, in comment lines before the header of its file: `# signal: average`.
//!
//! | key | value |
//! |---|---|
//! | `signal` | `marginal` or `average` |
//! | `scope` | `co2_direct` or `co2e_lifecycle` |
//! | `source`, `zone`, `licence` | text |
//! | `estimated_share` | the share of the values that are estimated or forecast, 0 to 1 |
//! | `unit` | `g/kWh`, which confirms values that would be doubted, or another [`Unit`] to convert them from |
//! | `time_zone` | `UTC`, or an offset from it as `+01:00`, for times without an offset |
//!
//! A file may lack any of them, and other comment lines are skipped.

use gpu_carbon_core::{Scope, Signal};

use crate::one_line;
use crate::unit::Unit;

/// The character that begins a comment line.
pub(crate) const COMMENT: char = '#';

/// The number of characters of a value that are read or quoted.
const MAX_CHARS: usize = 200;

/// The description of a series.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Metadata {
    /// The signal of the values.
    pub signal: Option<Signal>,
    /// The scope of the values.
    pub scope: Option<Scope>,
    /// The publisher of the values.
    pub source: Option<String>,
    /// The grid zone, as the publisher names it.
    pub zone: Option<String>,
    /// The licence of the values, with the credit that it asks for.
    pub licence: Option<String>,
    /// The share of the values that are estimated or forecast.
    pub estimated_share: Option<f64>,
    /// The unit of the values.
    pub unit: Option<Unit>,
    /// The offset from UTC of times that have none, in seconds.
    pub offset_seconds: Option<i64>,
}

/// A comment line with a key that is known, and a value that is not allowed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: `# {key}:` must be {allowed}, got `{found}`")]
pub struct MetadataError {
    /// The line number, counted from 1.
    pub line: usize,
    /// The key.
    pub key: &'static str,
    /// The values that are allowed.
    pub allowed: &'static str,
    /// The beginning of the value found.
    pub found: String,
}

impl Metadata {
    /// Reads the comment lines before the first other line.
    ///
    /// # Errors
    ///
    /// The first known key with a value that is not allowed.
    ///
    /// ```
    /// use gpu_carbon_core::Signal;
    /// use gpu_carbon_feeds::metadata::Metadata;
    ///
    /// let text = "# signal: average\n# zone: GB\ntimestamp_utc,gco2_per_kwh\n2020-01-01T00:00:00Z,192.2\n";
    /// let read = Metadata::read(text)?;
    /// assert_eq!((read.signal, read.zone.as_deref()), (Some(Signal::Average), Some("GB")));
    /// # Ok::<(), gpu_carbon_feeds::metadata::MetadataError>(())
    /// ```
    pub fn read(text: &str) -> Result<Metadata, MetadataError> {
        let mut read = Metadata::default();
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let lines = (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty());
        for (line, comment) in lines.map_while(|(line, text)| Some((line, comment(text)?))) {
            let Some((key, value)) = comment.split_once(':') else { continue };
            read.set(line, key.trim(), value.trim())?;
        }
        Ok(read)
    }

    /// Writes the comment lines, each key that has a value on a line.
    #[must_use]
    pub fn write(&self) -> String {
        let text =
            |text: &Option<String>| text.as_deref().map(|it| one_line::collapsed(it, MAX_CHARS));
        let lines = [
            ("signal", self.signal.map(|it| it.name().to_owned())),
            ("scope", self.scope.map(|it| it.name().to_owned())),
            ("source", text(&self.source)),
            ("zone", text(&self.zone)),
            ("licence", text(&self.licence)),
            ("unit", self.unit.map(|it| it.name().to_owned())),
            ("estimated_share", self.estimated_share.map(|share| share.to_string())),
        ];
        let line = |(key, value): (&str, Option<String>)| Some(format!("# {key}: {}\n", value?));
        lines.into_iter().filter_map(line).collect()
    }

    fn set(&mut self, line: usize, key: &str, value: &str) -> Result<(), MetadataError> {
        let found = || one_line::marked(value, MAX_CHARS);
        let wrong = |key, allowed| MetadataError { line, key, allowed, found: found() };
        match key.to_ascii_lowercase().as_str() {
            "signal" => {
                let signal = Signal::named(value);
                self.signal = Some(signal.ok_or_else(|| wrong("signal", "marginal or average"))?);
            }
            "scope" => {
                let allowed = "co2_direct or co2e_lifecycle";
                self.scope = Some(Scope::named(value).ok_or_else(|| wrong("scope", allowed))?);
            }
            "source" => self.source = Some(found()),
            "zone" => self.zone = Some(found()),
            "licence" | "license" => self.licence = Some(found()),
            "unit" => {
                let unit = Unit::named(value);
                self.unit = Some(unit.ok_or_else(|| wrong("unit", Unit::ALLOWED))?);
            }
            "estimated_share" => {
                let share = value.parse().ok().filter(|share| (0.0..=1.0).contains(share));
                let allowed = "a number from 0 to 1";
                self.estimated_share =
                    Some(share.ok_or_else(|| wrong("estimated_share", allowed))?);
            }
            "time_zone" => {
                let allowed =
                    "UTC, or an offset from it as +01:00 (a zone with summer time has hours twice)";
                let offset = offset_seconds(value).ok_or_else(|| wrong("time_zone", allowed))?;
                self.offset_seconds = Some(offset);
            }
            _ => {}
        }
        Ok(())
    }
}

/// The part of a number of values, rounded to six digits, for [`Metadata::estimated_share`].
#[must_use]
pub fn share(part: usize, count: usize) -> f64 {
    let share = part as f64 / count.max(1) as f64;
    (share * 1e6).round() / 1e6
}

/// The text of a comment line; `None` for another line.
pub(crate) fn comment(line: &str) -> Option<&str> {
    line.trim_start().strip_prefix(COMMENT)
}

/// The seconds of `UTC`, `Z` or an offset such as `+05:30`.
fn offset_seconds(text: &str) -> Option<i64> {
    if ["utc", "z", "gmt"].iter().any(|utc| text.eq_ignore_ascii_case(utc)) {
        return Some(0);
    }
    let (sign, digits) = match text.split_at_checked(1)? {
        ("+", digits) => (1, digits),
        ("-", digits) => (-1, digits),
        _ => return None,
    };
    let (hours, minutes) = digits.split_once(':')?;
    let number = |text: &str, most: i64| {
        let is_number = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse::<i64>().ok().filter(|&number| is_number && number <= most)
    };
    Some(sign * 60 * (60 * number(hours, 14)? + number(minutes, 59)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let metadata = Metadata {
            signal: Some(Signal::Average),
            scope: Some(Scope::Co2Direct),
            source: Some("carbonintensity.org.uk".to_owned()),
            zone: Some("region 12: \"West Midlands\"".to_owned()),
            licence: Some("NESO, CC BY 4.0".to_owned()),
            estimated_share: Some(0.25),
            unit: Some(Unit::GramsPerKilowattHour),
            offset_seconds: None,
        };
        let text = metadata.write() + "timestamp_utc,gco2_per_kwh\n# signal: marginal\n";
        assert_eq!(Metadata::read(&text), Ok(metadata));
        assert_eq!(Metadata::read(""), Ok(Metadata::default()));
        assert_eq!(Metadata::default().write(), "");
    }

    #[test]
    fn unknown_keys_are_skipped_and_wrong_values_are_errors() {
        let text = "\u{feff}\n# made by hand\n#Signal :  marginal \r\n# colour: blue\n";
        assert_eq!(Metadata::read(text).unwrap().signal, Some(Signal::Marginal));
        let error = |text: &str| Metadata::read(text).unwrap_err().to_string();
        assert_eq!(
            error("# a\n# signal: both"),
            "line 2: `# signal:` must be marginal or average, got `both`"
        );
        assert!(error("# scope: lifecycle").contains("co2_direct or co2e_lifecycle"));
        for wrong in [
            "# estimated_share: 2",
            "# estimated_share: NaN",
            "# time_zone: CET",
            "# unit: furlong",
        ] {
            assert!(error(wrong).starts_with("line 1"), "{wrong}");
        }
    }

    #[test]
    fn a_time_zone_is_an_offset() {
        for (text, seconds) in
            [("UTC", 0), ("z", 0), ("+01:00", 3600), ("-03:30", -12_600), ("+14:00", 50_400)]
        {
            assert_eq!(offset_seconds(text), Some(seconds), "{text}");
        }
        for wrong in ["", "+1", "+1:00", "01:00", "+15:00", "+01:60", "Europe/Berlin", "+é:00"] {
            assert_eq!(offset_seconds(wrong), None, "{wrong}");
        }
    }
}
