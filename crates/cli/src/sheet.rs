//! A table for programs: rows of named columns, with what holds for all of them, as JSON and as CSV.

use anyhow::{Context, Result};
use serde::ser::{SerializeMap, SerializeSeq};
use serde::{Serialize, Serializer};

use gpu_carbon_schema::csv::quoted;

/// What stands in a column; an undefined number is null in JSON, and an empty field in CSV.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    Text(String),
    Texts(Vec<String>),
    Count(usize),
    Number(Option<f64>),
    /// Named values of their own, which a table has no field for.
    Record(Record),
    Records(Vec<Record>),
}

/// Values by their names, in order.
pub(crate) type Record = Vec<(&'static str, Value)>;

/// Rows of named columns, and what holds for all of them.
#[derive(Debug)]
pub(crate) struct Sheet {
    pub(crate) head: Record,
    pub(crate) columns: Vec<&'static str>,
    pub(crate) rows: Vec<Vec<Value>>,
}

impl Sheet {
    /// An object: the head's keys, and `rows`, each an object.
    pub(crate) fn json(&self) -> Result<String> {
        let mut text = serde_json::to_string_pretty(self).context("cannot write the answer")?;
        text.push('\n');
        Ok(text)
    }

    /// The columns, then the head's keys that hold one value.
    pub(crate) fn csv(&self) -> String {
        let one = |(_, value): &&(_, Value)| {
            !matches!(value, Value::Texts(_) | Value::Record(_) | Value::Records(_))
        };
        let head: Vec<&(&str, Value)> = self.head.iter().filter(one).collect();
        let names = self.columns.iter().copied().chain(head.iter().map(|(name, _)| *name));
        let mut text = names.collect::<Vec<_>>().join(",") + "\n";
        for row in &self.rows {
            let values = row.iter().chain(head.iter().map(|(_, value)| value));
            text += &(values.map(Value::field).collect::<Vec<_>>().join(",") + "\n");
        }
        text
    }
}

impl Value {
    fn field(&self) -> String {
        match self {
            Value::Text(text) => quoted(text),
            Value::Texts(texts) => quoted(&texts.join("; ")),
            Value::Count(count) => count.to_string(),
            Value::Number(number) => number.map(|number| number.to_string()).unwrap_or_default(),
            Value::Record(_) | Value::Records(_) => String::new(),
        }
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Value::Text(text) => text.serialize(serializer),
            Value::Texts(texts) => texts.serialize(serializer),
            Value::Count(count) => count.serialize(serializer),
            Value::Number(number) => number.serialize(serializer),
            Value::Record(record) => Named(record).serialize(serializer),
            Value::Records(records) => serializer.collect_seq(records.iter().map(|one| Named(one))),
        }
    }
}

impl Serialize for Sheet {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (name, value) in &self.head {
            map.serialize_entry(name, value)?;
        }
        map.serialize_entry("rows", &Rows(self))?;
        map.end()
    }
}

struct Named<'a>(&'a [(&'static str, Value)]);

impl Serialize for Named<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

struct Rows<'a>(&'a Sheet);

struct Row<'a>(&'a [&'static str], &'a [Value]);

impl Serialize for Rows<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut rows = serializer.serialize_seq(Some(self.0.rows.len()))?;
        for row in &self.0.rows {
            rows.serialize_element(&Row(&self.0.columns, row))?;
        }
        rows.end()
    }
}

impl Serialize for Row<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().zip(self.1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_keep_their_order() {
        let sheet = Sheet {
            head: vec![
                ("year", Value::Count(2020)),
                ("series", Value::Texts(vec!["b".to_owned()])),
                ("total", Value::Record(vec![("z", Value::Count(1)), ("a", Value::Count(2))])),
            ],
            columns: vec!["name", "grams"],
            rows: vec![
                vec![Value::Text("z, \"a\"".to_owned()), Value::Number(Some(0.5))],
                vec![Value::Text("a".to_owned()), Value::Number(None)],
            ],
        };
        assert_eq!(sheet.csv(), "name,grams,year\n\"z, \"\"a\"\"\",0.5,2020\na,,2020\n");
        let json: String = sheet.json().unwrap().split_whitespace().collect();
        assert_eq!(
            json,
            r#"{"year":2020,"series":["b"],"total":{"z":1,"a":2},"rows":[{"name":"z,\"a\"","grams":0.5},{"name":"a","grams":null}]}"#
        );
    }
}
