//! The carbon intensity now.

use serde::Serialize;

use super::error::ApiError;
use super::factors::Factors;
use crate::snapshot::Snapshot;

/// The carbon intensity now, beside the configured threshold.
#[derive(Debug, Serialize)]
pub(super) struct IntensityDocument<'a> {
    #[serde(flatten)]
    factors: Factors<'a>,
    grams_per_kilowatt_hour: f64,
    /// The intensity from which the grid counts as dirty.
    threshold_grams_per_kilowatt_hour: f64,
    is_below_threshold: bool,
}

/// The intensity at the time of a snapshot.
///
/// # Errors
///
/// Where no value covers the present.
pub(super) fn document(snapshot: &Snapshot) -> Result<IntensityDocument<'_>, ApiError> {
    let grid = &snapshot.grid;
    let current = grid.current.ok_or_else(|| {
        let zone = &grid.zone;
        ApiError::unknown(format!("no value of the intensity of {zone} covers the present"))
    })?;
    Ok(IntensityDocument {
        factors: Factors::of(snapshot),
        grams_per_kilowatt_hour: current.intensity.as_grams_per_kilowatt_hour(),
        threshold_grams_per_kilowatt_hour: grid.threshold.as_grams_per_kilowatt_hour(),
        is_below_threshold: current.intensity < grid.threshold,
    })
}
