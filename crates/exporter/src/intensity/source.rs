//! The sources of intensity: each is a stream of what it knows.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use gpu_carbon_core::{Intensity, Interval, Quality, Series, Signal, Span, Timestamp};
use gpu_carbon_feeds::csv::CsvError;
use gpu_carbon_feeds::pack::PackError;
use gpu_carbon_feeds::{bundled, csv, replay};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::sleep;
use tracing::{info, warn};

use super::live::{self, Live};
use super::watch::Watch;
use super::{Brought, Intensities, Requests};
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
    /// Services that are asked again and again.
    Services(live::Settings),
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
    /// A service's credential is not where it should be.
    #[error(transparent)]
    Credential(#[from] gpu_carbon_fetch::CredentialError),
    /// The task that read was ended.
    #[error("reading was interrupted")]
    Interrupted,
}

const SUCCESS: &str = "success";
const FAILURE: &str = "failure";

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
pub enum Source {
    /// What is recorded, and perhaps read again.
    Recorded(Recorded),
    /// What services tell.
    Services(Services),
}

/// A source that is recorded.
#[derive(Debug)]
pub struct Recorded {
    settings: Settings,
    /// What was read last.
    series: Arc<Series>,
    watch: Option<Watch>,
}

/// Services that tell.
#[derive(Debug)]
pub struct Services {
    names: Vec<&'static str>,
    /// Until they are asked for the first time.
    live: Option<(Live, UnboundedSender<Brought>)>,
    told: UnboundedReceiver<Brought>,
}

impl Source {
    /// Opens a source: what is recorded is read for the first time; services are not asked yet. Energy waits
    /// for prices that are `needed` from a moment on, if any does.
    ///
    /// # Errors
    ///
    /// When there is nothing to read, or it is no series; when a credential is missing.
    pub fn open(
        settings: Settings,
        needed: Option<Timestamp>,
    ) -> Result<(Source, Intensities), SourceError> {
        let (series, watch) = match &settings.kind {
            SourceKind::Services(services) => {
                let live = Live::open(services, settings.signal, needed)?;
                let first = live.intensities();
                let (tell, told) = unbounded_channel();
                let services = Services { names: live.names(), live: Some((live, tell)), told };
                return Ok((Source::Services(services), first));
            }
            SourceKind::Constant(intensity) => (Series::constant(*intensity), None),
            SourceKind::Embedded => (bundled::series()?, None),
            SourceKind::File { path, .. } => {
                let watch = Watch::new(path);
                (read_file(path)?, Some(watch))
            }
        };
        let recorded = Recorded { settings, series: Arc::new(series), watch };
        let replayed = recorded.is_replayed().then(|| replay_onto_today(&recorded.series));
        let first = recorded.intensities(replayed.unwrap_or(Some(Arc::clone(&recorded.series))));
        Ok((Source::Recorded(recorded), first))
    }

    /// The names that metrics use, the preferred first.
    #[must_use]
    pub fn names(&self) -> Vec<&'static str> {
        match self {
            Source::Recorded(recorded) => vec![recorded.name()],
            Source::Services(services) => services.names.clone(),
        }
    }

    /// What it was asked for so far. What can happen stands there with a zero, so that its first time is seen.
    #[must_use]
    pub fn requests(&self) -> Requests {
        let counted = match self {
            Source::Recorded(recorded) => {
                vec![((recorded.name(), SUCCESS), 1), ((recorded.name(), FAILURE), 0)]
            }
            Source::Services(services) => {
                services.names.iter().map(|&name| ((name, SUCCESS), 0)).collect()
            }
        };
        counted.into_iter().collect()
    }

    /// Waits until there is something new, or something went wrong; `None` when nothing will come any more.
    pub async fn next(&mut self) -> Option<Brought> {
        match self {
            Source::Recorded(recorded) => Some(recorded.next().await),
            Source::Services(services) => {
                if let Some((live, tell)) = services.live.take()
                    && let Err(error) = live.start(&tell)
                {
                    warn!(%error, "no thread to ask the services from: the intensity stays unknown");
                }
                services.told.recv().await
            }
        }
    }
}

impl Recorded {
    fn name(&self) -> &'static str {
        match self.settings.kind {
            SourceKind::Constant(_) => "constant",
            SourceKind::Embedded => "embedded",
            SourceKind::File { .. } | SourceKind::Services(_) => "file",
        }
    }

    async fn next(&mut self) -> Brought {
        let changed = self.changed().await;
        let source = self.name();
        match &changed {
            Ok(Intensities { prices: Some(_), .. }) => info!(source, "new intensity"),
            Ok(_) => warn!(source, "no intensity was recorded for this time of the year"),
            Err(error) => warn!(source, %error, "the last good intensity serves on"),
        }
        let outcome = if changed.is_ok() { SUCCESS } else { FAILURE };
        Brought { source, outcome, intensities: changed.ok() }
    }

    /// Waits until there is something new. What takes time is done on another thread than the one that
    /// waits.
    ///
    /// # Errors
    ///
    /// When there is something new, and it is no series. The next call waits for the next change.
    async fn changed(&mut self) -> Result<Intensities, SourceError> {
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
                    (self.series, changed) = (Arc::new(series), true);
                }
            }
            let series = Arc::clone(&self.series);
            if self.is_replayed() && (changed || waited >= REPLAY_PERIOD) {
                let series = elsewhere(move || replay_onto_today(&series)).await?;
                return Ok(self.intensities(series));
            }
            if changed {
                return Ok(self.intensities(Some(series)));
            }
        }
    }

    fn is_replayed(&self) -> bool {
        match self.settings.kind {
            SourceKind::Constant(_) | SourceKind::Services(_) => false,
            SourceKind::Embedded => true,
            SourceKind::File { replay, .. } => replay,
        }
    }

    fn intensities(&self, series: Option<Arc<Series>>) -> Intensities {
        let is_constant = matches!(self.settings.kind, SourceKind::Constant(_));
        let quality = match self.is_replayed() {
            true => Quality::Fallback,
            false if is_constant => Quality::Estimated,
            false => Quality::Measured,
        };
        Intensities::uniform(series, self.settings.signal, self.name(), quality, !is_constant)
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
