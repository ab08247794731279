//! The yearly level of a grid zone.

use std::sync::LazyLock;

use gpu_carbon_core::Intensity;

/// The year that the levels are for.
pub const YEAR: u16 = 2025;

/// The credit that the licence asks for.
pub const ATTRIBUTION: &str =
    "Electricity Maps, yearly carbon intensity of 2025 (ODbL 1.0), via CO2.js";

/// The mean carbon intensity of a zone's consumption over 2025, g CO2e/kWh over the life cycle, average signal; `None`
/// where Electricity Maps publishes none.
///
/// One method for all zones, so that they can be ranked with one another. The file is a derived database under the Open
/// Database License 1.0; `data/electricity-maps-2025.NOTICE.md` says what that asks for.
///
/// ```
/// use gpu_carbon_feeds::regions::yearly_level;
///
/// let level = |zone| yearly_level(zone).unwrap().as_grams_per_kilowatt_hour();
/// assert!(level("US-NW-GCPD") < level("US-MIDA-PJM"));
/// ```
#[must_use]
pub fn yearly_level(zone: &str) -> Option<Intensity> {
    let place = LEVELS.binary_search_by(|(code, _)| (*code).cmp(zone)).ok()?;
    let (_, grams) = LEVELS.get(place)?;
    Intensity::from_grams_per_kilowatt_hour(grams.parse().ok()?).ok()
}

/// The zones and their levels, in order of the zones, read once.
static LEVELS: LazyLock<Vec<(&str, &str)>> = LazyLock::new(|| {
    let rows = include_str!("../../data/electricity-maps-2025.csv").lines().skip(1);
    rows.filter_map(|row| row.split_once(',')).collect()
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_a_zone_once_with_a_plausible_level() {
        let rows: Vec<_> =
            include_str!("../../data/electricity-maps-2025.csv").lines().skip(1).collect();
        assert!(rows.len() > 300, "{}", rows.len());
        for pair in rows.windows(2) {
            let code = |row: &str| row.split(',').next().map(str::to_owned);
            assert!(code(pair[0]) < code(pair[1]), "{pair:?}");
        }
        for row in rows {
            let (zone, text) = row.split_once(',').unwrap();
            let level = yearly_level(zone).unwrap().as_grams_per_kilowatt_hour();
            assert_eq!(level, text.parse::<f64>().unwrap());
            assert!((1.0..=1500.0).contains(&level), "{row}");
        }
        assert_eq!(yearly_level("XX").or(yearly_level("")), None);
    }
}
