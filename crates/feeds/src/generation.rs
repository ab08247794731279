//! The average carbon intensity of a grid from its generation by fuel.
//!
//! Grid operators publish how much each kind of power plant generates, and leave the emissions to the reader. One table of
//! factors converts every operator's figures, so that zones can be compared with one another.
//!
//! - Factors: g CO2e/kWh over the life cycle, the medians of IPCC AR5, Working Group III, Annex III, table A.III.2 (2014).
//!   Oil has no entry there; its 650 is the figure that Electricity Maps takes as its default (UK Parliamentary Office of
//!   Science and Technology, 2006). Waste, peat and coal gases are grouped as Electricity Maps' open parsers group them.
//! - Left out: storage, which returns what was generated before, and plants of unknown fuel, which so count as the mean of
//!   the others. Imports are not in the figures either: the result is the intensity of generation, not of consumption.

use gpu_carbon_core::{Intensity, UnitError};

/// A kind of power plant, as far as its emissions differ from those of the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Fuel {
    /// Wood, gas from waste, and waste itself.
    Biomass,
    /// Hard coal, lignite, peat and oil shale.
    Coal,
    /// Natural gas, and gas made from coal.
    Gas,
    /// Heat of the earth.
    Geothermal,
    /// Run-of-river and reservoirs.
    Hydro,
    /// Waves and tides.
    Marine,
    /// Nuclear fission.
    Nuclear,
    /// Oil and its products.
    Oil,
    /// Photovoltaics of utility scale, and solar heat.
    Solar,
    /// Wind turbines on land, or where the operator does not say.
    WindOnshore,
    /// Wind turbines at sea.
    WindOffshore,
    /// Pumped storage and batteries.
    Storage,
    /// A plant of which the operator does not say what it burns.
    Unknown,
}

impl Fuel {
    /// The emissions over the life cycle, in g CO2e/kWh; `None` for what is left out of the mean.
    #[must_use]
    pub const fn grams_per_kilowatt_hour(self) -> Option<f64> {
        match self {
            Fuel::Biomass => Some(230.0),
            Fuel::Coal => Some(820.0),
            Fuel::Gas => Some(490.0),
            Fuel::Geothermal => Some(38.0),
            Fuel::Hydro => Some(24.0),
            Fuel::Marine => Some(17.0),
            Fuel::Nuclear | Fuel::WindOffshore => Some(12.0),
            Fuel::Oil => Some(650.0),
            Fuel::Solar => Some(48.0),
            Fuel::WindOnshore => Some(11.0),
            Fuel::Storage | Fuel::Unknown => None,
        }
    }

    /// The fuel of a production type, as ENTSO-E names it in words or by its code: `Fossil Gas`, `B04`.
    ///
    /// ```
    /// use gpu_carbon_feeds::generation::Fuel;
    ///
    /// assert_eq!(Fuel::from_entsoe("Fossil Gas"), Some(Fuel::Gas));
    /// assert_eq!(Fuel::from_entsoe("B17"), Some(Fuel::Biomass));
    /// assert_eq!(Fuel::from_entsoe("Fusion"), None);
    /// ```
    #[must_use]
    pub fn from_entsoe(production_type: &str) -> Option<Fuel> {
        ENTSOE
            .iter()
            .find(|(code, name, _)| *code == production_type || *name == production_type)
            .map(|&(_, _, fuel)| fuel)
    }

    /// The fuel of an energy source, as EIA codes it, in any case: `NG`. A code that is not known has an unknown fuel.
    #[must_use]
    pub fn from_eia(code: &str) -> Fuel {
        named(&EIA, code)
    }

    /// The fuel of a group of Ontario's IESO, in any case: `BIOFUEL`. A group that is not known has an unknown fuel.
    #[must_use]
    pub fn from_ieso(group: &str) -> Fuel {
        named(&IESO, group)
    }
}

fn named(table: &[(&str, Fuel)], name: &str) -> Fuel {
    let row = table.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
    row.map_or(Fuel::Unknown, |&(_, fuel)| fuel)
}

