//! The grid's intensity: where it comes from, and the task that keeps it fresh.

mod source;
mod watch;

use std::sync::Arc;

use gpu_carbon_core::{Quality, Series, Signal};
use tracing::{info, warn};

use crate::snapshot::Board;
pub use source::{Settings, Source, SourceError, SourceKind};

/// The intensity of one grid zone, and all that a number computed with it must carry.
#[derive(Debug, Clone)]
pub struct Grid {
    /// The intensity over time; `None` while there is none.
    pub series: Option<Arc<Series>>,
    /// The zone.
    pub zone: Arc<str>,
    /// Marginal or average.
    pub signal: Signal,
    /// The source's name.
    pub source: &'static str,
    /// How well the values are known.
    pub quality: Quality,
    /// Whether a value is for a time; a constant's is not.
    pub timed: bool,
    /// Requests to the source: those that brought data, and those that failed.
    pub requests: [(&'static str, u64); 2],
}

impl Grid {
    /// Takes what a source brought.
    fn updated(&self, brought: Result<Option<Arc<Series>>, SourceError>) -> Grid {
        let mut grid = self.clone();
        let [success, failure] = &mut grid.requests;
        match brought {
            Ok(series) => {
                success.1 += 1;
                if series.is_none() {
                    warn!(source = grid.source, "no intensity for this time of the year");
                }
                grid.series = series;
            }
            Err(error) => {
                failure.1 += 1;
                warn!(source = grid.source, %error, "the last good intensity serves on");
            }
        }
        grid
    }
}

/// Publishes whatever a source brings, for as long as the process runs.
pub async fn keep_fresh(mut source: Source, board: Arc<Board<Grid>>) {
    loop {
        let brought = source.next().await;
        if brought.is_ok() {
            info!(source = source.name(), "new intensity");
        }
        board.publish(board.read().updated(brought));
    }
}
