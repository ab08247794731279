//! The sources of intensity: each is a stream of series.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use gpu_carbon_core::{Intensity, Interval, Quality, Series, Signal, Span, Timestamp};
use gpu_carbon_feeds::csv::CsvError;
use gpu_carbon_feeds::pack::PackError;
use gpu_carbon_feeds::{csv, replay, shipped};
use tokio::time::sleep;

use super::Grid;
use super::watch::Watch;
use crate::clock;

/// What to price by.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// The grid zone, as the operator calls it.
    pub zone: String,
    /// Which question the values answer.
    pub signal: Signal,
    /// Where they come from.
    pub kind: SourceKind,
}

/// Where intensities come from.
#[derive(Debug, Clone, PartialEq)]
pub enum SourceKind {
    /// One value for all time.
    Constant(Intensity),
    /// The series that ships with the program, replayed onto today.
    Embedded,
    /// A CSV file, read again when it changes.
    File {
        /// Where it is.
        path: PathBuf,
        /// Whether it is mapped onto today by the time of year.
        replay: bool,
    },
}

/// No series could be had.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// The file cannot be read.
    #[error("{}: {error}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// The file is too large to be a series.
    #[error("{}: {bytes} bytes, and a series may have {MOST_BYTES}", path.display())]
    Size {
        /// The file.
        path: PathBuf,
        /// Its length.
        bytes: u64,
    },
    /// The file is no series.
    #[error("{}: {error}", path.display())]
    Csv {
        /// The file.
        path: PathBuf,
        /// What is wrong, and where.
        error: CsvError,
    },
    /// The shipped series is damaged.
    #[error("the shipped series: {0}")]
    Shipped(#[from] PackError),
    /// The task that read was ended.
    #[error("reading was interrupted")]
    Interrupted,
}

/// Thirty years of five-minute rows.
const MOST_BYTES: u64 = 128 * 1024 * 1024;

/// Between two looks at a file.
const LOOK: Duration = Duration::from_secs(1);

/// A replayed series reaches so far back, for energy that waits for its price, ...
const REPLAY_BACK: Span = Span::from_days(33);
/// ... and so far ahead, ...
const REPLAY_AHEAD: Span = Span::from_days(3);
/// ... and is moved on this often.
const REPLAY_PERIOD: Duration = Duration::from_secs(3600);

/// A stream of series.
#[derive(Debug)]
pub struct Source {
    settings: Settings,
    /// What was read last.
    recorded: Arc<Series>,
    watch: Option<Watch>,
}

impl Source {
    /// Opens a source, and reads it for the first time.
    ///
    /// # Errors
    ///
    /// When there is nothing to read, or it is no series.
    pub fn open(settings: Settings) -> Result<(Source, Grid), SourceError> {
        let (recorded, watch) = match &settings.kind {
            SourceKind::Constant(intensity) => (Series::constant(*intensity), None),
            SourceKind::Embedded => (shipped::series()?, None),
            SourceKind::File { path, .. } => {
                let watch = Watch::new(path);
                (read_file(path)?, Some(watch))
            }
        };
        let source = Source { settings, recorded: Arc::new(recorded), watch };
        let grid = Grid {
            series: source.series(clock::now()),
            zone: Arc::from(source.settings.zone.as_str()),
            signal: source.settings.signal,
            source: source.name(),
            quality: source.quality(),
            timed: !matches!(source.settings.kind, SourceKind::Constant(_)),
            requests: [("success", 1), ("failure", 0)],
        };
        Ok((source, grid))
    }

    /// The name that metrics use.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self.settings.kind {
            SourceKind::Constant(_) => "constant",
            SourceKind::Embedded => "embedded",
            SourceKind::File { .. } => "file",
        }
    }

    /// Waits until there is something new. Nothing is read on the thread that waits.
    ///
    /// # Errors
    ///
    /// When there is something new, and it is no series. The next call waits for the next change.
    pub async fn next(&mut self) -> Result<Option<Arc<Series>>, SourceError> {
        let mut waited = Duration::ZERO;
        loop {
            if self.is_replayed() && waited >= REPLAY_PERIOD {
                return Ok(self.series(clock::now()));
            }
            let Some(watch) = &self.watch else {
                sleep(REPLAY_PERIOD).await;
                waited = REPLAY_PERIOD;
                continue;
            };
            sleep(LOOK).await;
            waited += LOOK;
            let mut watch = watch.clone();
            let look = move || {
                let read = watch.has_settled_anew().then(|| read_file(watch.path()));
                (watch, read.transpose())
            };
            let (watch, read) =
                tokio::task::spawn_blocking(look).await.map_err(|_| SourceError::Interrupted)?;
            self.watch = Some(watch);
            if let Some(series) = read? {
                self.recorded = Arc::new(series);
                return Ok(self.series(clock::now()));
            }
        }
    }

    fn is_replayed(&self) -> bool {
        match self.settings.kind {
            SourceKind::Constant(_) => false,
            SourceKind::Embedded => true,
            SourceKind::File { replay, .. } => replay,
        }
    }

    fn quality(&self) -> Quality {
        match self.settings.kind {
            SourceKind::Constant(_) => Quality::Estimated,
            _ if self.is_replayed() => Quality::Fallback,
            _ => Quality::Measured,
        }
    }

    fn series(&self, now: Timestamp) -> Option<Arc<Series>> {
        if self.is_replayed() {
            let window = Interval::new(now - REPLAY_BACK, now + REPLAY_AHEAD);
            replay::onto(&self.recorded, window).ok().map(Arc::new)
        } else {
            Some(Arc::clone(&self.recorded))
        }
    }
}

fn read_file(path: &Path) -> Result<Series, SourceError> {
    let failed = |error| SourceError::Read { path: path.to_owned(), error };
    let bytes = std::fs::metadata(path).map_err(failed)?.len();
    if bytes > MOST_BYTES {
        return Err(SourceError::Size { path: path.to_owned(), bytes });
    }
    let text = std::fs::read_to_string(path).map_err(failed)?;
    csv::parse(&text).map_err(|error| SourceError::Csv { path: path.to_owned(), error })
}
