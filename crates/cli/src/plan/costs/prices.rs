//! Prices of an hour by region.

use std::collections::BTreeMap;
use std::io::ErrorKind;

use gpu_carbon_feeds::strict_csv::{self, Row, StrictCsvError};

use super::args::PriceArg;
use crate::input;
use crate::usage_error::UsageError;
use crate::value_parsers;

const HEADER: &str = "region,usd_per_hour";
const NO_ROWS: &str = "prices need at least one region";

/// The greatest number of regions that a message lists.
const EXAMPLES: usize = 3;

/// The price of an hour in each region.
#[derive(Debug, Clone)]
pub(super) enum Prices {
    /// The same in all regions, in USD.
    Everywhere(f64),
    /// Prices in USD, by the name of the region in lower case.
    ByRegion(BTreeMap<String, f64>),
}

impl Prices {
    /// Reads the prices.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, or is not a list of prices, each region once.
    pub(super) fn open(arg: &PriceArg) -> Result<Prices, UsageError> {
        let path = match arg {
            PriceArg::Everywhere(usd) => return Ok(Prices::Everywhere(*usd)),
            PriceArg::File(path) => path,
        };
        let content = input::bytes(path).map_err(|error| match error.kind() {
            ErrorKind::NotFound => UsageError::CommandLine(format!(
                "--price: `{}` is neither a number of USD for each hour, such as 24.48, nor a file with the header {HEADER}",
                path.display()
            )),
            _ => UsageError::Unreadable { path: path.clone(), error },
        })?;
        let text = input::decode(path, &content)?;
        read(&text)
            .map(Prices::ByRegion)
            .map_err(|error| UsageError::Prices { path: path.clone(), error })
    }

    /// The price in a region; `None` where the file has none.
    pub(super) fn of(&self, region: &str) -> Option<f64> {
        match self {
            Prices::Everywhere(usd) => Some(*usd),
            Prices::ByRegion(prices) => prices.get(&region.to_lowercase()).copied(),
        }
    }

    /// The names of some regions of the file, for a message.
    pub(super) fn examples(&self) -> String {
        let Prices::ByRegion(prices) = self else { return String::new() };
        prices.keys().take(EXAMPLES).map(String::as_str).collect::<Vec<_>>().join(", ")
    }
}

fn read(text: &str) -> Result<BTreeMap<String, f64>, StrictCsvError> {
    let mut prices = BTreeMap::new();
    strict_csv::read(text, HEADER, NO_ROWS, |row: Row<'_, 2>| {
        let [region, usd] = row.fields;
        let usd = value_parsers::usd(usd.trim())
            .map_err(|_| row.wrong(2, "must be a number of USD for each hour, zero or more"))?;
        match prices.insert(region.trim().to_lowercase(), usd) {
            None => Ok(()),
            Some(_) => Err(row.wrong(1, "each region may have one price")),
        }
    })?;
    Ok(prices)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_region_has_one_price() {
        let prices = read("region,usd_per_hour\naws:us-east-1,98.32\nNorth,0\n").unwrap();
        let prices = Prices::ByRegion(prices);
        assert_eq!(prices.of("AWS:us-east-1"), Some(98.32));
        assert_eq!((prices.of("north"), prices.of("south")), (Some(0.0), None));
        let error = |rows: &str| read(&format!("{HEADER}\n{rows}")).unwrap_err().to_string();
        assert_eq!(
            error("a,1\nA,2\n"),
            "line 3, column 1 (region): each region may have one price, got `A`"
        );
        for bad in ["-1", "NaN", "inf", "", "1e400", "$5"] {
            assert!(error(&format!("a,{bad}\n")).contains("zero or more, got"), "{bad}");
        }
        assert!(error("").ends_with(NO_ROWS));
    }
}
