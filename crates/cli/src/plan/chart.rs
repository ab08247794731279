//! A chart in characters: the intensity over the window as a sparkline, and the runs of each plan below it.

use gpu_carbon_core::exposure::Exposures;
use gpu_carbon_core::schedule::Schedule;
use gpu_carbon_core::{Interval, SLOT, Span};

use gpu_carbon_core::format;

/// The greatest number of columns.
const WIDTH: u64 = 72;

/// The bars of the sparkline, from the lowest.
const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// The legend of the characters below the sparkline.
pub(super) const LEGEND: &str = "below: █ runs, ▒ runs in part, · waits";

/// Equal parts of an interval, one for each column; the last may be shorter.
#[derive(Debug)]
pub(super) struct Chart {
    columns: Vec<Interval>,
}

impl Chart {
    /// Divides an interval into columns of one step each, or of as few steps as let all columns fit.
    pub(super) fn of(time: Interval) -> Chart {
        let steps = time.length().as_micros().div_ceil(SLOT.as_micros());
        let length = SLOT.as_micros().saturating_mul(steps.div_ceil(WIDTH).max(1));
        let edge = |column: u64| {
            (time.start() + Span::from_micros(length.saturating_mul(column))).min(time.end())
        };
        let columns = (0..WIDTH).map(|column| Interval::new(edge(column), edge(column + 1)));
        Chart { columns: columns.filter(|column| column.length() > Span::ZERO).collect() }
    }

    /// Draws the mean intensity of each column.
    pub(super) fn sparkline(&self, exposures: &Exposures<'_>) -> Sparkline {
        let means: Vec<f64> = self
            .columns
            .iter()
            .filter_map(|&column| {
                let mean = exposures.over(column).ok()?.mean_over(column.length())?;
                Some(mean.as_grams_per_kilowatt_hour())
            })
            .collect();
        let least = means.iter().copied().fold(f64::INFINITY, f64::min);
        let most = means.iter().copied().fold(0.0, f64::max);
        let bars = means.iter().map(|mean| bar((mean - least) / (most - least))).collect();
        let column = self.columns.first().map_or(Span::ZERO, |column| column.length());
        let means = format!("each a mean over {}", format::span(column));
        let scale = if least < most {
            format!("▁ {} to █ {} g/kWh, {means}", format::digits(least), format::digits(most))
        } else {
            format!("{} g/kWh throughout", format::digits(most))
        };
        Sparkline { bars, scale }
    }

    /// Marks the columns in which a schedule runs.
    pub(super) fn marks(&self, schedule: &Schedule) -> String {
        let runs = |column: &Interval| -> u64 {
            schedule
                .intervals()
                .iter()
                .map(|run| {
                    let start = run.start().max(column.start());
                    run.end().min(column.end()).duration_since(start).as_micros()
                })
                .sum()
        };
        let mark = |column: &Interval| match runs(column) {
            0 => '·',
            all if all == column.length().as_micros() => '█',
            _ => '▒',
        };
        self.columns.iter().map(mark).collect()
    }
}

/// The drawn intensity, and the description of its scale.
#[derive(Debug, PartialEq)]
pub(super) struct Sparkline {
    pub(super) bars: String,
    pub(super) scale: String,
}

/// Returns the bar of a height from 0 to 1; the lowest where the height is not a number.
fn bar(height: f64) -> char {
    let steps = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0];
    let level = steps.iter().filter(|&&step| height * 8.0 >= step).count();
    BARS.get(level).copied().unwrap_or('█')
}

#[cfg(test)]
mod tests {
    use super::*;
    use gpu_carbon_core::{Intensity, Series, Timestamp};

    #[test]
    fn each_step_has_a_column_where_there_is_room() {
        let at = |seconds| Timestamp::from_unix_seconds(seconds);
        let values = [300.0, 900.0, 100.0, 900.0, 100.0];
        let points = (0..)
            .step_by(300)
            .map(at)
            .zip(values.map(|value| Intensity::from_grams_per_kilowatt_hour(value).unwrap()));
        let series = Series::new(points.collect()).unwrap();
        let chart = Chart::of(Interval::new(at(0), at(1500)));
        let sparkline = chart.sparkline(&Exposures::of(&series));
        assert_eq!(sparkline.bars, "▃█▁█▁");
        assert_eq!(sparkline.scale, "▁ 100 to █ 900 g/kWh, each a mean over 5min");
        assert_eq!(chart.marks(&Schedule::unbroken(at(120), Span::from_seconds(480))), "▒█···");
        // The last step is shorter, and the others keep their length.
        let chart = Chart::of(Interval::new(at(0), at(1320)));
        assert_eq!(chart.sparkline(&Exposures::of(&series)), sparkline);
        assert_eq!(chart.marks(&Schedule::unbroken(at(600), Span::from_seconds(720))), "··███");
        // Two steps a column, where there is no room for each.
        let chart = Chart::of(Interval::new(at(0), at(73 * 300)));
        let marks = chart.marks(&Schedule::unbroken(at(600), Span::from_seconds(900)));
        assert_eq!(marks, format!("·█▒{}", "·".repeat(34)));
        let grams = Intensity::from_grams_per_kilowatt_hour(400.0).unwrap();
        let flat = Series::with_step(vec![(at(0), grams)], Span::from_days(9)).unwrap();
        let chart = Chart::of(Interval::new(at(0), at(720_000)));
        let flat = chart.sparkline(&Exposures::of(&flat));
        assert_eq!((flat.bars.chars().count(), flat.scale.as_str()), (71, "400 g/kWh throughout"));
    }
}
