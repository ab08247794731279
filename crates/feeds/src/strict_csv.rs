//! The strict reader of the CSV tables here: a header to the letter, so many fields a row, and errors that
//! name line and column.
//!
//! Lines end with LF or CRLF, empty ones are skipped, and a field may stand in double quotes, though it may
//! hold no comma, no quote and no end of a line.

/// A CSV that is not the table that was expected: where, what stands there, and what may stand there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StrictCsvError {
    /// The first line that is not empty is not the header.
    #[error("line {line}: the header must be `{header}`, got `{found}`")]
    Header {
        /// Counted from 1.
        line: usize,
        /// What it must be.
        header: &'static str,
        /// What it is, or how it begins.
        found: String,
    },
    /// A row has too few or too many fields.
    #[error("line {line}: expected {expected} fields, `{header}`, got {found}")]
    Fields {
        /// Counted from 1.
        line: usize,
        /// How many there must be.
        expected: usize,
        /// What they are.
        header: &'static str,
        /// How many the row has.
        found: usize,
    },
    /// A field holds something else than it may.
    #[error("line {line}, column {column} ({name}): {reason}, got `{found}`")]
    Field {
        /// Counted from 1.
        line: usize,
        /// Counted from 1.
        column: usize,
        /// Its name in the header.
        name: &'static str,
        /// What the field must be.
        reason: String,
        /// What it holds, or how it begins.
        found: String,
    },
    /// There is no row.
    #[error("there is no row after the header: {0}")]
    Empty(&'static str),
}

impl StrictCsvError {
    /// The line that is wrong, counted from 1; `None` where that is the lack of one.
    #[must_use]
    pub fn line(&self) -> Option<usize> {
        match self {
            StrictCsvError::Header { line, .. }
            | StrictCsvError::Fields { line, .. }
            | StrictCsvError::Field { line, .. } => Some(*line),
            StrictCsvError::Empty(_) => None,
        }
    }
}

/// A row of `N` fields.
#[derive(Debug, Clone, Copy)]
pub struct Row<'a, const N: usize> {
    /// Its line, counted from 1.
    pub line: usize,
    /// Its fields, without the quotes around them.
    pub fields: [&'a str; N],
    header: &'static str,
}

impl<const N: usize> Row<'_, N> {
    /// That a field, counted from 1, must be something else.
    #[must_use]
    pub fn wrong(&self, column: usize, reason: impl Into<String>) -> StrictCsvError {
        let place = column.saturating_sub(1);
        StrictCsvError::Field {
            line: self.line,
            column,
            name: self.header.split(',').nth(place).unwrap_or_default(),
            reason: reason.into(),
            found: excerpt(self.fields.get(place).copied().unwrap_or_default()),
        }
    }
}

/// Reads a table with a header of `N` names. `needs` says what a table without a row lacks.
///
/// # Errors
///
/// The first thing that is wrong, be it by `parse`.
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
    needs: &'static str,
    mut parse: impl FnMut(Row<'_, N>) -> Result<T, E>,
) -> Result<Vec<T>, E> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut lines = (1..).zip(text.lines()).filter(|(_, text)| !text.trim().is_empty());
    let (line, first) = lines.next().unwrap_or((1, ""));
    if split(first).ne(header.split(',')) {
        return Err(StrictCsvError::Header { line, header, found: excerpt(first) }.into());
    }
    let mut rows = Vec::new();
    for (line, text) in lines {
        let mut fields = [""; N];
        let mut found = split(text);
        let filled = fields.iter_mut().zip(&mut found).map(|(field, text)| *field = text).count();
        if filled < N || found.next().is_some() {
            let found = split(text).count();
            return Err(StrictCsvError::Fields { line, expected: N, header, found }.into());
        }
        rows.push(parse(Row { line, fields, header })?);
    }
    if rows.is_empty() { Err(StrictCsvError::Empty(needs).into()) } else { Ok(rows) }
}

fn split(line: &str) -> impl Iterator<Item = &str> {
    line.split(',').map(|field| {
        let field = field.trim();
        field.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(field)
    })
}

/// The beginning of what was found, fit for one line.
fn excerpt(text: &str) -> String {
    text.chars().take(80).map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(text: &str) -> Result<Vec<[String; 2]>, StrictCsvError> {
        read(text, "a,b", "one is needed", |row: Row<'_, 2>| Ok(row.fields.map(str::to_owned)))
    }

    #[test]
    fn a_row_has_as_many_fields_as_the_header() {
        let text = "\u{feff}a, \"b\"\r\n\r\n1,2\r\n \"x y\" ,\n";
        assert_eq!(pairs(text).unwrap(), [["1", "2"], ["x y", ""]]);
        let error = |text| pairs(text).unwrap_err().to_string();
        assert_eq!(error("a,b\n1"), "line 2: expected 2 fields, `a,b`, got 1");
        assert_eq!(error("a,b\n\n1,2,3"), "line 3: expected 2 fields, `a,b`, got 3");
        assert_eq!(error("a,b\n"), "there is no row after the header: one is needed");
        assert_eq!(error("b,a\n1,2"), "line 1: the header must be `a,b`, got `b,a`");
        assert_eq!(error(""), "line 1: the header must be `a,b`, got ``");
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_it_panic(text in ".{0,200}", rows in "[0-9,\"\n]{0,60}") {
            let _ = pairs(&text);
            let _ = pairs(&format!("a,b\n{rows}"));
        }
    }
}
