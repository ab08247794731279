//! A table in text.

use std::fmt;

/// Rows of cells. The first row names the columns, and the first column the rows.
#[derive(Debug, Clone, Default)]
pub struct Table(Vec<Vec<String>>);

impl Table {
    /// A table with these columns.
    pub fn new(columns: impl IntoIterator<Item = String>) -> Table {
        Table(vec![columns.into_iter().collect()])
    }

    /// Adds a row.
    pub fn push(&mut self, cells: impl IntoIterator<Item = String>) {
        self.0.push(cells.into_iter().collect());
    }
}

/// Names to the left, values to the right; each line ends with a line feed.
impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let columns = self.0.iter().map(Vec::len).max().unwrap_or(0);
        let width = |column: usize| {
            let cells = self.0.iter().filter_map(|row| row.get(column));
            cells.map(|cell: &String| cell.chars().count()).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..columns).map(width).collect();
        for row in &self.0 {
            let mut cells = row.iter().zip(&widths);
            if let Some((name, width)) = cells.next() {
                write!(f, "{name:<width$}")?;
            }
            for (cell, width) in cells {
                write!(f, "  {cell:>width$}")?;
            }
            writeln!(f)?;
        }
        Ok(())
    }
}

/// A number to three significant digits, as far as they come after the point: `0.0312`, `4.57`, `13582`.
#[must_use]
pub fn number(value: f64) -> String {
    let magnitude = value.abs();
    let decimals =
        [100.0, 10.0, 1.0, 0.1, 0.01].iter().take_while(|&&least| magnitude < least).count();
    if magnitude == 0.0 { "0".to_owned() } else { format!("{value:.decimals$}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned() {
        let mut table = Table::new(["8 GPUs", "ours", "other"].map(str::to_owned));
        table.push(["CPU µs".to_owned(), number(16.04), number(4120.0)]);
        table.push(["p99".to_owned(), number(0.5), "-".to_owned()]);
        assert_eq!(
            table.to_string(),
            "8 GPUs   ours  other\nCPU µs   16.0   4120\np99     0.500      -\n"
        );
        assert_eq!(Table::default().to_string(), "");
    }

    #[test]
    fn numbers_have_three_digits() {
        for (value, expected) in [
            (13582.4, "13582"),
            (100.0, "100"),
            (99.95, "100.0"),
            (16.04, "16.0"),
            (4.567, "4.57"),
            (0.031_24, "0.0312"),
            (0.000_012, "0.00001"),
            (0.0, "0"),
            (-3.2, "-3.20"),
        ] {
            assert_eq!(number(value), expected);
        }
    }
}
