//! The canvas: shapes and texts of a drawing, written as SVG elements.

use std::fmt::Write;

use super::notes::{LINE_HEIGHT, Notes};
use super::text::escaped;

/// The colour of text.
pub(crate) const INK: &str = "#1b1f24";
/// The colour of secondary text.
pub(crate) const PALE_INK: &str = "#57606a";
/// The colour of grid lines.
pub(crate) const GRID: &str = "#d8dee4";

/// A drawing that is being made. Positions are (x, y) in pixels from its upper left corner.
#[derive(Debug)]
pub(crate) struct Svg {
    width: f64,
    height: f64,
    body: String,
}

/// The point of a text that stands at its position.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Anchor {
    Start,
    Middle,
    End,
}

impl Svg {
    /// Starts an empty drawing of a size in pixels.
    pub(crate) fn new(width: f64, height: f64) -> Svg {
        Svg { width, height, body: String::new() }
    }

    /// Draws a line.
    pub(crate) fn line(&mut self, from: (f64, f64), to: (f64, f64), style: &str) {
        let ((x1, y1), (x2, y2)) = (from, to);
        self.push(format_args!(
            r#"<line x1="{x1:.1}" y1="{y1:.1}" x2="{x2:.1}" y2="{y2:.1}" {style}/>"#
        ));
    }

    /// Draws a rectangle from its upper left corner.
    pub(crate) fn rect(&mut self, corner: (f64, f64), size: (f64, f64), style: &str) {
        let ((x, y), (width, height)) = (corner, size);
        self.push(format_args!(
            r#"<rect x="{x:.1}" y="{y:.1}" width="{width:.1}" height="{height:.1}" {style}/>"#
        ));
    }

    /// Draws a circle around a point.
    pub(crate) fn circle(&mut self, at: (f64, f64), radius: f64, style: &str) {
        self.push(format_args!(
            r#"<circle cx="{:.1}" cy="{:.1}" r="{radius}" {style}/>"#,
            at.0, at.1
        ));
    }

    /// Draws a line through points, interrupted where one is missing.
    pub(crate) fn path(&mut self, points: &[Option<(f64, f64)>], style: &str, title: &str) {
        let mut commands = String::new();
        let mut continues = false;
        for point in points {
            if let Some((x, y)) = point {
                let _ = write!(commands, "{}{x:.1} {y:.1}", if continues { "L" } else { "M" }); // writing to a String cannot fail
            }
            continues = point.is_some();
        }
        let title = escaped(title);
        self.push(format_args!(
            r#"<path d="{commands}" fill="none" {style}><title>{title}</title></path>"#
        ));
    }

    /// Draws a text in one line.
    pub(crate) fn text(&mut self, at: (f64, f64), anchor: Anchor, style: &str, text: &str) {
        let anchor = match anchor {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
            Anchor::End => "end",
        };
        let ((x, y), text) = (at, escaped(text));
        self.push(format_args!(
            r#"<text x="{x:.1}" y="{y:.1}" text-anchor="{anchor}" {style}>{text}</text>"#
        ));
    }

    /// Draws the title of a chart, and below it a line that describes the chart.
    pub(super) fn heading(&mut self, title: &str, about: &str) {
        self.text((24.0, 34.0), Anchor::Start, r#"font-size="19" font-weight="600""#, title);
        self.text((24.0, 56.0), Anchor::Start, &format!(r#"fill="{PALE_INK}""#), about);
    }

    /// Draws the notes of a chart, below a height.
    pub(super) fn foot(&mut self, notes: &Notes, below: f64) {
        let style = format!(r#"font-size="11" fill="{PALE_INK}""#);
        let mut y = below;
        for line in notes.lines() {
            y += LINE_HEIGHT;
            self.text((24.0, y), Anchor::Start, &style, line);
        }
    }

    /// Returns the whole drawing, with a title and a description for screen readers.
    pub(crate) fn finish(self, title: &str, words: &str) -> String {
        let Svg { width, height, body } = self;
        let (title, words) = (escaped(title), escaped(words));
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" \
             role=\"img\" aria-labelledby=\"title words\" font-family=\"system-ui, 'Segoe UI', 'DejaVu Sans', sans-serif\" \
             font-size=\"12\" fill=\"{INK}\">\n<title id=\"title\">{title}</title>\n<desc id=\"words\">{words}</desc>\n\
             <rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n{body}</svg>\n"
        )
    }

    fn push(&mut self, element: std::fmt::Arguments<'_>) {
        let _ = writeln!(self.body, "{element}"); // writing to a String cannot fail
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_becomes_markup() {
        let mut svg = Svg::new(10.0, 10.0);
        svg.text((0.0, 0.0), Anchor::Start, "", "<script>&\"\u{1b}");
        let drawn = svg.finish("a < b", "c & d");
        assert!(drawn.contains("&lt;script&gt;&amp;&quot;\u{fffd}</text>"), "{drawn}");
        assert!(drawn.contains(">a &lt; b</title>") && drawn.contains(">c &amp; d</desc>"));
    }

    #[test]
    fn a_path_is_interrupted_where_a_point_is_missing() {
        let mut svg = Svg::new(10.0, 10.0);
        svg.path(&[Some((1.0, 2.0)), Some((3.0, 4.0)), None, Some((5.0, 6.0))], "", "x");
        assert!(svg.body.contains(r#"d="M1.0 2.0L3.0 4.0M5.0 6.0""#), "{}", svg.body);
    }
}
