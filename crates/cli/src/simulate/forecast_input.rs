//! Files of published forecasts: one for each month, compressed or not.

use std::path::PathBuf;

use gpu_carbon_core::Signal;
use gpu_carbon_feeds::forecasts::Forecasts;

use crate::input;
use crate::region::Region;
use crate::usage_error::UsageError;

/// Reads the forecasts of all files, which must be of one region.
///
/// # Errors
///
/// The first file that cannot be read, holds no forecasts, or is of another region.
pub(super) fn open(files: &[PathBuf]) -> Result<Forecasts, UsageError> {
    let mut all = Forecasts::default();
    for path in files {
        let wrong = |error| UsageError::Forecasts { path: path.clone(), error };
        let text = input::text(path)?;
        all.join(Forecasts::parse(&text).map_err(wrong)?).map_err(wrong)?;
    }
    Ok(all)
}

/// Returns the region whose values the files hold beside the forecasts. Its name is the common beginning of their names.
///
/// # Errors
///
/// When the files hold no values.
pub(super) fn region(
    files: &[PathBuf],
    forecasts: &Forecasts,
    asked: Option<Signal>,
) -> Result<Region, UsageError> {
    let series = forecasts.series().ok_or_else(|| {
        let reason =
            "--intensity is missing, and the files of --forecasts hold no values of their own";
        UsageError::CommandLine(reason.to_owned())
    })?;
    let sources: Vec<String> = files.iter().map(|path| path.display().to_string()).collect();
    Ok(Region {
        name: common_name(files),
        series,
        signal: asked.unwrap_or(Signal::Marginal),
        is_signal_assumed: false,
        scope: None,
        source: sources.join(" "),
        credit: None,
        filled: None,
        is_one_of_several: false,
    })
}

/// Returns the common beginning of the file names, without their endings: `PGE_2020-0` for `PGE_2020-01.csv.gz` and
/// `PGE_2020-02.csv.gz`.
fn common_name(files: &[PathBuf]) -> String {
    let mut stems = files.iter().map(|path| {
        let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
        name.trim_end_matches(".gz").trim_end_matches(".csv").to_owned()
    });
    let first = stems.next().unwrap_or_default();
    stems.fold(first, |common, stem| {
        let same = common.chars().zip(stem.chars()).take_while(|(a, b)| a == b);
        same.map(|(same, _)| same).collect()
    })
}
