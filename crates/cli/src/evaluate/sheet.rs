//! A table for programs: rows of named columns, with what holds for all of them, as JSON and as CSV.

use anyhow::{Context, Result};
use serde::ser::{SerializeMap, SerializeSeq};
use serde::{Serialize, Serializer};

use crate::fields::quoted;

/// What stands in a column; an undefined number is null in JSON, and an empty field in CSV.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    Text(String),
    Texts(Vec<String>),
    Count(usize),
    Number(Option<f64>),
}

/// Rows of named columns, and what holds for all of them.
#[derive(Debug)]
pub(super) struct Sheet {
    pub(super) head: Vec<(&'static str, Value)>,
    pub(super) columns: Vec<&'static str>,
    pub(super) rows: Vec<Vec<Value>>,
}

impl Sheet {
    /// An object: the head's keys, and `rows`, each an object.
    pub(super) fn json(&self) -> Result<String> {
        let mut text = serde_json::to_string_pretty(self).context("cannot write the answer")?;
        text.push('\n');
        Ok(text)
    }

    /// The columns, then the head's keys that hold one value.
    pub(super) fn csv(&self) -> String {
        let one = |(_, value): &&(_, Value)| !matches!(value, Value::Texts(_));
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
            r#"{"year":2020,"series":["b"],"rows":[{"name":"z,\"a\"","grams":0.5},{"name":"a","grams":null}]}"#
        );
    }
}
