//! The grid's intensity: where it comes from, and the task that keeps it fresh.

pub mod live;
mod source;
mod watch;

use std::collections::BTreeMap;
use std::sync::Arc;

use gpu_carbon_core::{Quality, Series, Signal, Timestamp};

use crate::latest::Latest;
pub use source::{Settings, Source, SourceError, SourceKind};

/// What a source knows: series, and all that a number computed with them must carry.
#[derive(Debug, Clone)]
pub struct Intensities {
    /// Marginal or average.
    pub signal: Signal,
    /// What energy is priced by; `None` where there is nothing yet, or nothing for this time of the year.
    pub prices: Option<Arc<Series>>,
    /// What is shown of a moment. It may be known less well than a price has to be.
    pub shown: Option<Arc<Series>>,
    /// What is foretold, from now on.
    pub ahead: Option<Arc<Series>>,
    /// Whose a value of the series is, and how well it is known: each from its moment to the next one's.
    pub origins: Arc<[Origin]>,
    /// Whether a value is for a time; a constant's is not.
    pub timed: bool,
}

/// Whose a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Origin {
    /// From here on, until the next origin.
    pub from: Timestamp,
    /// The source's name.
    pub source: &'static str,
    /// How well the value is known.
    pub quality: Quality,
}

impl Intensities {
    /// Of a source whose values are all known alike. Energy is priced by what is shown.
    #[must_use]
    pub fn uniform(
        series: Option<Arc<Series>>,
        signal: Signal,
        source: &'static str,
        quality: Quality,
        timed: bool,
    ) -> Intensities {
        Intensities {
            signal,
            prices: series.clone(),
            ahead: series.clone().filter(|_| timed),
            shown: series,
            origins: [Origin { from: Timestamp::FIRST, source, quality }].into(),
            timed,
        }
    }

    /// Whose the value of a moment is; that of the first, where the moment is before all of them.
    #[must_use]
    pub fn origin(&self, moment: Timestamp) -> Option<Origin> {
        let next = self.origins.partition_point(|origin| origin.from <= moment);
        self.origins.get(next.saturating_sub(1)).copied()
    }
}

/// One grid zone, and the intensities that hold in it.
#[derive(Debug, Clone)]
pub struct Grid {
    /// The zone.
    pub zone: Arc<str>,
    /// The last good ones.
    pub intensities: Intensities,
    /// How often a source was asked, by source and outcome.
    pub requests: Requests,
}

/// How often a source was asked, by source and outcome.
pub type Requests = BTreeMap<(&'static str, &'static str), u64>;

/// What a source brings.
#[derive(Debug)]
pub struct Brought {
    /// The source's name.
    pub source: &'static str,
    /// In one word, what came of asking it.
    pub outcome: &'static str,
    /// What is known now; `None` where that is what was known before.
    pub intensities: Option<Intensities>,
}

impl Grid {
    /// With the first intensities of a source, and what it was asked for them.
    #[must_use]
    pub fn new(zone: &str, intensities: Intensities, requests: Requests) -> Grid {
        Grid { zone: zone.into(), intensities, requests }
    }

    /// Takes what a source brought.
    fn updated(&self, brought: Brought) -> Grid {
        let mut grid = self.clone();
        *grid.requests.entry((brought.source, brought.outcome)).or_default() += 1;
        if let Some(intensities) = brought.intensities {
            grid.intensities = intensities;
        }
        grid
    }
}

/// Publishes whatever a source brings, for as long as it brings something.
pub async fn keep_fresh(mut source: Source, board: Arc<Latest<Grid>>) {
    while let Some(brought) = source.next().await {
        board.publish(board.read().updated(brought));
    }
}
