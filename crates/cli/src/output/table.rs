//! A table for programs: rows of named columns, with values that hold for all rows.

use anyhow::Result;
use serde::ser::{SerializeMap, SerializeSeq};
use serde::{Serialize, Serializer};

use super::{Record, Value, csv, json};

/// Rows of named columns, and the values that hold for all of them.
#[derive(Debug)]
pub(crate) struct Table {
    /// Values that hold for every row: keys beside `rows` in JSON, further columns in CSV.
    pub(crate) head: Record,
    pub(crate) columns: Vec<&'static str>,
    /// A value for each column, in their order.
    pub(crate) rows: Vec<Vec<Value>>,
}

impl Table {
    /// Returns the table as a JSON object: the keys of the head, and `rows`, a list of objects.
    pub(crate) fn json(&self) -> Result<String> {
        json::write(self)
    }

    /// Returns the table as CSV: its columns, then those values of the head that fit into a field.
    pub(crate) fn csv(self) -> String {
        let head: Vec<_> =
            self.head.fields().iter().filter(|field| field.value.is_scalar()).collect();
        let columns = self.columns.iter().copied().chain(head.iter().map(|field| field.name));
        let values = || head.iter().map(|field| field.value.clone());
        csv::write(columns, self.rows.into_iter().map(|row| row.into_iter().chain(values())))
    }
}

impl Serialize for Table {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for field in self.head.fields() {
            map.serialize_entry(field.name, &field.value)?;
        }
        map.serialize_entry("rows", &Rows(self))?;
        map.end()
    }
}

/// The rows of a table, as a list of objects.
struct Rows<'a>(&'a Table);

impl Serialize for Rows<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut rows = serializer.serialize_seq(Some(self.0.rows.len()))?;
        for values in &self.0.rows {
            rows.serialize_element(&Row { columns: &self.0.columns, values })?;
        }
        rows.end()
    }
}

/// A row of a table, as an object.
struct Row<'a> {
    columns: &'a [&'static str],
    values: &'a [Value],
}

impl Serialize for Row<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.columns.iter().zip(self.values))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stay_in_order_and_values_of_the_head_follow() {
        let total = Record::default().with("z", 1_usize).with("a", 2_usize);
        let mut head = Record::default().with("year", 2020);
        head = head.with("series", Value::Texts(vec!["b".to_owned()])).with("total", total);
        let rows = vec![vec!["z, \"a\"".into(), 0.5.into()], vec!["a".into(), Value::Missing]];
        let table = Table { head, columns: vec!["name", "grams"], rows };
        let json: String = table.json().unwrap().split_whitespace().collect();
        assert_eq!(
            json,
            r#"{"year":2020,"series":["b"],"total":{"z":1,"a":2},"rows":[{"name":"z,\"a\"","grams":0.5},{"name":"a","grams":null}]}"#
        );
        assert_eq!(table.csv(), "name,grams,year\n\"z, \"\"a\"\"\",0.5,2020\na,,2020\n");
    }
}
