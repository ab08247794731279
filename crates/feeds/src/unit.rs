//! Units of carbon intensity in files, and their conversion to g/kWh.

/// One lb/MWh in g/kWh: a pound is 453.59237 g (exactly, by the international agreement of 1959), and a MWh is 1000 kWh.
pub(crate) const POUND_PER_MEGAWATT_HOUR: f64 = 0.453_592_37;

/// A unit of carbon intensity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Grams per kilowatt-hour, and the same number of kilograms per megawatt-hour.
    GramsPerKilowattHour,
    /// Kilograms per kilowatt-hour, and the same number of metric tons per megawatt-hour.
    KilogramsPerKilowattHour,
    /// Pounds per megawatt-hour.
    PoundsPerMegawattHour,
}

impl Unit {
    /// Every unit.
    pub const ALL: [Unit; 3] =
        [Unit::GramsPerKilowattHour, Unit::KilogramsPerKilowattHour, Unit::PoundsPerMegawattHour];

    /// The names of all units, for errors.
    pub const ALLOWED: &'static str = "g/kWh, kg/MWh, kg/kWh, t/MWh or lb/MWh";

    /// The usual name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Unit::GramsPerKilowattHour => "g/kWh",
            Unit::KilogramsPerKilowattHour => "kg/kWh",
            Unit::PoundsPerMegawattHour => "lb/MWh",
        }
    }

    /// One of it in g/kWh.
    #[must_use]
    pub const fn grams_per_kilowatt_hour(self) -> f64 {
        match self {
            Unit::GramsPerKilowattHour => 1.0,
            Unit::KilogramsPerKilowattHour => 1000.0,
            Unit::PoundsPerMegawattHour => POUND_PER_MEGAWATT_HOUR,
        }
    }

    /// The unit with a name, in the ways that people write it: `gCO₂eq/kWh`, `lbs/MWh`, `kg per kWh`; `None` for any other
    /// text.
    ///
    /// ```
    /// use gpu_carbon_feeds::unit::Unit;
    /// assert_eq!(Unit::named("gCO₂eq/kWh"), Some(Unit::GramsPerKilowattHour));
    /// assert_eq!(Unit::named("lbs CO2 / MWh"), Some(Unit::PoundsPerMegawattHour));
    /// assert_eq!(Unit::named("MW"), None);
    /// ```
    #[must_use]
    pub fn named(text: &str) -> Option<Unit> {
        let plain = plain(text);
        let (mass, energy) = plain.split_once('/').or_else(|| plain.split_once("per"))?;
        let gas = ["co2eq", "co2e", "co2"].iter().find_map(|gas| mass.strip_suffix(gas));
        let mass = gas.unwrap_or(mass);
        match (mass, energy) {
            ("g" | "gram" | "grams", "kwh") | ("kg" | "kilograms", "mwh") => {
                Some(Unit::GramsPerKilowattHour)
            }
            ("kg" | "kilograms", "kwh") | ("t" | "tons" | "tonnes", "mwh") => {
                Some(Unit::KilogramsPerKilowattHour)
            }
            ("lb" | "lbs" | "pounds", "mwh") => Some(Unit::PoundsPerMegawattHour),
            _ => None,
        }
    }
}

/// The letters, digits and slashes of a text, in lower case, subscripts as digits.
fn plain(text: &str) -> String {
    let plain = |c: char| match c {
        '₂' => Some('2'),
        c if c.is_ascii_alphanumeric() || c == '/' => Some(c.to_ascii_lowercase()),
        _ => None,
    };
    text.chars().filter_map(plain).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unit_is_found_in_the_ways_that_people_write_it() {
        let written = [
            ("g/kWh", Unit::GramsPerKilowattHour),
            ("gCO2/kWh", Unit::GramsPerKilowattHour),
            ("g CO₂eq/kWh", Unit::GramsPerKilowattHour),
            ("gco2_per_kwh", Unit::GramsPerKilowattHour),
            ("kg/MWh", Unit::GramsPerKilowattHour),
            ("kgCO2e per kWh", Unit::KilogramsPerKilowattHour),
            ("t/MWh", Unit::KilogramsPerKilowattHour),
            ("lbs_co2_per_mwh", Unit::PoundsPerMegawattHour),
            ("lb/MWh", Unit::PoundsPerMegawattHour),
        ];
        for (text, unit) in written {
            assert_eq!(Unit::named(text), Some(unit), "{text}");
        }
        for other in ["", "g", "MW", "kWh", "g/MWh", "percent", "/", "per"] {
            assert_eq!(Unit::named(other), None, "{other}");
        }
        assert!(Unit::ALL.into_iter().all(|unit| Unit::named(unit.name()) == Some(unit)));
    }
}
