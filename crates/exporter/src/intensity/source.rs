//! The sources of intensity: each is a stream of series.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use gpu_carbon_core::{Intensity, Interval, Quality, Series, Signal, Span};
use gpu_carbon_feeds::csv::CsvError;
use gpu_carbon_feeds::pack::PackError;
use gpu_carbon_feeds::{csv, replay, shipped};
use tokio::time::sleep;

use super::Intensities;
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

/// A stream of intensities.
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
    pub fn open(settings: Settings) -> Result<(Source, Intensities), SourceError> {
        let (recorded, watch) = match &settings.kind {
            SourceKind::Constant(intensity) => (Series::constant(*intensity), None),
            SourceKind::Embedded => (shipped::series()?, None),
            SourceKind::File { path, .. } => {
                let watch = Watch::new(path);
                (read_file(path)?, Some(watch))
            }
        };
        let source = Source { settings, recorded: Arc::new(recorded), watch };
        let series = source.is_replayed().then(|| replay_onto_today(&source.recorded));
        let first = source.intensities(series.unwrap_or(Some(Arc::clone(&source.recorded))));
        Ok((source, first))
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

    /// Waits until there is something new. What takes time is done on another thread than the one that
    /// waits.
    ///
    /// # Errors
    ///
    /// When there is something new, and it is no series. The next call waits for the next change.
    pub async fn next(&mut self) -> Result<Intensities, SourceError> {
        let mut waited = Duration::ZERO;
        loop {
            let pause = if self.watch.is_some() { LOOK } else { REPLAY_PERIOD };
            sleep(pause).await;
            waited += pause;
            let mut changed = false;
            if let Some(mut watch) = self.watch.take() {
                let look = move || {
                    let read = watch.has_settled_anew().then(|| read_file(watch.path()));
                    (watch, read)
                };
                let (watch, read) = elsewhere(look).await?;
                self.watch = Some(watch);
                if let Some(series) = read.transpose()? {
                    (self.recorded, changed) = (Arc::new(series), true);
                }
            }
            let recorded = Arc::clone(&self.recorded);
            if self.is_replayed() && (changed || waited >= REPLAY_PERIOD) {
                let series = elsewhere(move || replay_onto_today(&recorded)).await?;
                return Ok(self.intensities(series));
            }
            if changed {
                return Ok(self.intensities(Some(recorded)));
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

    fn intensities(&self, series: Option<Arc<Series>>) -> Intensities {
        let is_constant = matches!(self.settings.kind, SourceKind::Constant(_));
        Intensities {
            series,
            signal: self.settings.signal,
            source: self.name(),
            quality: match self.is_replayed() {
                true => Quality::Fallback,
                false if is_constant => Quality::Estimated,
                false => Quality::Measured,
            },
            timed: !is_constant,
        }
    }
}

async fn elsewhere<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, SourceError> {
    tokio::task::spawn_blocking(work).await.map_err(|_| SourceError::Interrupted)
}

/// `None` where nothing was recorded for this time of the year.
fn replay_onto_today(recorded: &Series) -> Option<Arc<Series>> {
    let now = clock::now();
    let window = Interval::new(now - REPLAY_BACK, now + REPLAY_AHEAD);
    replay::onto(recorded, window).ok().map(Arc::new)
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
