//! Drawings as SVG: readable without a script, a font or a style sheet of others, and told in words to whoever
//! cannot see them.

pub(crate) mod axis;
mod frame;
pub(crate) mod lines;
pub(crate) mod ranges;

use std::fmt::Write;

/// Ink of the text.
pub(crate) const INK: &str = "#1b1f24";
/// Of what matters less.
pub(crate) const PALE_INK: &str = "#57606a";
/// Of the grid.
pub(crate) const GRID: &str = "#d8dee4";

/// A drawing in the making, in pixels from its upper left corner.
#[derive(Debug)]
pub(crate) struct Svg {
    width: f64,
    height: f64,
    body: String,
}

/// Where a text stands by its point.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Anchor {
    Start,
    Middle,
    End,
}

impl Svg {
    pub(crate) fn new(width: f64, height: f64) -> Svg {
        Svg { width, height, body: String::new() }
    }

    pub(crate) fn line(&mut self, from: (f64, f64), to: (f64, f64), style: &str) {
        let ((x1, y1), (x2, y2)) = (from, to);
        self.push(format_args!(
            r#"<line x1="{x1:.1}" y1="{y1:.1}" x2="{x2:.1}" y2="{y2:.1}" {style}/>"#
        ));
    }

    pub(crate) fn rect(&mut self, corner: (f64, f64), size: (f64, f64), style: &str) {
        let ((x, y), (width, height)) = (corner, size);
        self.push(format_args!(
            r#"<rect x="{x:.1}" y="{y:.1}" width="{width:.1}" height="{height:.1}" {style}/>"#
        ));
    }

    pub(crate) fn circle(&mut self, at: (f64, f64), radius: f64, style: &str) {
        self.push(format_args!(
            r#"<circle cx="{:.1}" cy="{:.1}" r="{radius}" {style}/>"#,
            at.0, at.1
        ));
    }

    /// Through points; it breaks where one is missing.
    pub(crate) fn path(&mut self, points: &[Option<(f64, f64)>], style: &str, title: &str) {
        let mut way = String::new();
        let mut draws = false;
        for point in points {
            if let Some((x, y)) = point {
                let _ = write!(way, "{}{x:.1} {y:.1}", if draws { "L" } else { "M" }); // a String takes all
            }
            draws = point.is_some();
        }
        let title = escaped(title);
        self.push(format_args!(
            r#"<path d="{way}" fill="none" {style}><title>{title}</title></path>"#
        ));
    }

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

    /// The whole drawing, with a title and its content in words.
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
        let _ = writeln!(self.body, "{element}"); // a String takes all
    }
}

/// Text that can be no markup, and no character that XML forbids.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => safe.push('\u{fffd}'),
            c => safe.push(c),
        }
    }
    safe
}

/// A text in lines of at most so many characters, broken at spaces, though not at those that do not break.
pub(crate) fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// A text of at most so many characters.
pub(crate) fn shortened(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    let kept: String = text.chars().take(width.saturating_sub(1)).collect();
    kept + "…"
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
    fn a_path_breaks_where_a_point_is_missing() {
        let mut svg = Svg::new(10.0, 10.0);
        svg.path(&[Some((1.0, 2.0)), Some((3.0, 4.0)), None, Some((5.0, 6.0))], "", "x");
        assert!(svg.body.contains(r#"d="M1.0 2.0L3.0 4.0M5.0 6.0""#), "{}", svg.body);
    }

    #[test]
    fn words_are_kept_whole() {
        assert_eq!(
            wrapped("6B Transformer, 13% of a run", 12),
            ["6B", "Transformer,", "13% of a run"]
        );
        assert_eq!(wrapped("BERT LM (8\u{a0}V100)", 12), ["BERT LM", "(8\u{a0}V100)"]);
        assert_eq!(shortened("WT_CAISO_NORTH_2020", 8), "WT_CAIS…");
        assert_eq!(shortened("short", 8), "short");
    }
}
