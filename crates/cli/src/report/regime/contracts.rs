//! Contracts for electricity, and residual mixes, from a file: the factors of a market-based total.

use std::path::Path;

use gpu_carbon_core::{Interval, Timestamp};
use serde::Deserialize;

use super::super::args::bound;
use super::sheet::kilowatt_hours;
use crate::input;
use crate::time_zone::Zone;
use crate::usage_error::UsageError;
use crate::yaml;

/// The contracts and residual mixes of a file, with the energy that they still cover.
#[derive(Debug, Default)]
pub(super) struct Contracts {
    pub(super) contracts: Vec<Contract>,
    residual_mixes: Vec<ResidualMix>,
}

/// Electricity of one zone with its own factor, in a time.
#[derive(Debug)]
pub(super) struct Contract {
    pub(super) name: String,
    zone: String,
    time: Interval,
    grams_per_kilowatt_hour: f64,
    /// The energy that it has not covered yet.
    pub(super) left_kilowatt_hours: f64,
    pub(super) used_kilowatt_hours: f64,
}

/// A part of energy by contracts, and its emissions.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Covered {
    pub(super) kilowatt_hours: f64,
    pub(super) grams: f64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    contracts: Vec<ContractRow>,
    #[serde(default)]
    residual_mix: Vec<ResidualMix>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ContractRow {
    name: String,
    zone: String,
    from: String,
    to: String,
    kilowatt_hours: f64,
    grams_per_kilowatt_hour: f64,
}

/// The factor of what contracts of a zone do not cover.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ResidualMix {
    zone: String,
    grams_per_kilowatt_hour: f64,
    /// The publisher and the year.
    source: String,
}

impl Contracts {
    /// Reads contracts from a YAML file; dates begin in a time zone.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, has another key, or a value that cannot be true.
    pub(super) fn read(path: &Path, zone: Zone) -> Result<Contracts, UsageError> {
        let wrong = |reason: String| UsageError::Contracts { path: path.to_owned(), reason };
        let text = input::text(path)?;
        let file: File = yaml::read(&text).map_err(wrong)?;
        if let Some(mix) =
            file.residual_mix.iter().find(|mix| !is_amount(mix.grams_per_kilowatt_hour))
        {
            return Err(wrong(format!(
                "residual_mix of {}: grams_per_kilowatt_hour must be zero or more, got {}",
                mix.zone, mix.grams_per_kilowatt_hour
            )));
        }
        let contracts = file.contracts.into_iter().map(|row| contract(row, zone));
        let contracts = contracts.collect::<Result<Vec<_>, String>>().map_err(wrong)?;
        Ok(Contracts { contracts, residual_mixes: file.residual_mix })
    }

    /// Takes the energy of a zone and a time from the contracts that hold for all of that time, in the order of the file.
    pub(super) fn cover(&mut self, zone: &str, time: Interval, joules: f64) -> Covered {
        let mut covered = Covered::default();
        let mut open = kilowatt_hours(joules);
        let hold = self.contracts.iter_mut().filter(|contract| {
            let term = contract.time;
            contract.zone == zone && term.start() <= time.start() && time.end() <= term.end()
        });
        for contract in hold {
            let part = open.min(contract.left_kilowatt_hours).max(0.0);
            contract.left_kilowatt_hours -= part;
            contract.used_kilowatt_hours += part;
            open -= part;
            covered.kilowatt_hours += part;
            covered.grams += part * contract.grams_per_kilowatt_hour;
        }
        covered
    }

    /// The factor of the residual mix of a zone, in g/kWh; `None` where the file has none.
    pub(super) fn residual(&self, zone: &str) -> Option<f64> {
        let mix = self.residual_mixes.iter().find(|mix| mix.zone == zone)?;
        Some(mix.grams_per_kilowatt_hour)
    }

    /// The residual mixes in words.
    pub(super) fn residual_sources(&self) -> Vec<String> {
        let words = |mix: &ResidualMix| {
            let ResidualMix { zone, grams_per_kilowatt_hour, source } = mix;
            format!("Residual mix of {zone}: {grams_per_kilowatt_hour} g/kWh ({source}).")
        };
        self.residual_mixes.iter().map(words).collect()
    }
}

fn contract(row: ContractRow, zone: Zone) -> Result<Contract, String> {
    let ContractRow { name, kilowatt_hours, grams_per_kilowatt_hour, .. } = row;
    for (key, amount) in
        [("kilowatt_hours", kilowatt_hours), ("grams_per_kilowatt_hour", grams_per_kilowatt_hour)]
    {
        if !is_amount(amount) {
            return Err(format!("contract {name}: {key} must be zero or more, got {amount}"));
        }
    }
    let time = |key: &str, text: &str| -> Result<Timestamp, String> {
        let bound =
            bound(text).map_err(|why| format!("contract {name}: {key}: {why}, got {text}"))?;
        bound.within(zone).ok_or_else(|| format!("contract {name}: {key} is beyond the calendar"))
    };
    let (from, to) = (time("from", &row.from)?, time("to", &row.to)?);
    if to <= from {
        return Err(format!(
            "contract {name}: `to` must be after `from`, got {} and {}",
            row.from, row.to
        ));
    }
    Ok(Contract {
        name,
        zone: row.zone,
        time: Interval::new(from, to),
        grams_per_kilowatt_hour,
        left_kilowatt_hours: kilowatt_hours,
        used_kilowatt_hours: 0.0,
    })
}

/// True for an amount that can be: a finite number of zero or more.
fn is_amount(number: f64) -> bool {
    number.is_finite() && number >= 0.0
}
