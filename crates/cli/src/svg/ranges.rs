//! Range charts on a logarithmic scale, with references to compare with.

use super::axis::decades;
use super::canvas::{Anchor, GRID, INK, PALE_INK, Svg};
use super::notes::Notes;
use super::text::{shortened, wrapped};

/// A chart of ranges and references.
#[derive(Debug)]
pub(crate) struct Chart {
    pub(crate) title: String,
    /// A line below the title that describes the chart.
    pub(crate) about: String,
    /// Notes at the foot.
    pub(crate) notes: Vec<String>,
    pub(crate) ranges: Vec<Range>,
    pub(crate) references: Vec<Reference>,
}

/// A distribution: the least value, the quartiles, the mean and the greatest value.
#[derive(Debug)]
pub(crate) struct Range {
    pub(crate) name: String,
    pub(crate) least: f64,
    pub(crate) lower: f64,
    pub(crate) mean: f64,
    pub(crate) upper: f64,
    pub(crate) most: f64,
}

/// A value to compare the ranges with.
#[derive(Debug)]
pub(crate) struct Reference {
    pub(crate) name: String,
    pub(crate) value: f64,
}

const LEFT: f64 = 70.0;
const RIGHT: f64 = 186.0;
const COLUMN: f64 = 82.0;
const TOP: f64 = 104.0;
const PLOT: f64 = 440.0;
/// The height of a line of a label below its range; a label has at most four lines.
const NAME_LINE: f64 = 14.0;

/// The colour of the bar from the least to the greatest value.
const ALL: &str = "#9ecae1";
/// The colour of the bar between the quartiles.
const MIDDLE: &str = "#0072b2";

impl Chart {
    /// Draws the chart as SVG; `label` writes a power of ten at the axis, and `words` any value in the description.
    pub(crate) fn draw(
        &self,
        label: impl Fn(f64) -> String,
        words: impl Fn(f64) -> String,
    ) -> String {
        let count: f64 = self.ranges.iter().map(|_| 1.0).sum();
        let width = (LEFT + COLUMN * count + RIGHT).max(760.0);
        let (above, below, right) = (TOP, TOP + PLOT, width - RIGHT);
        let notes = Notes::wrapped(&self.notes, 160);
        let names = below + 24.0 + NAME_LINE * 4.0;
        let mut svg = Svg::new(width, names + notes.height() + 16.0);
        svg.heading(&self.title, &self.about);
        legend(&mut svg, (24.0, 80.0));

        let scale = self.scale();
        let (least, most) =
            (scale.first().copied().unwrap_or(1.0), scale.last().copied().unwrap_or(10.0));
        let height =
            |value: f64| (value.max(least).min(most) / least).log10() / (most / least).log10();
        let y = |value: f64| below - height(value) * (below - above);
        for &decade in &scale {
            svg.line((LEFT, y(decade)), (right, y(decade)), &format!(r#"stroke="{GRID}""#));
            let style = format!(r#"fill="{PALE_INK}""#);
            svg.text((LEFT - 8.0, y(decade) + 4.0), Anchor::End, &style, &label(decade));
        }
        for reference in self.references.iter().filter(|it| (least..=most).contains(&it.value)) {
            let at = y(reference.value);
            let style = r##"stroke="#8a6d00" stroke-dasharray="4 3""##;
            svg.line((LEFT, at), (right + 6.0, at), style);
            let style = r##"fill="#6b5500" font-size="11.5""##;
            svg.text(
                (right + 10.0, at + 4.0),
                Anchor::Start,
                style,
                &shortened(&reference.name, 30),
            );
        }
        let column = (right - LEFT) / count.max(1.0);
        for (index, range) in (0_u32..).zip(&self.ranges) {
            let middle = LEFT + (f64::from(index) + 0.5) * column;
            let mut bar = |low: f64, high: f64, half: f64, colour: &str| {
                let (top, bottom) = (y(high), y(low));
                let size = (half * 2.0, (bottom - top).max(1.0));
                svg.rect((middle - half, top), size, &format!(r#"fill="{colour}" rx="1.5""#));
            };
            bar(range.least, range.most, 11.0, ALL);
            bar(range.lower, range.upper, 11.0, MIDDLE);
            let at = y(range.mean);
            svg.line(
                (middle - 16.0, at),
                (middle + 16.0, at),
                &format!(r#"stroke="{INK}" stroke-width="2.5""#),
            );
            let mut line_at = below + 20.0;
            for line in wrapped(&range.name, 12).iter().take(4) {
                svg.text(
                    (middle, line_at),
                    Anchor::Middle,
                    r#"font-size="11""#,
                    &shortened(line, 13),
                );
                line_at += NAME_LINE;
            }
        }
        svg.foot(&notes, names);
        let ranges = self.ranges.iter().map(|range| {
            let [mean, least, most] = [range.mean, range.least, range.most].map(&words);
            format!("{}: {mean} in the mean, {least} to {most}.", range.name)
        });
        svg.finish(&self.title, &format!("{} {}", self.about, ranges.collect::<Vec<_>>().join(" ")))
    }

    /// Returns the powers of ten that contain the ranges. A value of 0, or far below the means, is drawn at the edge.
    fn scale(&self) -> Vec<f64> {
        let positive = |value: &f64| *value > 0.0;
        let means = || self.ranges.iter().map(|range| range.mean).filter(positive);
        let floor = means().fold(f64::INFINITY, f64::min) / 1000.0;
        let ends = self.ranges.iter().map(|range| range.least.max(floor));
        let least = ends.filter(positive).fold(f64::INFINITY, f64::min);
        let most = self.ranges.iter().map(|range| range.most).fold(0.0, f64::max);
        if least.is_finite() && most > 0.0 { decades(least, most) } else { decades(1.0, 10.0) }
    }
}

/// Draws the legend, from its upper left corner.
fn legend(svg: &mut Svg, at: (f64, f64)) {
    let (x, y) = at;
    svg.rect((x, y - 10.0), (12.0, 12.0), &format!(r#"fill="{ALL}""#));
    svg.text((x + 18.0, y), Anchor::Start, "", "from the least to the most");
    svg.rect((x + 190.0, y - 10.0), (12.0, 12.0), &format!(r#"fill="{MIDDLE}""#));
    svg.text((x + 208.0, y), Anchor::Start, "", "the middle half");
    let style = format!(r#"stroke="{INK}" stroke-width="2.5""#);
    svg.line((x + 320.0, y - 4.0), (x + 344.0, y - 4.0), &style);
    svg.text((x + 350.0, y), Anchor::Start, "", "the mean");
    svg.line(
        (x + 430.0, y - 4.0),
        (x + 454.0, y - 4.0),
        r##"stroke="#8a6d00" stroke-dasharray="4 3""##,
    );
    svg.text((x + 460.0, y), Anchor::Start, "", "for comparison");
}
