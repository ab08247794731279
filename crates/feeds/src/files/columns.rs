//! The columns of a table: those of a known publisher, or one of times and one of intensities.

use std::collections::BTreeMap;

use gpu_carbon_core::{Intensity, Quality, Scope, Series, Signal, Timestamp};

use super::error::FileError;
use super::file_series::{FileSeries, series_of};
use super::number::Notation;
use super::plausible::grams;
use super::table::{Row, Table, plain};
use super::time::TimeForm;
use crate::metadata::{Metadata, share};
use crate::unit::Unit;
use crate::{electricity_maps, great_britain, watttime};

/// The columns of a table that hold a series, and what the table says of it.
#[derive(Debug)]
struct Columns {
    time: usize,
    /// The columns of the values, of which the first that has one counts.
    values: Vec<usize>,
    zone: Option<usize>,
    /// The column that says which values are estimated.
    estimated: Option<usize>,
    form: TimeForm,
    unit: Option<Unit>,
    metadata: Metadata,
}

/// The values of one zone, with their lines.
#[derive(Debug, Default)]
struct ZoneValues {
    values: BTreeMap<Timestamp, (usize, Intensity)>,
    unmeasured: usize,
}

/// Reads the series of a table, by zone.
pub(super) fn read(table: &Table<'_>, stated: &Metadata) -> Result<Vec<FileSeries>, FileError> {
    let columns = Columns::of(table, stated)?;
    let mut zones: BTreeMap<&str, ZoneValues> = BTreeMap::new();
    let mut notation = None;
    for row in table.rows() {
        let row = row?;
        // The notation is that of the whole file, so that it is found before the first number is read.
        let notation = *notation.get_or_insert_with(|| notation_of(table, &columns));
        let zone = columns.zone.map(|column| row.field(column)).unwrap_or_default();
        let time = columns.form.read(row.field(columns.time));
        let time = time.map_err(|reason| table.wrong(&row, columns.time, reason))?;
        let Some((column, value)) = first_value(table, &row, &columns, notation)? else {
            continue;
        };
        let factor = columns.unit.map_or(1.0, Unit::grams_per_kilowatt_hour);
        let intensity = grams(value, factor).ok_or_else(|| {
            table.wrong(&row, column, "must be an intensity from 0 to 1000000 g/kWh")
        })?;
        let of_zone = zones.entry(zone).or_default();
        let is_fallback = columns.values.first() != Some(&column);
        let says = columns.estimated.map(|column| row.field(column));
        if is_fallback || says.is_some_and(|it| it.eq_ignore_ascii_case("true")) {
            of_zone.unmeasured += 1;
        }
        if let Some((first, _)) = of_zone.values.insert(time, (row.line, intensity)) {
            return Err(FileError::Duplicate { line: row.line, first });
        }
    }
    if zones.is_empty() {
        let name = columns.values.first().map(|&column| table.quoted_name(column));
        return Err(FileError::NoValues(name.unwrap_or_default()));
    }
    zones.into_iter().map(|(zone, values)| values.series(zone, &columns, stated)).collect()
}

impl ZoneValues {
    fn series(
        self,
        zone: &str,
        columns: &Columns,
        stated: &Metadata,
    ) -> Result<FileSeries, FileError> {
        let count = self.values.len();
        let points = self.values.into_iter().map(|(time, (_, intensity))| (time, intensity));
        let zone = Some(zone).filter(|zone| !zone.is_empty()).map(str::to_owned);
        let implied = Metadata {
            zone: zone.or(columns.metadata.zone.clone()),
            estimated_share: columns.estimated.map(|_| share(self.unmeasured, count)),
            unit: columns.unit.map(|_| Unit::GramsPerKilowattHour),
            ..columns.metadata.clone()
        };
        let quality = if self.unmeasured > 0 { Quality::Estimated } else { Quality::Measured };
        series_of(points.collect(), &implied, stated, quality)
    }
}

/// A series whose values are in a unit, in g/kWh.
pub(super) fn converted(series: &Series, unit: Unit) -> Result<Series, FileError> {
    if unit == Unit::GramsPerKilowattHour {
        return Ok(series.clone());
    }
    let factor = unit.grams_per_kilowatt_hour();
    let convert = |&(time, value): &(Timestamp, Intensity)| {
        Some((time, grams(value.as_grams_per_kilowatt_hour(), factor)?))
    };
    let points: Option<Vec<_>> = series.points().iter().map(convert).collect();
    let too_high =
        || FileError::Series(format!("a value in {} is more than any grid emits", unit.name()));
    let (usual, changes) = (series.step(), series.step_changes().to_vec());
    let series = Series::with_changes(points.ok_or_else(too_high)?, usual, changes);
    series.map_err(|error| FileError::Series(error.to_string()))
}

