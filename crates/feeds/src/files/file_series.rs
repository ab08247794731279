//! The series of a file, with its description.

use gpu_carbon_core::{Intensity, Quality, Series, Timestamp};

use super::error::FileError;
use super::plausible::Doubt;
use crate::metadata::Metadata;

/// A series of a file.
#[derive(Debug, Clone, PartialEq)]
pub struct FileSeries {
    /// The values.
    pub series: Series,
    /// The description of the values: what the file's comment lines say, and what its format implies.
    pub metadata: Metadata,
    /// The lowest quality among the values.
    pub quality: Quality,
    /// A reason to doubt that the values are in g/kWh, unless the file confirms it; the series must not be used silently.
    pub doubt: Option<Doubt>,
}

/// A series of values, with what the file says of it before what its format implies.
pub(super) fn series_of(
    points: Vec<(Timestamp, Intensity)>,
    implied: &Metadata,
    stated: &Metadata,
    quality: Quality,
) -> Result<FileSeries, FileError> {
    let series = Series::new(points).map_err(|error| FileError::Series(error.to_string()))?;
    let or = |stated: &Option<String>, implied: &Option<String>| stated.clone().or(implied.clone());
    let metadata = Metadata {
        signal: stated.signal.or(implied.signal),
        scope: stated.scope.or(implied.scope),
        source: or(&stated.source, &implied.source),
        zone: or(&stated.zone, &implied.zone),
        licence: or(&stated.licence, &implied.licence),
        estimated_share: stated.estimated_share.or(implied.estimated_share),
        unit: stated.unit.or(implied.unit),
        offset_seconds: None,
    };
    Ok(FileSeries { series, metadata, quality, doubt: None })
}
