//! Line charts over places such as months, in panels below one another; each line is labelled at its end.

use super::axis::{label, ticks};
use super::canvas::{Anchor, GRID, PALE_INK, Svg};
use super::notes::Notes;
use super::text::shortened;
use gpu_carbon_core::format;

/// A chart of lines in panels.
#[derive(Debug)]
pub(crate) struct Chart {
    pub(crate) title: String,
    /// A line below the title that describes the chart.
    pub(crate) about: String,
    /// Notes at the foot.
    pub(crate) notes: Vec<String>,
    /// The labels of the horizontal axis, one for each value of a line.
    pub(crate) places: Vec<String>,
    pub(crate) panels: Vec<Panel>,
}

/// A panel: lines on one scale.
#[derive(Debug)]
pub(crate) struct Panel {
    pub(crate) title: String,
    pub(crate) unit: String,
    pub(crate) lines: Vec<Line>,
}

/// A line: for each place a value, or `None` where it is missing.
#[derive(Debug)]
pub(crate) struct Line {
    pub(crate) name: String,
    pub(crate) values: Vec<Option<f64>>,
}

/// Colours that people with colour vision deficiency can distinguish (after Okabe and Ito 2008, darkened to a contrast
/// of three on white).
const COLOURS: [&str; 8] =
    ["#0072b2", "#c8500a", "#00795c", "#b0518a", "#1b1f24", "#8a6d00", "#5b4bb5", "#2b8cbe"];
/// The dashes of the first eight lines, of the next eight, and of the eight after those.
const DASHES: [&str; 3] = ["none", "7 3", "2 3"];

const WIDTH: f64 = 960.0;
const LEFT: f64 = 64.0;
const RIGHT: f64 = 216.0;
const HEAD: f64 = 74.0;
/// The least height of a panel, which grows with the labels beside it.
const PANEL: f64 = 330.0;
/// The heights of a panel above and below its plot.
const ABOVE: f64 = 34.0;
const BELOW: f64 = 36.0;
/// The least distance between two labels.
const NAME: f64 = 15.0;

impl Chart {
    /// Draws the chart as SVG.
    pub(crate) fn draw(&self) -> String {
        let notes = Notes::wrapped(&self.notes, 140);
        let panels: f64 = self.panels.iter().map(Panel::height).sum();
        let mut svg = Svg::new(WIDTH, HEAD + panels + notes.height() + 20.0);
        svg.heading(&self.title, &self.about);
        let mut top = HEAD;
        for panel in &self.panels {
            Plot::of(panel, &self.places, top).draw(&mut svg);
            top += panel.height();
        }
        svg.foot(&notes, top);
        let words: Vec<String> =
            self.panels.iter().map(|panel| panel.words(&self.places)).collect();
        svg.finish(&self.title, &format!("{} {}", self.about, words.join(" ")))
    }
}

/// A panel and its position in the drawing.
struct Plot<'a> {
    panel: &'a Panel,
    places: &'a [String],
    /// The upper edge of the panel.
    top: f64,
    /// The ticks of the vertical axis, from zero to the top of the plot.
    ticks: Vec<f64>,
    /// The horizontal position of each place.
    xs: Vec<f64>,
}

