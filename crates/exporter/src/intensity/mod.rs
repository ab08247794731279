//! The grid's intensity: where it comes from, and the task that keeps it fresh.

mod source;
mod watch;

use std::sync::Arc;

use gpu_carbon_core::{Quality, Series, Signal};
use tracing::{info, warn};

use crate::snapshot::Board;
pub use source::{Settings, Source, SourceError, SourceKind};

/// What a source brings: a series, and all that a number computed with it must carry. A source is a
/// stream of these.
#[derive(Debug, Clone)]
pub struct Intensities {
    /// The intensity over time; `None` where nothing was recorded for this time of the year.
    pub series: Option<Arc<Series>>,
    /// Marginal or average.
    pub signal: Signal,
    /// The source's name.
    pub source: &'static str,
    /// How well the values are known.
    pub quality: Quality,
    /// Whether a value is for a time; a constant's is not.
    pub timed: bool,
}

/// One grid zone, and the intensities that hold in it.
#[derive(Debug, Clone)]
pub struct Grid {
    /// The zone.
    pub zone: Arc<str>,
    /// The last good ones.
    pub intensities: Intensities,
    /// Requests to the source: those that brought data, and those that failed.
    pub requests: [(&'static str, u64); 2],
}

impl Grid {
    /// With the first intensities of a source.
    #[must_use]
    pub fn new(zone: &str, intensities: Intensities) -> Grid {
        Grid { zone: zone.into(), intensities, requests: [("success", 1), ("failure", 0)] }
    }

    /// Takes what a source brought.
    fn updated(&self, brought: Result<Intensities, SourceError>) -> Grid {
        let mut grid = self.clone();
        let [success, failure] = &mut grid.requests;
        match brought {
            Ok(intensities) => {
                success.1 += 1;
                grid.intensities = intensities;
            }
            Err(_) => failure.1 += 1,
        }
        grid
    }
}

/// Publishes whatever a source brings, for as long as the process runs.
pub async fn keep_fresh(mut source: Source, board: Arc<Board<Grid>>) {
    loop {
        let brought = source.next().await;
        let name = source.name();
        match &brought {
            Ok(Intensities { series: Some(_), .. }) => info!(source = name, "new intensity"),
            Ok(_) => warn!(source = name, "no intensity was recorded for this time of the year"),
            Err(error) => warn!(source = name, %error, "the last good intensity serves on"),
        }
        board.publish(board.read().updated(brought));
    }
}
