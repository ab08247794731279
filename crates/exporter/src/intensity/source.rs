//! The sources of intensity. Each is a stream of updates.

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

use super::grid::{Grid, RequestKind, Requests, SourceUpdate};
use super::intensities::Intensities;
use super::live::{self, LiveServices};
use crate::clock;
use crate::file_watch::{Change, FileWatch};
use crate::latest::Latest;

/// The settings of the intensity.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// The name of the grid zone.
    pub zone: String,
    /// The signal, marginal or average.
    pub signal: Signal,
    /// The source of the values.
    pub kind: SourceKind,
}

/// A source of intensities.
#[derive(Debug, Clone, PartialEq)]
pub enum SourceKind {
    /// One value for all times.
    Constant(Intensity),
    /// The bundled series, replayed onto today.
    Embedded,
    /// A CSV file, read again when it changes.
    File {
        /// The path of the file.
        path: PathBuf,
        /// `true` if its values are mapped onto today by the time of the year.
        replay: bool,
    },
    /// Services that are polled.
    Services(live::Settings),
}

/// An error of a source: it has no series.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// The file cannot be read.
    #[error("{}: {error}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The reason.
        error: std::io::Error,
    },
    /// The file is too large to be a series.
    #[error("{}: {bytes} bytes, and a series may have at most {MOST_BYTES}", path.display())]
    Size {
        /// The file.
        path: PathBuf,
        /// The length of the file.
        bytes: u64,
    },
    /// The file does not hold a series.
    #[error("{}: {error}", path.display())]
    Csv {
        /// The file.
        path: PathBuf,
        /// The error and its line.
        error: CsvError,
    },
    /// The bundled series is damaged.
    #[error("the bundled series: {0}")]
    Bundled(#[from] PackError),
    /// A credential of a service cannot be read.
    #[error(transparent)]
    Credential(#[from] gpu_carbon_fetch::CredentialError),
    /// The task that read the file was cancelled.
    #[error("reading was interrupted")]
    Interrupted,
}

const SUCCESS: &str = "success";
const FAILURE: &str = "failure";

/// The largest file that is read: thirty years of five-minute rows.
const MOST_BYTES: u64 = 128 * 1024 * 1024;

/// The time between two checks of a file.
const CHECK_PERIOD: Duration = Duration::from_secs(1);

/// The time back that a replayed series covers, for pending energy ...
const REPLAY_BACK: Span = Span::from_days(33);
/// ... the time ahead that it covers ...
const REPLAY_AHEAD: Span = Span::from_days(3);
/// ... and the time after which it is mapped again.
const REPLAY_PERIOD: Duration = Duration::from_secs(3600);

/// A stream of updates of the intensities.
#[derive(Debug)]
pub enum Source {
    /// A recorded series, which is read again if it is a file.
    Recorded(Recorded),
    /// Services that are polled.
    Services(Services),
}

/// A recorded series.
#[derive(Debug)]
pub struct Recorded {
    settings: Settings,
    /// The series as it was read last.
    series: Arc<Series>,
    file: Option<WatchedFile>,
}

/// Services that are polled.
#[derive(Debug)]
pub struct Services {
    names: Vec<&'static str>,
    /// The services, until their threads are started.
    not_started: Option<NotStarted>,
    updates: UnboundedReceiver<SourceUpdate>,
}

impl Source {
    /// Opens a source and returns its first intensities. A recorded series is read; services are not queried yet.
    /// Pending energy of the ledger needs intensities from `needed_since` on.
    ///
    /// # Errors
    ///
    /// When a file cannot be read or holds no series, and when a credential is missing.
    pub fn open(
        settings: Settings,
        needed_since: Option<Timestamp>,
    ) -> Result<(Source, Intensities), SourceError> {
        let (series, file) = match &settings.kind {
            SourceKind::Services(services) => {
                let live = LiveServices::open(services, settings.signal, needed_since)?;
                let (first, names) = (live.intensities(), live.names());
                let (sender, updates) = unbounded_channel();
                let not_started = Some(NotStarted { live, sender });
                let services = Services { names, not_started, updates };
                return Ok((Source::Services(services), first));
            }
            SourceKind::Constant(intensity) => (Series::constant(*intensity), None),
            SourceKind::Embedded => (bundled::series()?, None),
            SourceKind::File { path, .. } => {
                let file =
                    WatchedFile { path: path.clone(), watch: FileWatch::new(vec![path.clone()]) };
                (read_file(path)?, Some(file))
            }
        };
        let recorded = Recorded { settings, series: Arc::new(series), file };
        let replayed = recorded.is_replayed().then(|| replay_onto_today(&recorded.series));
        let first = recorded.intensities(replayed.unwrap_or(Some(Arc::clone(&recorded.series))));
        Ok((Source::Recorded(recorded), first))
    }

    /// The names of the sources in metrics, the preferred one first.
    #[must_use]
    pub fn names(&self) -> Vec<&'static str> {
        match self {
            Source::Recorded(recorded) => vec![recorded.name()],
            Source::Services(services) => services.names.clone(),
        }
    }

    /// The requests of the opening. An outcome that can follow is there with a zero, so that its first occurrence is
    /// an increase.
    #[must_use]
    pub fn requests(&self) -> Requests {
        let counted = match self {
            Source::Recorded(recorded) => {
                let source = recorded.name();
                vec![
                    (RequestKind { source, outcome: SUCCESS }, 1),
                    (RequestKind { source, outcome: FAILURE }, 0),
                ]
            }
            Source::Services(services) => {
                let kind = |&source: &&'static str| RequestKind { source, outcome: SUCCESS };
                services.names.iter().map(|source| (kind(source), 0)).collect()
            }
        };
        counted.into_iter().collect()
    }

    /// Waits for the next update, which may be a failure; `None` after the last one.
    pub async fn next(&mut self) -> Option<SourceUpdate> {
        match self {
            Source::Recorded(recorded) => Some(recorded.next().await),
            Source::Services(services) => {
                if let Some(NotStarted { live, sender }) = services.not_started.take()
                    && let Err(error) = live.start(&sender)
                {
                    warn!(%error, "no thread could be started to query the services: the intensity stays unknown");
                }
                services.updates.recv().await
            }
        }
    }
}

