//! Parsing of series from files and from the answers of services.

use gpu_carbon_core::Quality;
use gpu_carbon_feeds::files::{self, FileSeries};
use gpu_carbon_feeds::parse_any_service;

use crate::InputError;
use crate::reading::{Provenance, Reading, signal_of};

/// A series of a file, and what the file says of it.
#[derive(Debug, Clone, PartialEq)]
pub struct FileReading {
    /// The series.
    pub reading: Reading,
    /// The zone of the series, where the file has those of several.
    pub zone: Option<String>,
    /// True where the file says whether its values are marginal or average.
    pub is_signal_stated: bool,
}

/// Parses a file: a CSV with the header `timestamp_utc,gco2_per_kwh`, or a download of a service that [`files`] knows. The name of
/// the file is the source. `signal` is that of values whose signal the file does not state. Of a file with the series of several
/// zones, that of the first of `zones` is taken which the file has.
///
/// # Errors
///
/// When the text is not one series, with the line; when it has several series and none of `zones`; or when its values may be in
/// another unit.
pub fn csv(
    name: &str,
    text: &str,
    signal: &str,
    zones: &[String],
) -> Result<FileReading, InputError> {
    let assumed = signal_of(signal)?;
    let mut found = files::read(text).map_err(|error| {
        let field = error.line().map(|line| format!("line {line}"));
        InputError { field, message: error.to_string() }
    })?;
    let has_several = found.len() > 1;
    if has_several {
        let zone = zones.iter().find(|zone| found.iter().any(|it| is_of(it, zone)));
        let Some(zone) = zone else {
            let names: Vec<_> = found.iter().filter_map(|it| it.metadata.zone.clone()).collect();
            return Err(InputError::new(format!(
                "the file has the series of {} zones, and none of your region's: choose a region in one of {}",
                names.len(),
                names.join(", ")
            )));
        };
        found.retain(|it| is_of(it, zone));
    }
    let Some(FileSeries { series, metadata, quality, doubt }) = found.pop() else {
        return Err(InputError::new("the file has no series"));
    };
    if let Some(doubt) = doubt {
        return Err(InputError::new(doubt));
    }
    let provenance = Provenance {
        signal: metadata.signal.unwrap_or(assumed),
        scope: metadata.scope,
        source: name.to_owned(),
        attribution: metadata.licence,
        quality,
    };
    Ok(FileReading {
        reading: Reading { provenance, series },
        zone: metadata.zone.filter(|_| has_several),
        is_signal_stated: metadata.signal.is_some(),
    })
}

/// Reports whether a series is that of a zone.
fn is_of(series: &FileSeries, zone: &str) -> bool {
    series.metadata.zone.as_deref() == Some(zone)
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
        scope: Some(read.scope()),
        source,
        attribution: Some(read.attribution().to_owned()),
        quality: lowest.unwrap_or(Quality::Estimated),
    };
    Ok(Reading { provenance, series })
}
