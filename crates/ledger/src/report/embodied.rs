//! The figures by which the embodied emissions of a time were computed.

use std::collections::BTreeMap;

use gpu_carbon_core::embodied::EmbodiedBasis;
use gpu_carbon_core::{Interval, Span};

use crate::embodied::parts;
use crate::read_error::ReadError;
use crate::reader::Reader;

/// The time of a GPU in which the same figures were in use.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EmbodiedPart<'a> {
    /// The position of the GPU in [`Reader::gpus`].
    pub gpu: usize,
    /// The figures, with their origins; `None` where the exporter of that time recorded none.
    pub basis: Option<&'a EmbodiedBasis>,
    /// The time between its first and its last row.
    pub time: Interval,
    /// The time for which the GPU was present, in seconds.
    pub seconds: f64,
    /// The share of the GPU's embodied emissions for that time, in grams; `None` where it is unknown.
    pub grams: Option<f64>,
}

/// Reads the figures by which the embodied emissions of a time were computed, ordered by GPU and time. The seconds and the grams add
/// up to those of a [`Report`](super::Report) of that time. Where the figures changed within a row of the ledger, its seconds and
/// grams are divided evenly over its time.
///
/// # Errors
///
/// When the ledger cannot be read.
pub fn embodied_parts(
    reader: &Reader,
    within: Interval,
) -> Result<Vec<EmbodiedPart<'_>>, ReadError> {
    let mut all: BTreeMap<(usize, Option<usize>), EmbodiedPart<'_>> = BTreeMap::new();
    reader.presence_rows(within, |row| {
        let Some(gpu) = reader.gpus().get(row.gpu) else { return };
        let counted = intersection(row.interval, within);
        for (position, time) in parts(&gpu.embodied, counted) {
            let share = match row.interval.length() {
                Span::ZERO => 1.0,
                whole => time.length().as_seconds() / whole.as_seconds(),
            };
            let basis = position.and_then(|position| gpu.embodied.get(position));
            let part = all.entry((row.gpu, position)).or_insert(EmbodiedPart {
                gpu: row.gpu,
                basis: basis.map(|one| &one.basis),
                time,
                seconds: 0.0,
                grams: None,
            });
            let (start, end) = (part.time.start(), part.time.end());
            part.time = Interval::new(start.min(time.start()), end.max(time.end()));
            part.seconds += row.seconds * share;
            if let Some(grams) = row.embodied_grams {
                part.grams = Some(part.grams.unwrap_or_default() + grams * share);
            }
        }
    })?;
    Ok(all.into_values().collect())
}

/// The time that two intervals have in common, which overlap.
fn intersection(one: Interval, other: Interval) -> Interval {
    let start = one.start().max(other.start());
    Interval::new(start, one.end().min(other.end()).max(start))
}
