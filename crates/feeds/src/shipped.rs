//! The series that ships with the project, as a core series.

use gpu_carbon_core::{Intensity, Series, SeriesError, Span, Timestamp, UnitError};

use crate::pack::{self, PackError};

/// The shipped file is no series: it was damaged before it was built in.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ShippedError {
    /// It is no pack.
    #[error(transparent)]
    Pack(#[from] PackError),
    /// It holds a value that is no intensity.
    #[error(transparent)]
    Unit(#[from] UnitError),
    /// It holds no value.
    #[error(transparent)]
    Series(#[from] SeriesError),
}

/// PG&E's marginal intensity in 2020, every five minutes: see [`pack::SGIP_PGE_2020`].
///
/// # Errors
///
/// Only when the file was damaged before it was built in; a test rules that out.
pub fn shipped() -> Result<Series, ShippedError> {
    let packed = pack::decode(pack::SGIP_PGE_2020)?;
    let step = Span::from_seconds(packed.step_seconds.into());
    let mut now = Timestamp::from_unix_seconds(packed.start_unix_seconds);
    let mut points = Vec::with_capacity(packed.values_grams_per_kilowatt_hour.len());
    for value in packed.values_grams_per_kilowatt_hour {
        if let Some(grams) = value {
            points.push((now, Intensity::from_grams_per_kilowatt_hour(grams)?));
        }
        now = now + step;
    }
    Ok(Series::with_step(points, step)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_year_is_whole() {
        let series = shipped().unwrap();
        assert_eq!(series.points().len(), 366 * 288);
        assert_eq!(series.step(), Span::FIVE_MINUTES);
        assert_eq!(series.extent().start(), Timestamp::from_unix_seconds(1_577_836_800));
        assert_eq!(series.extent().length(), Span::from_days(366));
    }
}
