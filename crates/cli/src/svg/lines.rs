//! Lines over places such as months, in panels below one another, each line named at its end.

use super::axis::{label, ticks};
use super::frame::Notes;
use super::{Anchor, GRID, PALE_INK, Svg, shortened};

/// Lines in panels.
#[derive(Debug)]
pub(crate) struct Chart {
    pub(crate) title: String,
    /// Below the title.
    pub(crate) about: String,
    /// At the foot.
    pub(crate) notes: Vec<String>,
    /// What the values of each line are for.
    pub(crate) places: Vec<String>,
    pub(crate) panels: Vec<Panel>,
}

/// Lines on one scale.
#[derive(Debug)]
pub(crate) struct Panel {
    pub(crate) title: String,
    pub(crate) unit: String,
    pub(crate) lines: Vec<Line>,
}

/// A line: a value for each place, or none.
#[derive(Debug)]
pub(crate) struct Line {
    pub(crate) name: String,
    pub(crate) values: Vec<Option<f64>>,
}

/// Told apart by people who see colours differently (after Okabe and Ito 2008, darkened to a contrast of
/// three on white); beyond eight lines, dashes tell the rounds apart.
const COLOURS: [&str; 8] =
    ["#0072b2", "#c8500a", "#00795c", "#b0518a", "#1b1f24", "#8a6d00", "#5b4bb5", "#2b8cbe"];
const DASHES: [&str; 3] = ["none", "7 3", "2 3"];

const WIDTH: f64 = 960.0;
const LEFT: f64 = 64.0;
const RIGHT: f64 = 216.0;
const HEAD: f64 = 74.0;
/// The least height of a panel: it grows with the names beside it.
const PANEL: f64 = 330.0;
/// Of a panel, above and below its plot.
const ABOVE: f64 = 34.0;
const BELOW: f64 = 36.0;
/// How far two names are apart at least.
const NAME: f64 = 15.0;

impl Chart {
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

/// A panel at its place in the drawing.
struct Plot<'a> {
    panel: &'a Panel,
    places: &'a [String],
    /// The upper edge of the panel.
    top: f64,
    /// What stands at the axis, from zero to the top of the plot.
    ticks: Vec<f64>,
    /// The middle of each place.
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

    /// Each name beside the end of its line.
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

    /// The upper edge of the plot.
    fn above(&self) -> f64 {
        self.top + ABOVE
    }

    /// The lower edge of the plot.
    fn below(&self) -> f64 {
        self.top + self.panel.height() - BELOW
    }

    /// The value at the upper edge.
    fn most(&self) -> f64 {
        self.ticks.last().copied().unwrap_or(1.0)
    }

    fn y(&self, value: f64) -> f64 {
        self.below() - value / self.most() * (self.below() - self.above())
    }
}

impl Panel {
    fn height(&self) -> f64 {
        let names: f64 = self.lines.iter().map(|_| NAME).sum();
        (names + ABOVE + BELOW).max(PANEL)
    }

    /// Each line by its extremes.
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
                    crate::format::digits(least.1),
                    least.0,
                    crate::format::digits(most.1),
                    most.0
                ),
                _ => format!("{} has no value", line.name),
            }
        };
        let lines: Vec<String> = self.lines.iter().map(line).collect();
        format!("{}, in {}: {}.", self.title, self.unit, lines.join("; "))
    }
}

/// Where the name of a line stands.
struct Placed {
    line: usize,
    /// The height at which the line ends, and that of its name.
    from: f64,
    at: f64,
}

/// The names in the order of the lines' ends, far enough apart to be read.
fn placed(panel: &Panel, y: impl Fn(f64) -> f64, above: f64, below: f64) -> Vec<Placed> {
    let ends = panel.lines.iter().enumerate().filter_map(|(line, values)| {
        let end = values.values.iter().rev().flatten().next()?;
        Some((line, y(*end)))
    });
    let mut ends: Vec<(usize, f64)> = ends.collect();
    ends.sort_by(|a, b| a.1.total_cmp(&b.1));
    let mut lowest = below + NAME;
    let mut names = Vec::new();
    // From below, each no lower than its end where it can be; then from above, for those pushed out.
    for &(line, from) in ends.iter().rev() {
        let at = from.min(lowest - NAME);
        lowest = at;
        names.push(Placed { line, from, at });
    }
    names.reverse();
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
    fn names_stand_apart_and_within_the_plot() {
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
