//! The energy of moving data between places.

use core::f64::consts::FRAC_1_SQRT_2;

use crate::units::{Energy, Intensity, Mass};

/// The energy of a gigabyte in the core and access networks of the Internet in [`REFERENCE_YEAR`], in kWh.
const KILOWATT_HOURS_PER_GIGABYTE: f64 = 0.06;

/// The year of that figure.
const REFERENCE_YEAR: i32 = 2015;

/// The source of the figure and of its trend.
pub const SOURCE: &str =
    "Aslan et al. (2018), doi:10.1111/jiec.12630: 0.06 kWh/GB in 2015, halved every two years";

/// The years for which the figure is computed: from the first of the source's trend to a century later, when nothing is
/// left of it.
const YEARS: (i32, i32) = (2000, 2100);

/// The energy that the Internet uses to move a gigabyte of 10^9 bytes, in a year: 0.06 kWh in 2015, and half of it two years
/// later (Aslan et al. 2018, Journal of Industrial Ecology 22(4), 785-798; fixed lines of developed countries). The trend was
/// observed from 2000 to 2015, and is continued beyond. A year before 2000 counts as 2000.
///
/// ```
/// use gpu_carbon_core::transfer::energy_per_gigabyte;
///
/// let wh = |year| energy_per_gigabyte(year).as_kilowatt_hours() * 1000.0;
/// assert!((wh(2015) - 60.0).abs() < 1e-9 && (wh(2025) - 1.875).abs() < 1e-9);
/// ```
#[must_use]
pub fn energy_per_gigabyte(year: i32) -> Energy {
    let (first, last) = YEARS;
    let since = year.clamp(first, last) - REFERENCE_YEAR;
    let factor = if since < 0 { 1.0 / FRAC_1_SQRT_2 } else { FRAC_1_SQRT_2 };
    let halved = (0..since.abs()).fold(KILOWATT_HOURS_PER_GIGABYTE, |energy, _| energy * factor);
    Energy::from_kilowatt_hours(halved).unwrap_or_default()
}

/// The emissions of moving data with an energy: half of it is used at each end.
///
/// ```
/// use gpu_carbon_core::{Energy, Intensity, transfer};
///
/// let level = |grams| Intensity::from_grams_per_kilowatt_hour(grams).unwrap_or_default();
/// let moved = transfer::emissions(Energy::from_kilowatt_hours(2.0)?, level(100.0), level(300.0));
/// assert_eq!(moved.as_grams(), 400.0);
/// # Ok::<(), gpu_carbon_core::UnitError>(())
/// ```
#[must_use]
pub fn emissions(energy: Energy, from: Intensity, to: Intensity) -> Mass {
    let sum = from.as_grams_per_kilowatt_hour() + to.as_grams_per_kilowatt_hour();
    Mass::saturating(energy.as_kilowatt_hours() * sum / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_years_halve_the_energy() {
        let energy = |year| energy_per_gigabyte(year).as_kilowatt_hours();
        for year in 2000..2098 {
            assert!((energy(year) / energy(year + 2) - 2.0).abs() < 1e-9, "{year}");
        }
        assert_eq!(energy(1990), energy(2000));
        assert_eq!(energy(i32::MAX), energy(2100));
    }
}