/// Services whose threads are not started yet, with the sender of their updates.
#[derive(Debug)]
struct NotStarted {
    live: LiveServices,
    sender: UnboundedSender<SourceUpdate>,
}

/// A file that is read again when it has changed.
#[derive(Debug)]
struct WatchedFile {
    path: PathBuf,
    watch: FileWatch,
}

impl WatchedFile {
    /// The new series, if the file has changed and the change has settled. A missing file is no change.
    fn read_if_changed(&mut self) -> Option<Result<Series, SourceError>> {
        match self.watch.check() {
            Change::None | Change::Unsettled | Change::Missing => None,
            Change::Settled => {
                self.watch.mark_read();
                Some(read_file(&self.path))
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

    async fn next(&mut self) -> SourceUpdate {
        let changed = self.changed().await;
        let source = self.name();
        match &changed {
            Ok(Intensities { converting: Some(_), .. }) => info!(source, "new intensity"),
            Ok(_) => warn!(source, "no intensity was recorded for this time of the year"),
            Err(error) => warn!(source, %error, "the last good intensity stays in use"),
        }
        let outcome = if changed.is_ok() { SUCCESS } else { FAILURE };
        SourceUpdate { source, outcome, intensities: changed.ok() }
    }

    /// Waits for a change. Files are read on another thread than the one that waits.
    ///
    /// # Errors
    ///
    /// When the changed file holds no series. The next call waits for the next change.
    async fn changed(&mut self) -> Result<Intensities, SourceError> {
        let mut waited = Duration::ZERO;
        loop {
            let pause = if self.file.is_some() { CHECK_PERIOD } else { REPLAY_PERIOD };
            sleep(pause).await;
            waited += pause;
            let mut changed = false;
            if let Some(mut file) = self.file.take() {
                let check = move || {
                    let read = file.read_if_changed();
                    (file, read)
                };
                let (file, read) = on_blocking_thread(check).await?;
                self.file = Some(file);
                if let Some(series) = read.transpose()? {
                    (self.series, changed) = (Arc::new(series), true);
                }
            }
            let series = Arc::clone(&self.series);
            if self.is_replayed() && (changed || waited >= REPLAY_PERIOD) {
                let series = on_blocking_thread(move || replay_onto_today(&series)).await?;
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

async fn on_blocking_thread<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, SourceError> {
    tokio::task::spawn_blocking(work).await.map_err(|_| SourceError::Interrupted)
}

/// The recorded series mapped onto today; `None` if it has no value for this time of the year.
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

/// Publishes the updates of a source until it has no more.
pub async fn publish_updates(mut source: Source, board: Arc<Latest<Grid>>) {
    while let Some(update) = source.next().await {
        board.publish(board.read().updated(update));
    }
}
