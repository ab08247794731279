//! Series from what a reader of the page has: files, and answers of the services.

use gpu_carbon_core::Quality;
use gpu_carbon_feeds::{csv, parse_any_service};

use crate::InputError;
use crate::reading::{Provenance, Reading, signal_of};

/// From a CSV with the header `timestamp_utc,gco2_per_kwh`; its name is its source.
///
/// # Errors
///
/// When it is no series, with the line.
pub fn csv(name: &str, text: &str, signal: &str) -> Result<Reading, InputError> {
    let signal = signal_of(signal)?;
    let series = csv::parse(text).map_err(|error| {
        let field = error.line().map(|line| format!("line {line}"));
        InputError { field, message: error.to_string() }
    })?;
    let (source, quality) = (name.to_owned(), Quality::Measured);
    Ok(Reading { provenance: Provenance { signal, source, attribution: None, quality }, series })
}

/// From an answer of one of the services, as it was saved; which one it is of, its shape tells.
///
/// # Errors
///
/// When it is of none, or something is wrong with it.
pub fn response(text: &str) -> Result<Reading, InputError> {
    let read = parse_any_service(text).map_err(InputError::new)?;
    let series = read.response.series().map_err(InputError::new)?;
    let worst = read.points().iter().map(|point| point.quality).max();
    let source = match read.zone() {
        Some(zone) => format!("{}, {zone}", read.service.title()),
        None => read.service.title().to_owned(),
    };
    let provenance = Provenance {
        signal: read.signal(),
        source,
        attribution: Some(read.attribution().to_owned()),
        quality: worst.unwrap_or(Quality::Estimated),
    };
    Ok(Reading { provenance, series })
}
