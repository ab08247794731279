//! A strict reader of the CSV files of this project: an exact header, a fixed number of fields in each row, and errors with line
//! and column.
//!
//! Lines end with LF or CRLF, empty lines are skipped, and so are lines that begin with `#` before the header. A field may be
//! enclosed in double quotes; it cannot contain a comma, a quote or a line break.

use crate::metadata::comment;
use crate::one_line;

/// The number of characters that an error quotes of a field or a header.
const MAX_QUOTED_CHARS: usize = 80;

/// An error in a CSV table: the line, the text found there, and the text that is allowed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StrictCsvError {
    /// The first line that is not empty is not the header.
    #[error("line {line}: the header must be `{header}`, got `{found}`")]
    Header {
        /// The line number, counted from 1.
        line: usize,
        /// The expected header.
        header: &'static str,
        /// The beginning of the line found.
        found: String,
    },
    /// A row has too few or too many fields.
    #[error("line {line}: expected {expected} fields, `{header}`, got {found}")]
    Fields {
        /// The line number, counted from 1.
        line: usize,
        /// The expected number of fields.
        expected: usize,
        /// The header, which names the fields.
        header: &'static str,
        /// The number of fields in the row.
        found: usize,
    },
    /// A number has a decimal comma, within quotes.
    #[error("line {line}: `{found}` has a decimal comma: write a decimal point")]
    DecimalComma {
        /// The line number, counted from 1.
        line: usize,
        /// The number found.
        found: String,
    },
    /// A field has a value that is not allowed.
    #[error("line {line}, column {column} ({name}): {reason}, got `{found}`")]
    Field {
        /// The line number, counted from 1.
        line: usize,
        /// The column number, counted from 1.
        column: usize,
        /// The name of the column in the header.
        name: &'static str,
        /// The values that are allowed.
        reason: String,
        /// The beginning of the field found.
        found: String,
    },
    /// The table has no row.
    #[error("there is no row after the header: {0}")]
    Empty(&'static str),
}

impl StrictCsvError {
    /// The line of the error, counted from 1; `None` where the table has no row.
    #[must_use]
    pub fn line(&self) -> Option<usize> {
        match self {
            StrictCsvError::Header { line, .. }
            | StrictCsvError::Fields { line, .. }
            | StrictCsvError::DecimalComma { line, .. }
            | StrictCsvError::Field { line, .. } => Some(*line),
            StrictCsvError::Empty(_) => None,
        }
    }
}

/// A row of `N` fields.
#[derive(Debug, Clone, Copy)]
pub struct Row<'a, const N: usize> {
    /// The line number, counted from 1.
    pub line: usize,
    /// The fields, without the quotes around them.
    pub fields: [&'a str; N],
    header: &'static str,
}

impl<const N: usize> Row<'_, N> {
    /// The error that a field, whose column is counted from 1, has a value that is not allowed; `reason` says what it must be.
    #[must_use]
    pub fn wrong(&self, column: usize, reason: impl Into<String>) -> StrictCsvError {
        let index = column.saturating_sub(1);
        StrictCsvError::Field {
            line: self.line,
            column,
            name: self.header.split(',').nth(index).unwrap_or_default(),
            reason: reason.into(),
            found: quoted(self.fields.get(index).copied().unwrap_or_default()),
        }
    }
}

