//! CSV (RFC 4180).

use super::Value;

/// Returns a CSV: the names of its columns, and a line for each row.
///
/// Numbers are not rounded. An undefined value is an empty field.
pub(crate) fn write<'a, N, V>(columns: N, rows: impl IntoIterator<Item = V>) -> String
where
    N: IntoIterator<Item = &'a str>,
    V: IntoIterator<Item = Value>,
{
    let mut text = columns.into_iter().collect::<Vec<_>>().join(",") + "\n";
    for row in rows {
        let fields: Vec<String> = row.into_iter().map(|value| value.field()).collect();
        text += &fields.join(",");
        text.push('\n');
    }
    text
}
