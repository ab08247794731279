//! Text for people: lines, and tables with aligned columns.

use crate::sanitize::sanitize;

/// Returns lines as one text, without spaces at their ends and without control characters.
pub(crate) fn write(lines: &[String]) -> String {
    lines.iter().map(|line| sanitize(line.trim_end()) + "\n").collect()
}

/// The distances of a table.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Layout<'a> {
    /// Spaces before each line.
    pub(crate) indent: usize,
    /// Spaces between two columns.
    pub(crate) gap: usize,
    /// The least width of each column, in characters; none for the columns beyond.
    pub(crate) widths: &'a [usize],
}

/// Returns the lines of a table: the first column aligned to the left, the others to the right, each as wide as its
/// widest cell.
pub(crate) fn table(rows: &[Vec<String>], layout: Layout<'_>) -> Vec<String> {
    let columns = rows.iter().map(Vec::len).max().unwrap_or_default();
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        let least = layout.widths.get(column).copied().unwrap_or_default();
        cells.map(|cell| cell.chars().count()).fold(least, usize::max)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let (indent, gap) = (" ".repeat(layout.indent), " ".repeat(layout.gap));
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths).enumerate().map(|(column, (cell, &width))| {
            if column == 0 { format!("{cell:<width$}") } else { format!("{cell:>width$}") }
        });
        format!("{indent}{}", cells.collect::<Vec<_>>().join(&gap))
    };
    rows.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let rows = [["a", "grams"], ["brown", "1"]].map(|row| row.map(str::to_owned).to_vec());
        let narrow = Layout { indent: 1, gap: 2, widths: &[] };
        assert_eq!(table(&rows, narrow), [" a      grams", " brown      1"]);
        let wide = Layout { widths: &[0, 7], ..narrow };
        assert_eq!(table(&rows, wide), [" a        grams", " brown        1"]);
    }

    #[test]
    fn a_line_holds_no_control_character() {
        assert_eq!(write(&["a\u{1b}[31m  ".to_owned()]), "a\u{fffd}[31m\n");
    }
}
