//! The arguments for money and moving.

use std::path::PathBuf;

use gpu_carbon_core::Energy;

use crate::value_parsers;

/// Prices and data to move, which stand beside the emissions of a plan.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct CostArgs {
    /// Price of the job in USD for each hour that it runs: a number for all regions, or a CSV file with the header
    /// region,usd_per_hour
    #[arg(long, value_name = "FILE|USD_PER_HOUR", allow_hyphen_values = true, value_parser = PriceArg::parse)]
    pub price: Option<PriceArg>,

    /// Data to move where the job does not run at --home, such as 500GB or 2TB; 1 GB is 10^9 bytes
    #[arg(long = "move", value_name = "SIZE", allow_hyphen_values = true, value_parser = value_parsers::gigabytes)]
    pub move_gigabytes: Option<f64>,

    /// Energy to move 1 GB, such as 1.3Wh [default: that of the Internet in the year of the start, by Aslan et al. 2018: 0.06 kWh in
    /// 2015, halved every two years]
    #[arg(long, value_name = "ENERGY", requires = "move_gigabytes", allow_hyphen_values = true, value_parser = value_parsers::energy)]
    pub move_energy: Option<Energy>,

    /// Price to move 1 GB, in USD [default: 0]
    #[arg(long, value_name = "USD_PER_GB", requires = "move_gigabytes", allow_hyphen_values = true, value_parser = value_parsers::usd)]
    pub move_price: Option<f64>,
}

/// A price of an hour, or the file of the prices of regions.
#[derive(Debug, Clone, PartialEq)]
pub enum PriceArg {
    /// One price in USD for all regions.
    Everywhere(f64),
    /// A CSV file.
    File(PathBuf),
}

impl PriceArg {
    /// Parses a number of USD, zero or more; any other text that is no number names a file.
    ///
    /// # Errors
    ///
    /// When the text is a number below zero, or not a finite one.
    pub fn parse(text: &str) -> Result<PriceArg, String> {
        match text.parse::<f64>() {
            Ok(_) => value_parsers::usd(text).map(PriceArg::Everywhere),
            Err(_) => Ok(PriceArg::File(text.into())),
        }
    }
}

impl CostArgs {
    /// Returns true where the plan shows money or moving.
    pub(super) fn are_asked(&self) -> bool {
        self.price.is_some() || self.move_gigabytes.is_some()
    }
}
