//! Yearly average intensities of countries: the last fallback, where no better value is known.
//!
//! - Source: Ember's yearly electricity data, from the npm package `@tgwf/co2` 0.19.0 (The Green Web Foundation).
//! - Year and unit: the latest year that Ember had for the country, 2022 to 2024; g CO2e/kWh over the life cycle.
//! - Left out: groups of countries, and the countries for which Ember has no data and gives zero.
//! - Licence: Creative Commons Attribution-ShareAlike 4.0, by the package's README; show the [`ATTRIBUTION`].

use gpu_carbon_core::{Intensity, Scope};

/// The name of the figures in configurations, ledgers and the labels of metrics.
pub const NAME: &str = "ember";

/// The scope of the figures.
pub const SCOPE: Scope = Scope::Co2eLifecycle;

/// The credit that the licence asks for.
pub const ATTRIBUTION: &str = "Ember, yearly electricity data, CC BY-SA 4.0, via CO2.js";

/// The average intensity of a country by its ISO 3166-1 code, of two letters or three, in any case; `None` where there is no
/// figure.
///
/// ```
/// let france = gpu_carbon_feeds::yearly_averages::of_country("FR").unwrap();
/// assert!(france.as_grams_per_kilowatt_hour() < 100.0);
/// ```
#[must_use]
pub fn of_country(code: &str) -> Option<Intensity> {
    let rows = include_str!("../data/ember-yearly.csv").lines().skip(1);
    let found = rows.filter_map(|row| {
        let (short, rest) = row.split_once(',')?;
        let (long, grams) = rest.split_once(',')?;
        let matches = [short, long].iter().any(|name| name.eq_ignore_ascii_case(code));
        matches.then_some(grams)
    });
    let grams = found.into_iter().next()?.parse().ok()?;
    Intensity::from_grams_per_kilowatt_hour(grams).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_country_has_one_row_with_a_figure_above_zero() {
        let rows: Vec<_> = include_str!("../data/ember-yearly.csv").lines().skip(1).collect();
        assert!(rows.len() > 200, "{}", rows.len());
        assert!(rows.windows(2).all(|pair| pair[0][..2] < pair[1][..2]), "in order, each once");
        for row in rows {
            let fields: Vec<_> = row.split(',').collect();
            let [short, long] = [0, 1].map(|field| of_country(fields[field]).unwrap());
            assert!(short == long && short.as_grams_per_kilowatt_hour() > 0.0, "{row}");
            assert!(short.as_grams_per_kilowatt_hour() < 1500.0, "{row}");
        }
        assert_eq!(of_country("de"), of_country("DEU"));
        assert_eq!(of_country("EUROPE").or(of_country("X")).or(of_country("")), None);
    }
}