/// EIA's energy sources: code and fuel (facet `fueltype` of the route `electricity/rto/fuel-type-data`, 2025). A plant with a
/// battery of its own has the fuel of the plant.
pub const EIA: [(&str, Fuel); 17] = [
    ("BAT", Fuel::Storage),
    ("BIO", Fuel::Biomass),
    ("COL", Fuel::Coal),
    ("GEO", Fuel::Geothermal),
    ("NG", Fuel::Gas),
    ("NUC", Fuel::Nuclear),
    ("OES", Fuel::Storage),
    ("OIL", Fuel::Oil),
    ("OTH", Fuel::Unknown),
    ("PS", Fuel::Storage),
    ("SNB", Fuel::Solar),
    ("SUN", Fuel::Solar),
    ("UES", Fuel::Storage),
    ("UNK", Fuel::Unknown),
    ("WAT", Fuel::Hydro),
    ("WNB", Fuel::WindOnshore),
    ("WND", Fuel::WindOnshore),
];

/// The groups of fuel in IESO's report "Generator Output by Fuel Type Hourly", 2026.
pub const IESO: [(&str, Fuel); 7] = [
    ("BIOFUEL", Fuel::Biomass),
    ("GAS", Fuel::Gas),
    ("HYDRO", Fuel::Hydro),
    ("NUCLEAR", Fuel::Nuclear),
    ("OTHER", Fuel::Unknown),
    ("SOLAR", Fuel::Solar),
    ("WIND", Fuel::WindOnshore),
];

/// ENTSO-E's production types: code, name and fuel (its code list "PsrType", 2023).
pub const ENTSOE: [(&str, &str, Fuel); 21] = [
    ("B01", "Biomass", Fuel::Biomass),
    ("B02", "Fossil Brown coal/Lignite", Fuel::Coal),
    ("B03", "Fossil Coal-derived gas", Fuel::Gas),
    ("B04", "Fossil Gas", Fuel::Gas),
    ("B05", "Fossil Hard coal", Fuel::Coal),
    ("B06", "Fossil Oil", Fuel::Oil),
    ("B07", "Fossil Oil shale", Fuel::Coal),
    ("B08", "Fossil Peat", Fuel::Coal),
    ("B09", "Geothermal", Fuel::Geothermal),
    ("B10", "Hydro Pumped Storage", Fuel::Storage),
    ("B11", "Hydro Run-of-river and poundage", Fuel::Hydro),
    ("B12", "Hydro Water Reservoir", Fuel::Hydro),
    ("B13", "Marine", Fuel::Marine),
    ("B14", "Nuclear", Fuel::Nuclear),
    ("B15", "Other renewable", Fuel::Unknown),
    ("B16", "Solar", Fuel::Solar),
    ("B17", "Waste", Fuel::Biomass),
    ("B18", "Wind Offshore", Fuel::WindOffshore),
    ("B19", "Wind Onshore", Fuel::WindOnshore),
    ("B20", "Other", Fuel::Unknown),
    ("B25", "Energy Storage", Fuel::Storage),
];

/// The generation of one interval, added up fuel by fuel.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Generation {
    known: f64,
    unknown: f64,
    weighted: f64,
}

impl Generation {
    /// Adds what a fuel generated, in one unit of energy or of mean power for all fuels. A negative amount, the plant's own
    /// use, adds nothing, and neither does one that is no finite number.
    pub fn add(&mut self, fuel: Fuel, amount: f64) {
        if !amount.is_finite() || amount <= 0.0 {
            return;
        }
        match (fuel.grams_per_kilowatt_hour(), fuel) {
            (Some(grams), _) => {
                self.known += amount;
                self.weighted += amount * grams;
            }
            (None, Fuel::Unknown) => self.unknown += amount,
            (None, _) => {}
        }
    }

    /// The mean intensity of the generation of known fuel; `None` where there is none.
    ///
    /// # Errors
    ///
    /// When the amounts are so large that their sum is not finite.
    ///
    /// ```
    /// use gpu_carbon_feeds::generation::{Fuel, Generation};
    ///
    /// let mut hour = Generation::default();
    /// hour.add(Fuel::Gas, 3000.0);
    /// hour.add(Fuel::Hydro, 1000.0);
    /// let mean = hour.intensity()?.unwrap().as_grams_per_kilowatt_hour();
    /// assert_eq!(mean, (3.0 * 490.0 + 24.0) / 4.0);
    /// # Ok::<(), gpu_carbon_core::UnitError>(())
    /// ```
    pub fn intensity(&self) -> Result<Option<Intensity>, UnitError> {
        let mean = self.weighted / self.known;
        (self.known > 0.0).then(|| Intensity::from_grams_per_kilowatt_hour(mean)).transpose()
    }

