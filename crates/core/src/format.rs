//! Quantities as text for people: three or four significant digits, and the unit that fits.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::String;

use crate::time::Span;
use crate::units::{Energy, Mass, Power};

/// Returns a mass in g, kg or t, such as 26.7 g or 9.31 kg.
#[must_use]
pub fn mass(mass: Mass) -> String {
    let unit = MassUnit::of([mass]);
    format!("{} {}", digits(unit.number(mass)), unit.symbol())
}

/// Returns a round mass, such as that of a tick, with as few digits as it has: 100 g, 1 kg.
#[must_use]
pub fn round_mass(mass: Mass) -> String {
    let unit = MassUnit::of([mass]);
    format!("{} {}", unit.number(mass), unit.symbol())
}

/// The unit of a mass, or of a whole table of masses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MassUnit {
    /// Grams.
    Grams,
    /// Kilograms.
    Kilograms,
    /// Tonnes.
    Tonnes,
}

impl MassUnit {
    /// Returns the unit that fits the greatest of some masses.
    #[must_use]
    pub fn of(masses: impl IntoIterator<Item = Mass>) -> MassUnit {
        match masses.into_iter().map(Mass::as_grams).fold(0.0, f64::max) {
            1e6.. => MassUnit::Tonnes,
            1e3.. => MassUnit::Kilograms,
            _ => MassUnit::Grams,
        }
    }

    /// Returns the symbol of the unit.
    #[must_use]
    pub fn symbol(self) -> &'static str {
        match self {
            MassUnit::Grams => "g",
            MassUnit::Kilograms => "kg",
            MassUnit::Tonnes => "t",
        }
    }

    /// Returns a mass in this unit.
    #[must_use]
    pub fn number(self, mass: Mass) -> f64 {
        match self {
            MassUnit::Grams => mass.as_grams(),
            MassUnit::Kilograms => mass.as_kilograms(),
            MassUnit::Tonnes => mass.as_tonnes(),
        }
    }
}

/// Returns an energy in Wh, kWh or MWh, such as 20.0 Wh or 37.3 kWh.
#[must_use]
pub fn energy(energy: Energy) -> String {
    let kilowatt_hours = energy.as_kilowatt_hours();
    match kilowatt_hours {
        1e3.. => format!("{} MWh", digits(kilowatt_hours / 1e3)),
        1.0.. => format!("{} kWh", digits(kilowatt_hours)),
        _ => format!("{} Wh", digits(kilowatt_hours * 1e3)),
    }
}

/// Returns a power in W, or in kW from 10 kW on, such as 1036 W.
#[must_use]
pub fn power(power: Power) -> String {
    let watts = power.as_watts();
    if watts < 1e4 { format!("{} W", digits(watts)) } else { format!("{} kW", digits(watts / 1e3)) }
}

/// Returns a ratio in percent, with one decimal: 12.3 %.
#[must_use]
pub fn percent(ratio: f64) -> String {
    format!("{:.1} %", ratio * 100.0)
}

/// Returns a length of time as flags take it: 36h, 1h30min, 1.5s.
#[must_use]
pub fn span(span: Span) -> String {
    let micros = span.as_micros();
    let (hours, minutes) = (micros / 3_600_000_000, micros / 60_000_000 % 60);
    let seconds = Span::from_micros(micros % 60_000_000).as_seconds();
    let parts = [
        (hours > 0).then(|| format!("{hours}h")),
        (minutes > 0).then(|| format!("{minutes}min")),
        (seconds > 0.0).then(|| format!("{seconds}s")),
    ];
    let text: String = parts.into_iter().flatten().collect();
    if text.is_empty() { "0s".to_owned() } else { text }
}

/// Returns a number of zero or more with three or four significant digits; one below 0.01 with an exponent.
#[must_use]
pub fn digits(number: f64) -> String {
    match number {
        100.0.. => format!("{number:.0}"),
        10.0.. => format!("{number:.1}"),
        0.0 => "0".to_owned(),
        ..0.01 => format!("{number:.1e}"),
        _ => format!("{number:.2}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_have_few_digits_and_a_fitting_unit() {
        let grams = |grams| mass(Mass::from_grams(grams).unwrap());
        let found = [0.0, 26.6667, 999.4, 9310.0, 1.5e7].map(grams);
        assert_eq!(found, ["0 g", "26.7 g", "999 g", "9.31 kg", "15.0 t"]);
        let round = |grams| round_mass(Mass::from_grams(grams).unwrap());
        assert_eq!([0.1, 100.0, 1e3, 1e7].map(round), ["0.1 g", "100 g", "1 kg", "10 t"]);
        assert_eq!(energy(Energy::from_kilowatt_hours(37.3).unwrap()), "37.3 kWh");
        assert_eq!(energy(Energy::from_kilowatt_hours(0.02).unwrap()), "20.0 Wh");
        assert_eq!(power(Power::from_watts(1036.1).unwrap()), "1036 W");
        let seconds = |seconds| span(Span::from_micros(seconds));
        assert_eq!(seconds(129_600_000_000), "36h");
        assert_eq!(seconds(5_401_500_000), "1h30min1.5s");
        assert_eq!(seconds(0), "0s");
        assert_eq!(percent(0.1234), "12.3 %");
    }
}
