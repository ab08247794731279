//! The grid zone with its intensities, and the updates that change it.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::intensities::Intensities;

/// A grid zone and its intensities.
#[derive(Debug, Clone)]
pub struct Grid {
    /// The zone.
    pub zone: Arc<str>,
    /// The last good intensities.
    pub intensities: Intensities,
    /// The requests to the sources.
    pub requests: Requests,
}

/// The number of requests by source and outcome.
pub type Requests = BTreeMap<RequestKind, u64>;

/// The source and the outcome of requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct RequestKind {
    /// The name of the source.
    pub source: &'static str,
    /// The outcome in one word.
    pub outcome: &'static str,
}

/// An update from a source.
#[derive(Debug)]
pub struct SourceUpdate {
    /// The name of the source.
    pub source: &'static str,
    /// The outcome of the request in one word.
    pub outcome: &'static str,
    /// The new intensities; `None` if the earlier ones stay.
    pub intensities: Option<Intensities>,
}

impl Grid {
    /// A grid with the first intensities of its source, and the requests for them.
    #[must_use]
    pub fn new(zone: &str, intensities: Intensities, requests: Requests) -> Grid {
        Grid { zone: zone.into(), intensities, requests }
    }

    /// The grid after an update.
    pub(super) fn updated(&self, update: SourceUpdate) -> Grid {
        let mut grid = self.clone();
        let kind = RequestKind { source: update.source, outcome: update.outcome };
        *grid.requests.entry(kind).or_default() += 1;
        if let Some(intensities) = update.intensities {
            grid.intensities = intensities;
        }
        grid
    }
}