fn notation_of(table: &Table<'_>, columns: &Columns) -> Notation {
    let rows = || table.rows().filter_map(Result::ok);
    let fields = rows().flat_map(|row| columns.values.iter().map(move |&column| row.field(column)));
    if table.may_have_decimal_commas() {
        return Notation::of(fields);
    }
    // In quotes, `1,5` has a decimal comma, and `1,234` a separator of thousands or a decimal comma.
    let mut decimals =
        fields.filter_map(|field| field.rsplit_once(',')).map(|(_, decimals)| decimals);
    match decimals.any(|decimals| decimals.len() != 3) {
        true => Notation::Comma,
        false => Notation::Point,
    }
}

/// The first value of a row, with its column.
fn first_value(
    table: &Table<'_>,
    row: &Row<'_>,
    columns: &Columns,
    notation: Notation,
) -> Result<Option<(usize, f64)>, FileError> {
    for &column in &columns.values {
        let value = notation.read(row.field(column)).map_err(|reason| {
            let reason = match row.field(column).contains(',') && notation == Notation::Point {
                true => "is ambiguous, since the comma may mark decimals or thousands: write 1.5 or 1000".to_owned(),
                false => reason,
            };
            table.wrong(row, column, reason)
        })?;
        if let Some(value) = value {
            return Ok(Some((column, value)));
        }
    }
    Ok(None)
}

impl Columns {
    fn of(table: &Table<'_>, stated: &Metadata) -> Result<Columns, FileError> {
        let named = |name: &str| table.column(|found| found == name);
        let starts = |start: &str, end: &str| {
            table.column(|found| found.starts_with(start) && found.ends_with(end))
        };
        let average =
            |scope| Metadata { signal: Some(Signal::Average), scope, ..Metadata::default() };
        let grams = Some(Unit::GramsPerKilowattHour);
        let utc = |time: usize, values: Vec<usize>, unit, metadata| {
            let form = TimeForm { offset_seconds: Some(0), is_month_first: false };
            Columns { time, values, zone: None, estimated: None, form, unit, metadata }
        };
        // Electricity Maps' portal: the columns of 2023, and the later ones.
        let life_cycle = ["(lca)", "(life cycle)"];
        let life_cycle =
            life_cycle.into_iter().find_map(|end| starts("carbon intensity gco2eq/kwh", end));
        if let (Some(time), Some(value)) = (named("datetime (utc)"), life_cycle) {
            let metadata = Metadata {
                source: Some(electricity_maps::NAME.to_owned()),
                licence: Some(electricity_maps::ATTRIBUTION.to_owned()),
                ..average(Some(Scope::Co2eLifecycle))
            };
            let columns = utc(time, vec![value], grams, metadata);
            return Ok(Columns {
                zone: named("zone id"),
                estimated: named("data estimated"),
                ..columns
            });
        }
        // The download of carbonintensity.org.uk, and NESO's history of generation and intensity, whose times are UTC by
        // NESO's description of the data set.
        let national = Metadata {
            source: Some(great_britain::NAME.to_owned()),
            zone: Some(great_britain::NATIONAL.to_owned()),
            licence: Some(great_britain::ATTRIBUTION.to_owned()),
            ..average(Some(Scope::Co2Direct))
        };
        let actual = named("actual carbon intensity (gco2/kwh)");
        if let (Some(time), Some(actual)) = (named("datetime (utc)"), actual) {
            let forecast = named("forecast carbon intensity (gco2/kwh)");
            return Ok(utc(time, [actual].into_iter().chain(forecast).collect(), grams, national));
        }
        if let (Some(time), Some(value), Some(_)) =
            (named("datetime"), named("carbon_intensity"), named("generation"))
        {
            return Ok(utc(time, vec![value], grams, national));
        }
        let form = TimeForm { offset_seconds: stated.offset_seconds, is_month_first: false };
        if let Some(marginal) = Columns::marginal(table, form) {
            return Ok(Columns { unit: stated.unit.or(marginal.unit), ..marginal });
        }
        Columns::any(table, stated)
    }

    /// The columns of WattTime's and SGIP's marginal rates; WattTime's are in lb/MWh, SGIP's in kg/kWh.
    fn marginal(table: &Table<'_>, form: TimeForm) -> Option<Columns> {
        let named = |name: &str| table.column(|found| found == name);
        let (value, unit) = match (named("moer"), named("point_time"), named("value")) {
            (Some(value), ..) if named("f1").is_some() => (value, Unit::KilogramsPerKilowattHour),
            (Some(value), ..) | (None, Some(_), Some(value)) => {
                (value, Unit::PoundsPerMegawattHour)
            }
            _ => {
                let value = table.column(|found| found.starts_with("moer version "))?;
                (value, Unit::KilogramsPerKilowattHour)
            }
        };
        let time = ["timestamp", "point_time", "time", "datetime"].into_iter().find_map(named)?;
        let is_watttime = unit == Unit::PoundsPerMegawattHour;
        let metadata = Metadata {
            signal: Some(Signal::Marginal),
            scope: Some(Scope::Co2Direct),
            source: is_watttime.then(|| watttime::NAME.to_owned()),
            licence: is_watttime.then(|| watttime::ATTRIBUTION.to_owned()),
            ..Metadata::default()
        };
        let (zone, estimated) = (named("region"), named("imputed_data_used"));
        Some(Columns {
            time,
            values: vec![value],
            zone,
            estimated,
            form,
            unit: Some(unit),
            metadata,
        })
    }

