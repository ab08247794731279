//! A check that values are in g/kWh.

use std::fmt;

use gpu_carbon_core::{Intensity, Series};

use crate::unit::POUND_PER_MEGAWATT_HOUR;

/// The least mean of a grid: Norway and Iceland have 20 and more over the life cycle.
const LEAST_MEAN: f64 = 2.0;

/// The greatest mean of a grid: the least efficient coal plants emit about 1,300 g/kWh.
const GREATEST_MEAN: f64 = 2000.0;

/// A mean that no grid has: the values may be in another unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Doubt {
    /// The mean of the values.
    pub mean: f64,
}

impl Doubt {
    /// The doubt about a series; `None` where its mean is that of a grid, or 0 in every unit.
    pub(super) fn of(series: &Series) -> Option<Doubt> {
        let grams = series.points().iter().map(|(_, value)| value.as_grams_per_kilowatt_hour());
        let mean = grams.sum::<f64>() / series.points().len() as f64;
        let is_doubtful = mean > 0.0 && !(LEAST_MEAN..=GREATEST_MEAN).contains(&mean);
        is_doubtful.then_some(Doubt { mean })
    }
}

impl fmt::Display for Doubt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Doubt { mean } = *self;
        let digits = |number: f64| {
            let digits = if number < 10.0 { 3 } else { 0 };
            format!("{number:.digits$}")
        };
        let at = format!("the mean of the values is {}", digits(mean));
        if mean < LEAST_MEAN {
            write!(
                f,
                "{at}, and that of a grid is 2 g/kWh or more: if they are kg/kWh or t/MWh, which would be {} g/kWh, add a first line \
                 `# unit: kg/kWh`",
                digits(mean * 1000.0)
            )?;
        } else {
            write!(
                f,
                "{at}, and that of a grid is at most 2000 g/kWh: if they are lb/MWh, which would be {} g/kWh, add a first line \
                 `# unit: lb/MWh`; if they are g/MWh, divide them by 1000",
                digits(mean * POUND_PER_MEGAWATT_HOUR)
            )?;
        }
        f.write_str("; if they are g/kWh all the same, `# unit: g/kWh`")
    }
}

/// Converts a value to g/kWh; `None` where the result is no intensity of a grid.
pub(super) fn grams(value: f64, factor: f64) -> Option<Intensity> {
    Intensity::from_grid_grams(value * factor)
}
