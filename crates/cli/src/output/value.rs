//! Values of an answer for programs, the same in JSON and in CSV.

use gpu_carbon_core::{Span, Timestamp};
use gpu_carbon_feeds::rfc3339;
use gpu_carbon_schema::Seconds;
use gpu_carbon_schema::csv::quoted;
use serde::{Serialize, Serializer};

/// A value of a JSON object or of a CSV row.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    /// An undefined value: null in JSON, an empty field in CSV.
    Missing,
    Text(String),
    Flag(bool),
    Integer(i64),
    Number(f64),
    /// A length of time, in seconds; a whole number in JSON where it is one.
    Duration(Span),
    /// A list in JSON; one field in CSV, joined by semicolons.
    Texts(Vec<String>),
    /// An object in JSON; an empty field in CSV.
    Record(Record),
    /// A list of objects in JSON; an empty field in CSV.
    Records(Vec<Record>),
}

impl Value {
    /// Returns the value as a CSV field.
    pub(crate) fn field(&self) -> String {
        match self {
            Value::Text(text) => quoted(text),
            Value::Texts(texts) => quoted(&texts.join("; ")),
            Value::Flag(flag) => flag.to_string(),
            Value::Integer(integer) => integer.to_string(),
            Value::Number(number) => number.to_string(),
            Value::Duration(span) => span.as_seconds().to_string(),
            Value::Missing | Value::Record(_) | Value::Records(_) => String::new(),
        }
    }

    /// Returns true where the value fits into one CSV field without loss.
    pub(crate) fn is_scalar(&self) -> bool {
        !matches!(self, Value::Texts(_) | Value::Record(_) | Value::Records(_))
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Value::Missing => serializer.serialize_none(),
            Value::Text(text) => text.serialize(serializer),
            Value::Texts(texts) => texts.serialize(serializer),
            Value::Flag(flag) => flag.serialize(serializer),
            Value::Integer(integer) => integer.serialize(serializer),
            Value::Number(number) => number.serialize(serializer),
            Value::Duration(span) => Seconds(*span).serialize(serializer),
            Value::Record(record) => record.serialize(serializer),
            Value::Records(records) => records.serialize(serializer),
        }
    }
}

impl From<String> for Value {
    fn from(text: String) -> Value {
        Value::Text(text)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Value {
        Value::Text(text.to_owned())
    }
}

impl From<bool> for Value {
    fn from(flag: bool) -> Value {
        Value::Flag(flag)
    }
}

impl From<usize> for Value {
    fn from(count: usize) -> Value {
        Value::Integer(i64::try_from(count).unwrap_or(i64::MAX))
    }
}

impl From<u32> for Value {
    fn from(number: u32) -> Value {
        Value::Integer(number.into())
    }
}

impl From<i32> for Value {
    fn from(number: i32) -> Value {
        Value::Integer(number.into())
    }
}

impl From<f64> for Value {
    fn from(number: f64) -> Value {
        Value::Number(number)
    }
}

impl From<Span> for Value {
    fn from(span: Span) -> Value {
        Value::Duration(span)
    }
}

/// A time in UTC, as RFC 3339 writes it.
impl From<Timestamp> for Value {
    fn from(time: Timestamp) -> Value {
        Value::Text(rfc3339::format(time))
    }
}

impl From<Record> for Value {
    fn from(record: Record) -> Value {
        Value::Record(record)
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Value {
        value.map_or(Value::Missing, Into::into)
    }
}

/// Named values in a fixed order: an object in JSON, columns in CSV.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Record(Vec<Field>);

/// A named value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Field {
    pub(crate) name: &'static str,
    pub(crate) value: Value,
}

impl Record {
    /// Returns the record with one more value at its end.
    #[must_use]
    pub(crate) fn with(mut self, name: &'static str, value: impl Into<Value>) -> Record {
        self.0.push(Field { name, value: value.into() });
        self
    }

    /// Returns the record followed by the values of another.
    #[must_use]
    pub(crate) fn followed_by(mut self, other: Record) -> Record {
        self.0.extend(other.0);
        self
    }

    /// Returns the names and values, in order.
    pub(crate) fn fields(&self) -> &[Field] {
        &self.0
    }

    /// Returns the values alone, in order.
    pub(crate) fn into_values(self) -> Vec<Value> {
        self.0.into_iter().map(|field| field.value).collect()
    }
}

impl Serialize for Record {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|field| (field.name, &field.value)))
    }
}
