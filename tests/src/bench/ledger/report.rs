//! Times of reports on a ledger of one year, beside its writer.

use std::ffi::OsString;
use std::path::Path;
use std::time::Instant;

use anyhow::{Result, ensure};

/// Number of measurements of each report.
const TIMES: usize = 11;

/// Times of a report.
#[derive(Debug)]
pub struct Reported {
    /// The key by which it groups.
    pub by: &'static str,
    /// In seconds.
    pub best: f64,
    /// In seconds.
    pub worst: f64,
}

/// Reports a whole ledger by GPU, by day and by month, each several times.
///
/// # Errors
///
/// When it cannot be read.
pub fn measure(path: &Path) -> Result<Vec<Reported>> {
    ["gpu", "day", "month"].into_iter().map(|by| one(path, by)).collect()
}

fn one(path: &Path, by: &'static str) -> Result<Reported> {
    let (mut best, mut worst) = (f64::INFINITY, 0.0_f64);
    for _ in 0..TIMES {
        let words = ["gpu-carbon", "report", "--by", by, "--ledger"].map(OsString::from);
        let begun = Instant::now();
        let text = gpu_carbon_cli::run(words.into_iter().chain([path.into()]))?;
        let seconds = begun.elapsed().as_secs_f64();
        ensure!(text.contains("total"), "a report without a total: {text}");
        (best, worst) = (best.min(seconds), worst.max(seconds));
    }
    Ok(Reported { by, best, worst })
}