impl<'a> Plot<'a> {
    fn of(panel: &'a Panel, places: &'a [String], top: f64) -> Plot<'a> {
        let values = panel.lines.iter().flat_map(|line| &line.values).flatten().copied();
        let spread =
            (WIDTH - RIGHT - LEFT) / f64::from(u32::try_from(places.len().max(1)).unwrap_or(1));
        let xs = (0_u32..).zip(places).map(|(index, _)| LEFT + (f64::from(index) + 0.5) * spread);
        Plot { panel, places, top, ticks: ticks(values.fold(0.0, f64::max)), xs: xs.collect() }
    }

    fn draw(&self, svg: &mut Svg) {
        self.draw_axes(svg);
        for (index, line) in self.panel.lines.iter().enumerate() {
            let points: Vec<Option<(f64, f64)>> = self
                .xs
                .iter()
                .zip(&line.values)
                .map(|(&x, value)| value.map(|value| (x, self.y(value))))
                .collect();
            svg.path(&points, &stroke(index), &line.name);
            for point in points.iter().flatten() {
                svg.circle(*point, 2.4, &format!(r#"fill="{}""#, colour(index)));
            }
        }
        self.draw_names(svg);
    }

    fn draw_axes(&self, svg: &mut Svg) {
        let pale = format!(r#"fill="{PALE_INK}""#);
        let head = self.top + 18.0;
        let bold = r#"font-size="14" font-weight="600""#;
        svg.text((24.0, head), Anchor::Start, bold, &self.panel.title);
        svg.text((WIDTH - RIGHT, head), Anchor::End, &pale, &self.panel.unit);
        let step = self.ticks.get(1).copied().unwrap_or_else(|| self.most());
        for &tick in &self.ticks {
            let y = self.y(tick);
            let style = format!(r#"stroke="{}""#, if tick == 0.0 { PALE_INK } else { GRID });
            svg.line((LEFT, y), (WIDTH - RIGHT, y), &style);
            svg.text((LEFT - 8.0, y + 4.0), Anchor::End, &pale, &label(tick, step));
        }
        for (place, &x) in self.places.iter().zip(&self.xs) {
            svg.text((x, self.below() + 20.0), Anchor::Middle, &pale, place);
        }
    }

    /// Draws each label beside the end of its line.
    fn draw_names(&self, svg: &mut Svg) {
        let x = WIDTH - RIGHT;
        let last = self.xs.last().copied().unwrap_or(x);
        for name in placed(self.panel, |value| self.y(value), self.above(), self.below()) {
            let Some(line) = self.panel.lines.get(name.line) else { continue };
            let pale = format!(r#"stroke="{}" stroke-width="1""#, colour(name.line));
            svg.line((last + 5.0, name.from), (x + 2.0, name.at), &pale);
            svg.line((x + 2.0, name.at), (x + 26.0, name.at), &stroke(name.line));
            let at = (x + 32.0, name.at + 4.0);
            svg.text(at, Anchor::Start, r#"font-size="11.5""#, &shortened(&line.name, 26));
        }
    }

    /// Returns the upper edge of the plot.
    fn above(&self) -> f64 {
        self.top + ABOVE
    }

    /// Returns the lower edge of the plot.
    fn below(&self) -> f64 {
        self.top + self.panel.height() - BELOW
    }

    /// Returns the value at the upper edge.
    fn most(&self) -> f64 {
        self.ticks.last().copied().unwrap_or(1.0)
    }

    /// Returns the vertical position of a value.
    fn y(&self, value: f64) -> f64 {
        self.below() - value / self.most() * (self.below() - self.above())
    }
}

impl Panel {
    fn height(&self) -> f64 {
        let names: f64 = self.lines.iter().map(|_| NAME).sum();
        (names + ABOVE + BELOW).max(PANEL)
    }

    /// Describes each line by its extremes, in words.
    fn words(&self, places: &[String]) -> String {
        let line = |line: &Line| {
            let values = || {
                places
                    .iter()
                    .zip(&line.values)
                    .filter_map(|(place, value)| Some((place, (*value)?)))
            };
            let by_value = |a: &(&String, f64), b: &(&String, f64)| a.1.total_cmp(&b.1);
            match (values().min_by(by_value), values().max_by(by_value)) {
                (Some(least), Some(most)) => format!(
                    "{} from {} in {} to {} in {}",
                    line.name,
                    format::digits(least.1),
                    least.0,
                    format::digits(most.1),
                    most.0
                ),
                _ => format!("{} has no value", line.name),
            }
        };
        let lines: Vec<String> = self.lines.iter().map(line).collect();
        format!("{}, in {}: {}.", self.title, self.unit, lines.join("; "))
    }
}

/// The position of a line's label.
struct Placed {
    line: usize,
    /// The vertical position at which the line ends.
    from: f64,
    /// The vertical position of the label.
    at: f64,
}

/// Returns the positions of the labels, in the order of the lines' ends, far enough apart to be read.
fn placed(panel: &Panel, y: impl Fn(f64) -> f64, above: f64, below: f64) -> Vec<Placed> {
    let ends = panel.lines.iter().enumerate().filter_map(|(line, values)| {
        let from = y(*values.values.iter().rev().flatten().next()?);
        Some(Placed { line, from, at: from })
    });
    let mut names: Vec<Placed> = ends.collect();
    names.sort_by(|a, b| a.from.total_cmp(&b.from));
    let mut lowest = below + NAME;
    // From below, each label is no lower than the end of its line where there is room; then, from above, the labels
    // that were pushed out of the plot move down again.
    for name in names.iter_mut().rev() {
        name.at = name.from.min(lowest - NAME);
        lowest = name.at;
    }
    let mut highest = above - NAME;
    for name in &mut names {
        name.at = name.at.max(highest + NAME);
        highest = name.at;
    }
    names
}

fn colour(line: usize) -> &'static str {
    COLOURS.get(line % COLOURS.len()).copied().unwrap_or("#000000")
}

fn stroke(line: usize) -> String {
    let dash = DASHES.get(line / COLOURS.len() % DASHES.len()).copied().unwrap_or("none");
    format!(
        r#"stroke="{}" stroke-width="2" stroke-linejoin="round" stroke-dasharray="{dash}""#,
        colour(line)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_apart_and_within_the_plot() {
        let line = |value: f64| Line { name: value.to_string(), values: vec![Some(value)] };
        for count in [1_u32, 2, 16, 40] {
            let lines: Vec<Line> = (0..count).map(|index| line(f64::from(index % 3))).collect();
            let panel = Panel { title: String::new(), unit: String::new(), lines };
            let bottom = panel.height() - ABOVE - BELOW;
            let names = placed(&panel, |value| bottom - 100.0 * value, 0.0, bottom);
            assert_eq!(names.len(), usize::try_from(count).unwrap());
            let is_apart = |pair: &[Placed]| pair[1].at - pair[0].at >= NAME - 1e-9;
            assert!(names.windows(2).all(is_apart), "{count}");
            assert!(names.iter().all(|name| (-1e-9..=bottom + 1e-9).contains(&name.at)), "{count}");
        }
    }
}
