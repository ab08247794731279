//! The driver's own command, `nvidia-smi`: its readings of each GPU's power, and the energy that they make.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result};
use chrono::NaiveDateTime;

/// Readings by UUID.
type Readings = BTreeMap<String, Vec<Reading>>;

/// One line of a GPU's readings.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reading {
    /// Seconds since the epoch.
    pub at: f64,
    /// `power.draw`, in watts.
    pub watts: f64,
    /// The energy counter in joules, where this version of the command has one.
    pub joules: Option<f64>,
}

/// A running `nvidia-smi` that reads every GPU ten times a second. Dropping it ends the process.
#[derive(Debug)]
pub struct NvidiaSmi {
    process: Child,
    readings: Arc<Mutex<Readings>>,
}

impl NvidiaSmi {
    /// Starts the command.
    ///
    /// # Errors
    ///
    /// When there is no such command, or no GPU that it can read.
    pub fn start() -> Result<NvidiaSmi> {
        let help = Command::new("nvidia-smi").arg("--help-query-gpu").output().context(
            "this check needs a host with an NVIDIA GPU and its driver: `nvidia-smi` cannot be run",
        )?;
        let energy = energy_field(&String::from_utf8_lossy(&help.stdout));
        let fields: Vec<String> = ["uuid", "timestamp", "power.draw"]
            .map(str::to_owned)
            .into_iter()
            .chain(energy)
            .collect();
        let mut process = Command::new("nvidia-smi")
            .env("TZ", "UTC") // its timestamps are in local time
            .arg(format!("--query-gpu={}", fields.join(",")))
            .args(["--format=csv,noheader,nounits", "-lms", "100"])
            .stdout(Stdio::piped())
            .spawn()?;
        let lines = BufReader::new(process.stdout.take().context("its output")?).lines();
        let readings = Arc::new(Mutex::new(Readings::new()));
        let shared = Arc::clone(&readings);
        std::thread::spawn(move || {
            for (uuid, reading) in lines.map_while(Result::ok).filter_map(|line| parse(&line)) {
                let mut readings = shared.lock().unwrap_or_else(PoisonError::into_inner);
                readings.entry(uuid).or_default().push(reading);
            }
        });
        Ok(NvidiaSmi { process, readings })
    }

    /// The readings of a GPU so far.
    #[must_use]
    pub fn readings(&self, uuid: &str) -> Vec<Reading> {
        let readings = self.readings.lock().unwrap_or_else(PoisonError::into_inner);
        readings.get(uuid).cloned().unwrap_or_default()
    }
}

impl Drop for NvidiaSmi {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The name of the energy counter's field, where the help of the command lists one.
fn energy_field(help: &str) -> Option<String> {
    help.lines()
        .filter_map(|line| line.trim().strip_prefix('"')?.split('"').next())
        .find(|name| name.contains("energy") && name.contains("total"))
        .map(str::to_owned)
}

/// Reads a line such as `GPU-8a..., 2026/11/23 15:04:05.123, 70.25`; `None` where it has no power.
fn parse(line: &str) -> Option<(String, Reading)> {
    let fields: Vec<&str> = line.split(',').map(str::trim).collect();
    let (&uuid, &time, &watts) = (fields.first()?, fields.get(1)?, fields.get(2)?);
    let time = NaiveDateTime::parse_from_str(time, "%Y/%m/%d %H:%M:%S%.f").ok()?.and_utc();
    #[allow(clippy::cast_precision_loss, reason = "exact to the microsecond")]
    let at = time.timestamp_micros() as f64 / 1e6;
    let millijoules = fields.get(3).and_then(|field| field.parse::<f64>().ok());
    let reading =
        Reading { at, watts: watts.parse().ok()?, joules: millijoules.map(|mj| mj / 1e3) };
    Some((uuid.to_owned(), reading))
}

/// Energy between two times in joules, by the power readings joined by straight lines; `None` where they do not cover
/// the whole interval.
#[must_use]
pub fn integrated(readings: &[Reading], from: f64, to: f64) -> Option<f64> {
    if readings.first()?.at > from || readings.last()?.at < to {
        return None;
    }
    let piece = |pair: &[Reading]| {
        let (a, b) = (pair[0], pair[1]);
        let (begin, end) = (a.at.max(from), b.at.min(to));
        if begin >= end {
            return 0.0;
        }
        let watts = |at: f64| a.watts + (b.watts - a.watts) * (at - a.at) / (b.at - a.at);
        (watts(begin) + watts(end)) / 2.0 * (end - begin)
    };
    Some(readings.windows(2).map(piece).sum())
}

/// Energy between two times in joules, by the counter in the last line before each.
#[must_use]
pub fn counted(readings: &[Reading], from: f64, to: f64) -> Option<f64> {
    let before = |time: f64| readings.iter().rev().find(|reading| reading.at <= time)?.joules;
    Some(before(to)? - before(from)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(at: f64, watts: f64) -> Reading {
        Reading { at, watts, joules: Some(at * 10.0) }
    }

    #[test]
    fn lines_of_the_command_are_read() {
        let (uuid, reading) = parse("GPU-8a, 1970/01/02 00:00:01.250, 70.25").unwrap();
        assert_eq!((uuid.as_str(), reading.at, reading.watts), ("GPU-8a", 86_401.25, 70.25));
        assert_eq!(reading.joules, None);
        let (_, reading) = parse("GPU-8a, 1970/01/02 00:00:01.250, 70.25, 1500").unwrap();
        assert_eq!(reading.joules, Some(1.5));
        assert_eq!(parse("GPU-8a, 1970/01/02 00:00:01.250, [N/A]"), None);
        assert_eq!(parse("Unable to determine the device handle: GPU is lost."), None);
    }

    #[test]
    fn the_energy_counter_is_found_where_there_is_one() {
        assert_eq!(
            energy_field("\"power.draw\"\nThe last measured power draw, no total energy.\n"),
            None
        );
        let help = "\"total_energy_consumption\" or \"energy\"\nSince the driver was loaded.";
        assert_eq!(energy_field(help).as_deref(), Some("total_energy_consumption"));
    }

    #[test]
    fn power_is_integrated_between_any_two_times_that_it_covers() {
        let readings: Vec<Reading> =
            (0..=10).map(|n| reading(f64::from(n), f64::from(n))).collect();
        assert_eq!(integrated(&readings, 0.0, 10.0), Some(50.0));
        assert_eq!(integrated(&readings, 2.5, 2.75), Some(0.25 * 2.625));
        assert_eq!(integrated(&readings, -1.0, 5.0), None);
        assert_eq!(integrated(&readings, 5.0, 10.5), None);
        assert_eq!(integrated(&[], 0.0, 1.0), None);
        assert_eq!(counted(&readings, 2.5, 9.0), Some(70.0));
    }
}
