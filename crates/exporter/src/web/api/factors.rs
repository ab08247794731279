//! The factors that every answer has: the zone, the signal, the scope, the source, the quality and the age of its values.

use gpu_carbon_feeds::rfc3339;
use serde::Serialize;

use crate::snapshot::Snapshot;

/// The factors of an answer.
#[derive(Debug, Serialize)]
pub(super) struct Factors<'a> {
    grid_zone: &'a str,
    signal: &'static str,
    /// The scope of the present value; `None` where it is unknown.
    scope: Option<&'static str>,
    /// The source of the present value; `None` where no value covers the present.
    source: Option<&'static str>,
    quality: Option<&'static str>,
    /// The time of the answer.
    time: String,
    /// The start of the newest value that converts energy; `None` for a constant, or where there is none.
    latest_value_start: Option<String>,
    /// The time since then.
    age_seconds: Option<f64>,
}

impl Factors<'_> {
    /// The factors at the time of a snapshot.
    pub(super) fn of(snapshot: &Snapshot) -> Factors<'_> {
        let grid = &snapshot.grid;
        let source = grid.current.map(|current| current.source);
        let scope =
            source.and_then(|source| grid.sources.iter().find(|it| it.source == source)?.scope);
        let latest = grid.latest_value.map(|latest| latest.valid_from);
        Factors {
            grid_zone: &grid.zone,
            signal: grid.signal.name(),
            scope: scope.map(|scope| scope.name()),
            source,
            quality: grid.current.map(|current| current.quality.name()),
            time: rfc3339::format(snapshot.at),
            latest_value_start: latest.map(rfc3339::format),
            age_seconds: latest.map(|start| snapshot.at.duration_since(start).as_seconds()),
        }
    }
}
