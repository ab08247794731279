//! EIA's six-month files of the US grid operators: their generation by fuel every hour, converted to intensity by
//! [`generation`](crate::generation). Imports are not in it.
//!
//! The files are `EIA930_BALANCE_2020_Jan_Jun.csv` and so on. Their times are the ends of hours. EIA's adjusted figures, where
//! it repaired what an operator sent, come before the operator's own.

use std::collections::BTreeMap;

use gpu_carbon_core::{Intensity, Quality, Scope, Signal, Span, Timestamp};

use super::error::FileError;
use super::file_series::{FileSeries, series_of};
use super::number::Notation;
use super::table::{Table, plain};
use super::time::TimeForm;
use crate::generation::{Fuel, Generation};
use crate::metadata::Metadata;
use crate::unit::Unit;

const HOUR: Span = Span::from_seconds(3600);

/// The publisher, for texts that people read.
const NAME: &str = "EIA, Form EIA-930";

/// The credit that EIA asks for; its data are in the public domain.
const ATTRIBUTION: &str = "U.S. Energy Information Administration (EIA), Hourly Electric Grid Monitor, generation by fuel \
    without imports, converted by the factors of IPCC AR5 (2014)";

/// The columns of a balance file.
#[derive(Debug)]
pub(super) struct Columns {
    operator: usize,
    time: usize,
    /// The columns of each fuel, of which the first that has a value counts.
    fuels: Vec<(Fuel, Vec<usize>)>,
}

impl Columns {
    /// The columns of a balance file; `None` for another table.
    pub(super) fn of(table: &Table<'_>) -> Option<Columns> {
        let operator = table.column(|name| name == "balancing authority")?;
        let time = table.column(|name| name == "utc time at end of hour")?;
        let mut fuels: BTreeMap<String, (Fuel, Vec<usize>)> = BTreeMap::new();
        for (column, name) in table.names.iter().enumerate() {
            let name = plain(name);
            let Some(title) = name.strip_prefix("net generation (mw) from ") else { continue };
            let (title, is_adjusted) = match title.strip_suffix("(adjusted)") {
                Some(title) => (title, true),
                None => (title.strip_suffix("(imputed)").unwrap_or(title), false),
            };
            let title = title.split_whitespace().collect::<Vec<_>>().join(" ");
            let (_, columns) =
                fuels.entry(title.clone()).or_insert_with(|| (fuel(&title), Vec::new()));
            if is_adjusted {
                columns.insert(0, column);
            } else {
                columns.push(column);
            }
        }
        Some(Columns { operator, time, fuels: fuels.into_values().collect() })
    }
}

/// The fuel of a title such as `hydropower and pumped storage`. Of a plant with a battery beside it, it is the plant's.
fn fuel(title: &str) -> Fuel {
    let starts = [
        ("coal", Fuel::Coal),
        ("natural gas", Fuel::Gas),
        ("nuclear", Fuel::Nuclear),
        ("all petroleum products", Fuel::Oil),
        ("hydropower", Fuel::Hydro),
        ("solar", Fuel::Solar),
        ("wind", Fuel::WindOnshore),
        ("geothermal", Fuel::Geothermal),
        ("pumped storage", Fuel::Storage),
        ("battery storage", Fuel::Storage),
        ("other energy storage", Fuel::Storage),
        ("unknown energy storage", Fuel::Storage),
    ];
    starts.iter().find(|(start, _)| title.starts_with(start)).map_or(Fuel::Unknown, |it| it.1)
}

/// Reads the intensity of every grid operator of the file that generates.
pub(super) fn read(
    table: &Table<'_>,
    columns: &Columns,
    stated: &Metadata,
) -> Result<Vec<FileSeries>, FileError> {
    if columns.fuels.is_empty() {
        return Err(table.unknown("it has no generation by fuel".to_owned()));
    }
    let form = TimeForm { offset_seconds: Some(0), is_month_first: true };
    let mut operators: BTreeMap<&str, BTreeMap<Timestamp, (usize, Intensity)>> = BTreeMap::new();
    for row in table.rows() {
        let row = row?;
        let mut hour = Generation::default();
        for (fuel, columns) in &columns.fuels {
            for &column in columns {
                let amount = Notation::Thousands.read(row.field(column));
                let amount = amount.map_err(|reason| table.wrong(&row, column, reason))?;
                if let Some(amount) = amount {
                    hour.add(*fuel, amount);
                    break;
                }
            }
        }
        let end = form.read(row.field(columns.time));
        let end = end.map_err(|reason| table.wrong(&row, columns.time, reason))?;
        let mean = hour.intensity().map_err(|error| FileError::Series(error.to_string()))?;
        let Some(intensity) = mean else { continue };
        let of_operator = operators.entry(row.field(columns.operator)).or_default();
        if let Some((first, _)) = of_operator.insert(end - HOUR, (row.line, intensity)) {
            return Err(FileError::Duplicate { line: row.line, first });
        }
    }
    if operators.is_empty() {
        return Err(FileError::NoValues("Net Generation (MW)".to_owned()));
    }
    let series = |(operator, values): (&str, BTreeMap<Timestamp, (usize, Intensity)>)| {
        let points = values.into_iter().map(|(time, (_, intensity))| (time, intensity));
        let implied = Metadata {
            signal: Some(Signal::Average),
            scope: Some(Scope::Co2eLifecycle),
            source: Some(NAME.to_owned()),
            zone: Some(operator.to_owned()),
            licence: Some(ATTRIBUTION.to_owned()),
            unit: Some(Unit::GramsPerKilowattHour),
            ..Metadata::default()
        };
        series_of(points.collect(), &implied, stated, Quality::Measured)
    };
    operators.into_iter().map(series).collect()
}
