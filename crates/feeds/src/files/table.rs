//! A table of text: its separator, its header and its rows.

use super::error::FileError;
use crate::metadata::comment;
use crate::one_line;

/// The number of characters that an error quotes of a field or a header.
pub(super) const MAX_QUOTED_CHARS: usize = 80;

/// The most columns of a table: those of Electricity Maps' widest have a hundred or two.
const MOST_COLUMNS: usize = 1000;

/// A table whose header is known.
#[derive(Debug)]
pub(super) struct Table<'a> {
    text: &'a str,
    separator: char,
    /// The number of lines up to the header.
    header_line: usize,
    /// The names of the columns, as they are written.
    pub(super) names: Vec<&'a str>,
}

/// A row, with its line number counted from 1.
#[derive(Debug)]
pub(super) struct Row<'a> {
    pub(super) line: usize,
    fields: Vec<&'a str>,
}

impl<'a> Table<'a> {
    /// Reads the header: the first line that is neither empty nor a comment.
    pub(super) fn of(text: &'a str) -> Result<Table<'a>, FileError> {
        let lines = (1..).zip(text.lines());
        let is_content =
            |(_, line): &(usize, &str)| !line.trim().is_empty() && comment(line).is_none();
        let (header_line, header) = lines.clone().find(is_content).ok_or(FileError::Empty)?;
        // A semicolon or a tab is no part of a name, and a comma may be.
        let separators = [';', '\t', ','];
        let separator = separators.into_iter().find(|it| header.contains(*it)).unwrap_or(',');
        let names: Vec<&str> = split(header, separator).collect();
        let table = Table { text, separator, header_line, names };
        if table.names.len() < 2 || table.names.len() > MOST_COLUMNS {
            let reason = "it has a single column, or too many".to_owned();
            return Err(table.unknown(reason));
        }
        Ok(table)
    }

    /// Returns true where a decimal comma cannot be a separator of fields.
    pub(super) fn may_have_decimal_commas(&self) -> bool {
        self.separator != ','
    }

    /// The index of the first column with a name, by the names in lower case.
    pub(super) fn column(&self, is: impl Fn(&str) -> bool) -> Option<usize> {
        self.names.iter().position(|name| is(&plain(name)))
    }

    /// The rows.
    pub(super) fn rows(&self) -> impl Iterator<Item = Result<Row<'a>, FileError>> + '_ {
        let lines = (1..).zip(self.text.lines()).skip(self.header_line);
        let lines = lines.filter(|(_, text)| !text.trim().is_empty());
        lines.map(|(line, text)| {
            let fields: Vec<&str> = split(text, self.separator).take(MOST_COLUMNS + 1).collect();
            let (expected, found) = (self.names.len(), fields.len());
            // Spreadsheets end rows with separators of columns that have no name.
            let surplus = fields.get(expected..).unwrap_or_default();
            if found < expected || surplus.iter().any(|field| !field.is_empty()) {
                return Err(FileError::Fields { line, expected, found });
            }
            Ok(Row { line, fields })
        })
    }

    /// The beginning of a column's name in one line, for a message.
    pub(super) fn quoted_name(&self, column: usize) -> String {
        let name = self.names.get(column).copied().unwrap_or_default();
        one_line::marked(name, MAX_QUOTED_CHARS)
    }

    /// The error that no format has these columns.
    pub(super) fn unknown(&self, reason: String) -> FileError {
        let header = self.names.join(&self.separator.to_string());
        let found = one_line::marked(&header, MAX_QUOTED_CHARS);
        FileError::Columns { line: self.header_line, reason, found }
    }

    /// The error about a field.
    pub(super) fn wrong(
        &self,
        row: &Row<'_>,
        column: usize,
        reason: impl Into<String>,
    ) -> FileError {
        FileError::Field {
            line: row.line,
            column: column + 1,
            name: self.quoted_name(column),
            reason: reason.into(),
            found: one_line::marked(row.field(column), MAX_QUOTED_CHARS),
        }
    }
}

impl<'a> Row<'a> {
    /// The text of a column, without quotes around it.
    pub(super) fn field(&self, column: usize) -> &'a str {
        self.fields.get(column).copied().unwrap_or_default()
    }
}

/// A name in lower case, with plain digits for subscripts.
pub(super) fn plain(name: &str) -> String {
    name.trim().to_lowercase().replace('₂', "2")
}

/// The fields of a line. Within double quotes a separator belongs to the field.
fn split(line: &str, separator: char) -> impl Iterator<Item = &str> {
    let mut rest = Some(line);
    std::iter::from_fn(move || {
        let text = rest?;
        let mut is_quoted = false;
        let end = text.find(|c| {
            is_quoted ^= c == '"';
            c == separator && !is_quoted
        });
        let (field, after) = match end {
            Some(end) => (text.get(..end)?, text.get(end + separator.len_utf8()..)),
            None => (text, None),
        };
        rest = after;
        let field = field.trim();
        Some(field.strip_prefix('"').and_then(|it| it.strip_suffix('"')).unwrap_or(field))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_split_outside_of_quotes() {
        let fields = |line, separator| split(line, separator).collect::<Vec<_>>();
        assert_eq!(fields("a, \"b,c\" ,,d", ','), ["a", "b,c", "", "d"]);
        assert_eq!(fields("a;1,5;", ';'), ["a", "1,5", ""]);
        assert_eq!(fields("\"open,1", ','), ["\"open,1"]);
        assert_eq!(fields("", ','), [""]);
    }

    #[test]
    fn rows_have_the_fields_of_the_header() {
        let table = Table::of("# c\n\nA;B\n1;2\n3;4;;\n\n5\n").unwrap();
        let rows: Vec<_> = table.rows().collect();
        assert_eq!(rows[1].as_ref().unwrap().field(1), "4");
        assert_eq!(
            rows[2].as_ref().unwrap_err(),
            &FileError::Fields { line: 7, expected: 2, found: 1 }
        );
        assert!(matches!(Table::of("time\n1\n"), Err(FileError::Columns { line: 1, .. })));
    }
}
