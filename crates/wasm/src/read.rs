//! Parsing of series from files and from the answers of services.

use gpu_carbon_core::Quality;
use gpu_carbon_feeds::{csv, parse_any_service};

use crate::InputError;
use crate::reading::{Provenance, Reading, signal_of};

/// Parses a CSV with the header `timestamp_utc,gco2_per_kwh`; the name of the file is the source.
///
/// # Errors
///
/// When the text is not a series, with the line, or the signal is unknown.
pub fn csv(name: &str, text: &str, signal: &str) -> Result<Reading, InputError> {
    let signal = signal_of(signal)?;
    let series = csv::parse(text).map_err(|error| {
        let field = error.line().map(|line| format!("line {line}"));
        InputError { field, message: error.to_string() }
    })?;
    let (source, quality) = (name.to_owned(), Quality::Measured);
    Ok(Reading { provenance: Provenance { signal, source, attribution: None, quality }, series })
}

/// Parses a saved answer of a service, which is detected by its shape.
///
/// # Errors
///
/// When no service answers in this shape, or the answer has an error.
pub fn response(text: &str) -> Result<Reading, InputError> {
    let read = parse_any_service(text).map_err(InputError::new)?;
    let series = read.response.series().map_err(InputError::new)?;
    let lowest = read.points().iter().map(|point| point.quality).max();
    let source = match read.zone() {
        Some(zone) => format!("{}, {zone}", read.service.title()),
        None => read.service.title().to_owned(),
    };
    let provenance = Provenance {
        signal: read.signal(),
        source,
        attribution: Some(read.attribution().to_owned()),
        quality: lowest.unwrap_or(Quality::Estimated),
    };
    Ok(Reading { provenance, series })
}