    /// The amount of known fuel, in the unit of the amounts.
    #[must_use]
    pub const fn known(&self) -> f64 {
        self.known
    }

    /// The amount whose fuel the operator does not say, in the unit of the amounts.
    #[must_use]
    pub const fn unknown(&self) -> f64 {
        self.unknown
    }

    /// The part of the generation whose fuel the operator does not say, 0 to 1; 0 where there is no generation.
    #[must_use]
    pub fn unknown_share(&self) -> f64 {
        let total = self.known + self.unknown;
        if total > 0.0 { self.unknown / total } else { 0.0 }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn each_production_type_has_one_fuel() {
        for (position, (code, name, fuel)) in ENTSOE.iter().enumerate() {
            assert_eq!(Fuel::from_entsoe(code), Some(*fuel));
            assert_eq!(Fuel::from_entsoe(name), Some(*fuel));
            let others = ENTSOE.iter().skip(position + 1);
            assert!(others.clone().all(|other| other.0 != *code && other.1 != *name), "{code}");
        }
    }

    #[test]
    fn each_code_of_eia_and_ieso_has_one_fuel_in_any_case() {
        for (table, find) in
            [(&EIA[..], Fuel::from_eia as fn(&str) -> Fuel), (&IESO[..], Fuel::from_ieso)]
        {
            assert!(table.windows(2).all(|pair| pair[0].0 < pair[1].0), "in order, each once");
            for (code, fuel) in table {
                assert_eq!((find(code), find(&code.to_lowercase())), (*fuel, *fuel), "{code}");
            }
            assert_eq!((find("XYZ"), find("")), (Fuel::Unknown, Fuel::Unknown));
        }
    }

    #[test]
    fn nothing_generated_has_no_intensity() {
        let mut hour = Generation::default();
        assert_eq!(hour.intensity(), Ok(None));
        hour.add(Fuel::Coal, -3.0);
        hour.add(Fuel::Coal, f64::NAN);
        hour.add(Fuel::Storage, 100.0);
        assert_eq!((hour.intensity(), hour.unknown_share()), (Ok(None), 0.0));
        hour.add(Fuel::Unknown, 100.0);
        assert_eq!((hour.intensity(), hour.unknown_share()), (Ok(None), 1.0));
    }

    fn fuels() -> impl Strategy<Value = Vec<(Fuel, f64)>> {
        let fuel = prop::sample::select(ENTSOE.map(|(_, _, fuel)| fuel).to_vec());
        prop::collection::vec((fuel, -10.0..50_000.0_f64), 0..30)
    }

    proptest! {
        #[test]
        fn the_mean_lies_between_its_fuels_and_ignores_the_unit(fuels in fuels()) {
            let (mut megawatts, mut gigawatts) = (Generation::default(), Generation::default());
            for &(fuel, amount) in &fuels {
                megawatts.add(fuel, amount);
                gigawatts.add(fuel, amount / 1000.0);
            }
            let positive = fuels.iter().filter(|(_, amount)| *amount > 0.0);
            let factors: Vec<f64> =
                positive.filter_map(|(fuel, _)| fuel.grams_per_kilowatt_hour()).collect();
            let mean = |it: Generation| it.intensity().unwrap().map(Intensity::as_grams_per_kilowatt_hour);
            let Some(value) = mean(megawatts) else {
                prop_assert!(factors.is_empty());
                return Ok(());
            };
            let least = factors.iter().copied().fold(f64::INFINITY, f64::min);
            let most = factors.iter().copied().fold(0.0, f64::max);
            prop_assert!(value >= least - 1e-9 && value <= most + 1e-9);
            let other = mean(gigawatts).unwrap();
            prop_assert!((value - other).abs() < 1e-9);
            prop_assert!((megawatts.unknown_share() - gigawatts.unknown_share()).abs() < 1e-12);
        }
    }
}
