//! Lines over places such as months, in panels below one another, each line named at its end.

use super::axis::{label, ticks};
use super::{Anchor, GRID, PALE_INK, Svg, shortened, wrapped};

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
const NOTE: f64 = 16.0;

impl Chart {
    pub(crate) fn draw(&self) -> String {
        let notes: Vec<String> = self.notes.iter().flat_map(|note| wrapped(note, 140)).collect();
        let panels: f64 = self.panels.iter().map(Panel::height).sum();
        let foot: f64 = notes.iter().map(|_| NOTE).sum();
        let mut svg = Svg::new(WIDTH, HEAD + panels + foot + 20.0);
        svg.text((24.0, 34.0), Anchor::Start, r#"font-size="19" font-weight="600""#, &self.title);
        svg.text((24.0, 56.0), Anchor::Start, &format!(r#"fill="{PALE_INK}""#), &self.about);
        let mut top = HEAD;
        for panel in &self.panels {
            self.draw_panel(&mut svg, panel, top);
            top += panel.height();
        }
        for note in &notes {
            top += NOTE;
            svg.text(
                (24.0, top),
                Anchor::Start,
                &format!(r#"font-size="11" fill="{PALE_INK}""#),
                note,
            );
        }
        let words: Vec<String> =
            self.panels.iter().map(|panel| panel.words(&self.places)).collect();
        svg.finish(&self.title, &format!("{} {}", self.about, words.join(" ")))
    }

    fn draw_panel(&self, svg: &mut Svg, panel: &Panel, top: f64) {
        let (above, below) = (top + ABOVE, top + panel.height() - BELOW);
        let values = panel.lines.iter().flat_map(|line| &line.values).flatten().copied();
        let ticks = ticks(values.fold(0.0, f64::max));
        let most = ticks.last().copied().unwrap_or(1.0);
        let step = ticks.get(1).copied().unwrap_or(most);
        let y = |value: f64| below - value / most * (below - above);
        svg.text(
            (24.0, top + 18.0),
            Anchor::Start,
            r#"font-size="14" font-weight="600""#,
            &panel.title,
        );
        svg.text(
            (WIDTH - RIGHT, top + 18.0),
            Anchor::End,
            &format!(r#"fill="{PALE_INK}""#),
            &panel.unit,
        );
        for &tick in &ticks {
            let style = format!(r#"stroke="{}""#, if tick == 0.0 { PALE_INK } else { GRID });
            svg.line((LEFT, y(tick)), (WIDTH - RIGHT, y(tick)), &style);
            let style = format!(r#"fill="{PALE_INK}""#);
            svg.text((LEFT - 8.0, y(tick) + 4.0), Anchor::End, &style, &label(tick, step));
        }
        let spread = (WIDTH - RIGHT - LEFT)
            / f64::from(u32::try_from(self.places.len().max(1)).unwrap_or(1));
        let xs: Vec<f64> = (0_u32..)
            .zip(&self.places)
            .map(|(index, _)| LEFT + (f64::from(index) + 0.5) * spread)
            .collect();
        for (place, &x) in self.places.iter().zip(&xs) {
            svg.text((x, below + 20.0), Anchor::Middle, &format!(r#"fill="{PALE_INK}""#), place);
        }
        for (index, line) in panel.lines.iter().enumerate() {
            let points: Vec<Option<(f64, f64)>> = xs
                .iter()
                .zip(&line.values)
                .map(|(&x, value)| value.map(|value| (x, y(value))))
                .collect();
            let colour = colour(index);
            svg.path(&points, &stroke(index), &line.name);
            for point in points.iter().flatten() {
                svg.circle(*point, 2.4, &format!(r#"fill="{colour}""#));
            }
        }
        for name in placed(panel, y, above, below) {
            let (x, line) = (WIDTH - RIGHT, &panel.lines);
            let Some(line) = line.get(name.line) else { continue };
            let last = xs.last().copied().unwrap_or(x);
            let pale = format!(r#"stroke="{}" stroke-width="1""#, colour(name.line));
            svg.line((last + 5.0, name.from), (x + 2.0, name.at), &pale);
            svg.line((x + 2.0, name.at), (x + 26.0, name.at), &stroke(name.line));
            let at = (x + 32.0, name.at + 4.0);
            svg.text(at, Anchor::Start, r#"font-size="11.5""#, &shortened(&line.name, 26));
        }
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
                    crate::human::digits(least.1),
                    least.0,
                    crate::human::digits(most.1),
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