    /// One column of times, and one of intensities.
    fn any(table: &Table<'_>, stated: &Metadata) -> Result<Columns, FileError> {
        let names: Vec<String> = table.names.iter().map(|name| plain(name)).collect();
        let is_time = |name: &&String| TIMES.iter().any(|time| name.starts_with(time));
        let times: Vec<usize> =
            (0..).zip(&names).filter(|(_, it)| is_time(it)).map(|it| it.0).collect();
        let in_utc =
            times.iter().find(|&&column| names.get(column).is_some_and(|it| it.contains("utc")));
        let Some(&time) = in_utc.or(times.first()) else {
            return Err(table.unknown("no column is named as a time is".to_owned()));
        };
        let named = |is: &dyn Fn(&str) -> bool| -> Vec<usize> {
            let is_one = |name: &String| is_intensity(name) && is(name);
            let fits = |&column: &usize| column != time && names.get(column).is_some_and(is_one);
            (0..names.len()).filter(fits).collect()
        };
        let measured = named(&|name| !name.contains("forecast"));
        let values = if measured.is_empty() { named(&|_| true) } else { measured };
        let value = match values.as_slice() {
            [] => {
                return Err(table.unknown(
                    "no column is named as a carbon intensity is, or has its unit".to_owned(),
                ));
            }
            [only] => *only,
            [first, ..] => {
                // Of several, the one that is named shortest is the one that the others are variants of.
                let exact = values
                    .iter()
                    .find(|&&it| names.get(it).is_some_and(|name| EXACT.contains(&name.as_str())));
                let Some(&exact) = exact else {
                    let reason = format!(
                        "several columns are carbon intensities, the first `{}`; leave one",
                        table.quoted_name(*first)
                    );
                    return Err(table.unknown(reason));
                };
                exact
            }
        };
        let name = names.get(value).map(String::as_str).unwrap_or_default();
        let is_utc = names.get(time).is_some_and(|name| name.contains("utc"));
        let form = TimeForm {
            offset_seconds: if is_utc { Some(0) } else { stated.offset_seconds },
            is_month_first: false,
        };
        let metadata = Metadata {
            signal: ["marginal", "moer"]
                .iter()
                .any(|it| name.contains(it))
                .then_some(Signal::Marginal)
                .or_else(|| {
                    ["average", "avg", "aoer"]
                        .iter()
                        .any(|it| name.contains(it))
                        .then_some(Signal::Average)
                }),
            scope: scope_in(name),
            ..Metadata::default()
        };
        let zone = ["zone_id", "zone_name", "zone", "zone id"];
        let zone = zone.into_iter().find_map(|zone| names.iter().position(|name| name == zone));
        let unit = stated.unit.or_else(|| unit_in(name));
        Ok(Columns { time, values: vec![value], zone, estimated: None, form, unit, metadata })
    }
}

/// The beginnings of the names of columns of times, in the order of their use in a table that has several.
const TIMES: [&str; 6] = ["datetime", "timestamp", "time", "utc", "date", "point_time"];

/// The names of the intensity itself, in tables that have others beside it.
const EXACT: [&str; 5] = [
    "carbon_intensity",
    "carbon_intensity_avg",
    "carbon intensity",
    "carbonintensity",
    "gco2_per_kwh",
];

/// Returns true where a column is named as a carbon intensity is, or has its unit.
fn is_intensity(name: &str) -> bool {
    let named = [
        "carbon_intensity",
        "carbon intensity",
        "carbonintensity",
        "co2 intensity",
        "co2_intensity",
        "gco2",
    ];
    let is_other = ["exchange", "import", "discharge", "production"];
    let is_other = is_other.iter().any(|word| name.contains(word));
    !is_other && (named.iter().any(|it| name.contains(it)) || unit_in(name).is_some())
}

/// The unit at the end of a name, as in `Carbon intensity (g/kWh)`.
fn unit_in(name: &str) -> Option<Unit> {
    let name = name.trim_end_matches([')', ']', ' ']);
    let starts = name.char_indices().filter(|(_, c)| " ([_".contains(*c)).map(|(at, _)| at + 1);
    std::iter::once(0).chain(starts).find_map(|start| Unit::named(name.get(start..)?))
}

/// The scope in the name of a column.
fn scope_in(name: &str) -> Option<Scope> {
    let has = |word: &str| name.contains(word);
    match (has("direct"), has("lca") || has("life cycle") || has("lifecycle") || has("life_cycle"))
    {
        (true, false) => Some(Scope::Co2Direct),
        (false, true) => Some(Scope::Co2eLifecycle),
        _ => None,
    }
}
