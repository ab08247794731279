//! Makes a bundled year of a European zone from ENTSO-E's generation by production type.
//!
//! ```text
//! pack_entsoe GENERATION.csv YEAR OUTPUT.pack   packs the hours of YEAR in UTC
//! pack_entsoe --factors                         prints g CO2e/kWh by production type, empty for what is left out
//! pack_entsoe --print PACK                      prints a pack as CSV
//! ```
//!
//! GENERATION.csv has the column `time` (RFC 3339) and a column of MW for each production type, by ENTSO-E's name. The rows
//! of an hour are averaged; an hour without a row, or without generation of a known fuel, is missing.
#![expect(clippy::disallowed_methods, reason = "the tool reads its sources and writes a pack")]

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result, anyhow, ensure};
use chrono::{DateTime, Datelike};
use gpu_carbon_core::{Series, Span, Timestamp};
use gpu_carbon_feeds::generation::{ENTSOE, Fuel, Generation};
use gpu_carbon_feeds::pack;

const USAGE: &str = "usage: pack_entsoe GENERATION.csv YEAR OUTPUT.pack, pack_entsoe --factors, or pack_entsoe --print PACK";

/// Decimals of 1 g/kWh.
const DECIMALS: u8 = 1;

const HOUR_SECONDS: i64 = 3600;

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let result = match arguments.as_slice() {
        ["--factors"] => Ok(factors()),
        ["--print", pack] => print(Path::new(pack)),
        [generation, year, output] => make(Path::new(generation), year, Path::new(output)),
        _ => Err(anyhow!(USAGE)),
    };
    // A closed standard output or error is no reason for another status.
    match result {
        Ok(text) => {
            let _ = io::stdout().write_all(text.as_bytes());
            ExitCode::SUCCESS
        }
        Err(error) => {
            let _ = writeln!(io::stderr(), "pack_entsoe: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn factors() -> String {
    let rows = ENTSOE.map(|(_, name, fuel)| {
        let grams = fuel.grams_per_kilowatt_hour().map(|grams| grams.to_string());
        format!("{name},{}\n", grams.unwrap_or_default())
    });
    format!("production_type,gco2_per_kwh\n{}", rows.concat())
}

fn print(path: &Path) -> Result<String> {
    let bytes = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    let series = pack::decode(&bytes).with_context(|| format!("cannot read {}", path.display()))?;
    let rows = series.points().iter().map(|&(time, intensity)| {
        let time = DateTime::from_timestamp_micros(time.as_unix_micros()).unwrap_or_default();
        let time = time.format("%Y-%m-%dT%H:%M:%SZ");
        format!("{time},{}\n", intensity.as_grams_per_kilowatt_hour())
    });
    Ok(format!("timestamp_utc,gco2_per_kwh\n{}", rows.collect::<String>()))
}

fn make(generation: &Path, year: &str, output: &Path) -> Result<String> {
    let year: i32 = year.parse().with_context(|| format!("the year `{year}`"))?;
    let hours =
        read(generation).with_context(|| format!("cannot read {}", generation.display()))?;
    let mut points = Vec::new();
    let mut unknown = 0.0;
    for (hour, generation) in hours {
        let time = DateTime::from_timestamp(hour * HOUR_SECONDS, 0).context("a time beyond all")?;
        if time.year() != year {
            continue;
        }
        if let Some(intensity) = generation.intensity()? {
            points.push((Timestamp::from_unix_seconds(hour * HOUR_SECONDS), intensity));
            unknown += generation.unknown_share();
        }
    }
    ensure!(!points.is_empty(), "{} has no hour of {year}", generation.display());
    let unknown = 100.0 * unknown / points.len() as f64;
    let series = Series::with_step(points, Span::from_seconds(3600))?;
    let bytes = pack::encode(&series, DECIMALS)?;
    fs::write(output, &bytes).with_context(|| format!("cannot write {}", output.display()))?;
    let (name, hours) = (output.display(), series.points().len());
    Ok(format!(
        "wrote {name}: {} bytes, {hours} hours, {unknown:.1} % of unknown fuel\n",
        bytes.len()
    ))
}

/// The generation of each hour, counted from 1970. Every row of an hour weighs the same, so that their sum has the
/// intensity of their mean.
fn read(path: &Path) -> Result<BTreeMap<i64, Generation>> {
    let mut reader = csv::Reader::from_path(path)?;
    let headers = reader.headers()?.clone();
    ensure!(headers.get(0) == Some("time"), "the first column is not `time`");
    let fuels = headers.iter().skip(1).map(|name| {
        Fuel::from_entsoe(name).with_context(|| format!("no production type is named `{name}`"))
    });
    let fuels: Vec<Fuel> = fuels.collect::<Result<_>>()?;
    let mut hours: BTreeMap<i64, Generation> = BTreeMap::new();
    for record in reader.records() {
        let record = record?;
        let text = record.get(0).unwrap_or_default();
        let time =
            DateTime::parse_from_rfc3339(text).map_err(|error| anyhow!("`{text}`: {error}"))?;
        let hour = hours.entry(time.timestamp().div_euclid(HOUR_SECONDS)).or_default();
        for (fuel, text) in fuels.iter().zip(record.iter().skip(1)) {
            hour.add(*fuel, text.parse().with_context(|| format!("`{text}` MW at {time}"))?);
        }
    }
    Ok(hours)
}
