//! One line of the log, as logfmt or JSON.

use std::fmt::{Debug, Write as _};

use chrono::{DateTime, SecondsFormat};
use gpu_carbon_core::Timestamp;
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::Value;
use tracing::field::{Field, Visit};
use tracing::{Event, Level};

/// The name under which `tracing` records the text of an event.
const MESSAGE: &str = "message";

/// One line of the log.
#[derive(Debug)]
pub(super) struct LogLine {
    /// The time in UTC by RFC 3339, with milliseconds.
    time: String,
    level: &'static str,
    message: String,
    fields: Vec<LogField>,
}

#[derive(Debug)]
struct LogField {
    key: &'static str,
    value: Value,
}

impl LogLine {
    /// The line of an event.
    pub(super) fn new(event: &Event<'_>, now: Timestamp) -> LogLine {
        let mut line = LogLine {
            time: rfc3339(now),
            level: level_name(*event.metadata().level()),
            message: String::new(),
            fields: Vec::new(),
        };
        event.record(&mut line);
        line
    }

    /// The line as `key=value` pairs, without the line feed.
    pub(super) fn logfmt(&self) -> String {
        let mut text =
            format!("ts={} level={} msg={}", self.time, self.level, quoted(&self.message));
        for LogField { key, value } in &self.fields {
            // Writing to memory cannot fail.
            let _ = match value {
                Value::String(value) => write!(text, " {key}={}", quoted(value)),
                value => write!(text, " {key}={value}"),
            };
        }
        text
    }

    /// The line as a JSON object, without the line feed.
    pub(super) fn json(&self) -> serde_json::Result<String> {
        serde_json::to_string(self)
    }

    fn push(&mut self, field: &Field, value: Value) {
        match value {
            Value::String(message) if field.name() == MESSAGE => self.message = message,
            value => self.fields.push(LogField { key: field.name(), value }),
        }
    }
}

impl Visit for LogLine {
    fn record_f64(&mut self, field: &Field, value: f64) {
        let number = serde_json::Number::from_f64(value).map(Value::Number);
        self.push(field, number.unwrap_or_else(|| value.to_string().into()));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.push(field, value.into());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.push(field, value.into());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.push(field, value.into());
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.push(field, value.into());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.push(field, format!("{value:?}").into());
    }
}

impl Serialize for LogLine {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("ts", &self.time)?;
        map.serialize_entry("level", self.level)?;
        map.serialize_entry("msg", &self.message)?;
        for LogField { key, value } in &self.fields {
            map.serialize_entry(key, value)?;
        }
        map.end()
    }
}

const fn level_name(level: Level) -> &'static str {
    match level {
        Level::ERROR => "error",
        Level::WARN => "warn",
        Level::INFO => "info",
        Level::DEBUG => "debug",
        Level::TRACE => "trace",
    }
}

fn rfc3339(time: Timestamp) -> String {
    let time = DateTime::from_timestamp_micros(time.as_unix_micros()).unwrap_or_default();
    time.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// A value of logfmt, in double quotes and with JSON's escapes if it needs them.
fn quoted(value: &str) -> String {
    let needs_quotes =
        |character: char| character <= ' ' || character.is_control() || "=\"\\".contains(character);
    if value.is_empty() || value.contains(needs_quotes) {
        Value::from(value).to_string()
    } else {
        value.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_has_milliseconds_and_is_in_utc() {
        let time = Timestamp::from_unix_micros(1_795_444_800_250_999);
        assert_eq!(rfc3339(time), "2026-11-23T14:40:00.250Z");
        assert_eq!(rfc3339(Timestamp::EPOCH), "1970-01-01T00:00:00.000Z");
    }

    #[test]
    fn a_value_is_quoted_if_it_needs_quotes() {
        for (value, expected) in [
            ("GPU-1", "GPU-1"),
            ("µ", "µ"),
            ("", "\"\""),
            ("a b", "\"a b\""),
            ("a=b", "\"a=b\""),
            ("two\nlines", "\"two\\nlines\""),
            ("\"x\"", "\"\\\"x\\\"\""),
            ("C:\\", "\"C:\\\\\""),
        ] {
            assert_eq!(quoted(value), expected);
        }
    }
}
