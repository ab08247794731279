//! Traces of intensity: synthetic from a seed, so that every clone has them, or real.

use std::f64::consts::TAU;
use std::path::Path;

use anyhow::{Context, Result};
use gpu_carbon_core::{Intensity, Interval, SLOT, Series};
use gpu_carbon_feeds::{calendar, csv};

/// The year of every trace. It has a leap day.
pub const YEAR: i32 = 2020;

/// The file of a real year, which may lie beside the checkout.
const REAL: &str = "../shared/data/marginal/WT_CAISO_NORTH_2020.csv";

/// Intensities of a year, every five minutes, and their source.
#[derive(Debug)]
pub struct Trace {
    /// `synthetic`, or the name of the file.
    pub name: String,
    /// The intensities.
    pub series: Series,
}

/// Every trace on this machine.
///
/// # Errors
///
/// When the real one is there and cannot be read.
pub fn all() -> Result<Vec<Trace>> {
    let mut traces = vec![Trace { name: "synthetic".to_owned(), series: synthetic(0)? }];
    let real = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(REAL);
    if real.is_file() {
        let name = real.file_stem().context("no name")?.to_string_lossy().into_owned();
        traces.push(Trace { name, series: csv::parse(&std::fs::read_to_string(real)?)? });
    }
    Ok(traces)
}

/// The year of the traces.
///
/// # Errors
///
/// Never: the calendar has it.
pub fn year() -> Result<Interval> {
    calendar::year(YEAR).context("no such year")
}

/// A synthetic year of a grid: a sunny noon and a dirty evening, more sun in summer, and weather that lasts for hours.
///
/// # Errors
///
/// Never: every value is an intensity.
pub fn synthetic(seed: u64) -> Result<Series> {
    let year = year()?;
    let mut random = Random(seed);
    let (mut weather, mut noise) = (0.0, 0.0);
    let mut points = Vec::new();
    let mut now = year.start();
    while now < year.end() {
        let days = now.duration_since(year.start()).as_seconds() / 86_400.0;
        // Two random walks that decay by half in some 11 hours, and in 17 minutes.
        weather = 0.995 * weather + 9.0 * random.signed();
        noise = 0.82 * noise + 12.0 * random.signed();
        let summer = 0.5 - 0.5 * (TAU * (days + 10.0) / 366.0).cos();
        let noon = (TAU * (days.fract() - 0.5)).cos();
        let evening = (TAU * (days.fract() - 0.8)).cos();
        let sun = (120.0 + 120.0 * summer) * noon.max(0.0);
        let grams = 420.0 - sun + 60.0 * evening + weather + noise;
        // Rounded as services publish it; at a sunny noon it can be 0.
        let grams = (grams.max(0.0) * 10.0).round() / 10.0;
        points.push((now, Intensity::from_grams_per_kilowatt_hour(grams)?));
        now = now + SLOT;
    }
    Ok(Series::new(points)?)
}

/// SplitMix64 (Steele, Lea, Flood, OOPSLA 2014).
struct Random(u64);

impl Random {
    /// A number from -1 to 1.
    fn signed(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        (mixed >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_always_makes_the_same_year() {
        let first = synthetic(7).unwrap();
        assert_eq!(first.points().len(), 366 * 288);
        assert_eq!(first.extent(), year().unwrap());
        assert_eq!(first, synthetic(7).unwrap());
        assert_ne!(first, synthetic(8).unwrap());
        let grams = first.points().iter().map(|point| point.1.as_grams_per_kilowatt_hour());
        let mean = grams.sum::<f64>() / 105_408.0;
        assert!((200.0..500.0).contains(&mean), "{mean}");
    }
}