/// Reads a table with a header of `N` names, each row by `parse`. `no_rows` completes the error about a table without a row.
///
/// # Errors
///
/// The first error, of the table or of `parse`.
///
/// ```
/// use gpu_carbon_feeds::strict_csv::{Row, read};
///
/// let lengths = read("name,metres\na,1\nb,2\n", "name,metres", "one is needed", |row: Row<'_, 2>| {
///     row.fields[1].parse::<f64>().map_err(|_| row.wrong(2, "must be a number"))
/// })?;
/// assert_eq!(lengths, [1.0, 2.0]);
/// # Ok::<(), gpu_carbon_feeds::strict_csv::StrictCsvError>(())
/// ```
pub fn read<const N: usize, T, E: From<StrictCsvError>>(
    text: &str,
    header: &'static str,
    no_rows: &'static str,
    mut parse: impl FnMut(Row<'_, N>) -> Result<T, E>,
) -> Result<Vec<T>, E> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let lines = (1..).zip(text.lines()).filter(|(_, text)| !text.trim().is_empty());
    let mut lines = lines.skip_while(|(_, text)| comment(text).is_some());
    let (line, first) = lines.next().unwrap_or((1, ""));
    if split(first).ne(header.split(',')) {
        return Err(StrictCsvError::Header { line, header, found: quoted(first) }.into());
    }
    let mut rows = Vec::new();
    for (line, text) in lines {
        let mut fields = [""; N];
        let mut found = split(text);
        let filled = fields.iter_mut().zip(&mut found).map(|(field, text)| *field = text).count();
        if filled < N || found.next().is_some() {
            if let Some(found) = decimal_comma(text) {
                return Err(StrictCsvError::DecimalComma { line, found: quoted(found) }.into());
            }
            let found = split(text).count();
            return Err(StrictCsvError::Fields { line, expected: N, header, found }.into());
        }
        rows.push(parse(Row { line, fields, header })?);
    }
    if rows.is_empty() { Err(StrictCsvError::Empty(no_rows).into()) } else { Ok(rows) }
}

fn split(line: &str) -> impl Iterator<Item = &str> {
    line.split(',').map(|field| {
        let field = field.trim();
        field.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(field)
    })
}

/// The quoted number with a decimal comma that makes a row too long; `None` where there is none.
fn decimal_comma(row: &str) -> Option<&str> {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    row.split('"').skip(1).step_by(2).find(|text| {
        let number = text.trim().trim_start_matches(['-', '+']).split_once(',');
        number.is_some_and(|(whole, fraction)| digits(whole) && digits(fraction))
    })
}

fn quoted(text: &str) -> String {
    one_line::marked(text, MAX_QUOTED_CHARS)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(text: &str) -> Result<Vec<[String; 2]>, StrictCsvError> {
        read(text, "a,b", "one is needed", |row: Row<'_, 2>| Ok(row.fields.map(str::to_owned)))
    }

    #[test]
    fn each_row_has_as_many_fields_as_the_header() {
        let text = "\u{feff}a, \"b\"\r\n\r\n1,2\r\n \"x y\" ,\n";
        assert_eq!(pairs(text).unwrap(), [["1", "2"], ["x y", ""]]);
        let error = |text| pairs(text).unwrap_err().to_string();
        assert_eq!(error("a,b\n1"), "line 2: expected 2 fields, `a,b`, got 1");
        assert_eq!(error("a,b\n\n1,2,3"), "line 3: expected 2 fields, `a,b`, got 3");
        assert_eq!(error("a,b\n"), "there is no row after the header: one is needed");
        assert_eq!(error("b,a\n1,2"), "line 1: the header must be `a,b`, got `b,a`");
        assert_eq!(error(""), "line 1: the header must be `a,b`, got ``");
        assert_eq!(pairs("# of a kind: x\n\n#\na,b\n1,2\n").unwrap(), [["1", "2"]]);
        assert_eq!(error("# c\nb,a\n"), "line 2: the header must be `a,b`, got `b,a`");
        assert_eq!(error("a,b\n# c\n"), "line 2: expected 2 fields, `a,b`, got 1");
    }

    proptest::proptest! {
        #[test]
        fn rows_of_two_fields_are_read_and_others_reported_with_their_line(
            text in ".{0,200}",
            rows in proptest::collection::vec("[0-9\"]{1,3}(,[0-9\" ]{0,3}){1,2}", 1..5),
        ) {
            let _ = pairs(&text);
            let wrong = rows.iter().position(|row| row.matches(',').count() != 1);
            match pairs(&format!("a,b\n{}", rows.join("\n"))) {
                Ok(read) => proptest::prop_assert_eq!((read.len(), wrong), (rows.len(), None)),
                Err(error) => proptest::prop_assert_eq!(error.line(), wrong.map(|row| row + 2)),
            }
        }
    }
}
