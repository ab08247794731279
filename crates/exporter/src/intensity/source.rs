//! The sources of intensity. Each is a stream of updates.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use gpu_carbon_core::{Intensity, Interval, Quality, Scope, Series, Signal, Span, Timestamp};
use gpu_carbon_feeds::bundled::BundledSeries;
use gpu_carbon_feeds::pack::PackError;
use gpu_carbon_feeds::replay;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::sleep;
use tracing::{info, warn};

use super::grid::{Grid, RequestKind, Requests, SourceUpdate};
use super::intensities::Intensities;
use super::live::{self, LiveServices};
use super::series_file::{FileSeries, SeriesFile};
use super::source_error::SourceError;
use crate::clock;
use crate::latest::Latest;
use crate::logging::occurrences_to_log;

/// The settings of the intensity.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// The name of the grid zone.
    pub zone: String,
    /// The signal, marginal or average.
    pub signal: Signal,
    /// The scope of a file or a constant; `None` where the configuration does not say it.
    pub scope: Option<Scope>,
    /// The source of the values.
    pub kind: SourceKind,
    /// The choice of the sources in words, where it follows from a cloud region.
    pub choice: Option<String>,
}

impl Settings {
    /// The services with their zones, as the ledger records them.
    #[must_use]
    pub fn service_zones(&self) -> Vec<ServiceZone> {
        match &self.kind {
            SourceKind::Services(settings) => settings
                .services
                .iter()
                .map(|service| ServiceZone { service: service.name(), zone: service.zone() })
                .collect(),
            _ => Vec::new(),
        }
    }
}

/// A service, and the zone whose intensities it provides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceZone {
    /// The name of the service, in one word.
    pub service: &'static str,
    /// The zone, by the service's name.
    pub zone: String,
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

const SUCCESS: &str = "success";
const FAILURE: &str = "failure";

/// The time between two checks of a file.
const CHECK_PERIOD: Duration = Duration::from_secs(1);

/// The time back that a replayed year covers, for pending energy.
const REPLAY_BACK: Span = Span::from_days(33);
/// The time ahead that a replayed year covers.
const REPLAY_AHEAD: Span = Span::from_days(3);
/// The time after which a replayed year is mapped again.
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
    recording: Recording,
    /// The scope of the series; `None` where it is unknown.
    scope: Option<Scope>,
    file: Option<SeriesFile>,
}

/// The values of a recorded series.
#[derive(Debug, Clone)]
enum Recording {
    /// The series as it was read last.
    Read(Arc<Series>),
    /// The series of the program, which is decoded when it is needed: stored, its year would take more memory than all else.
    Embedded,
}

/// The series that the exporter embeds. It is a constant, so that no other one is part of the program.
const EMBEDDED: BundledSeries = BundledSeries::SgipPge2020;

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
        if let Some(choice) = &settings.choice {
            info!("{choice}");
        }
        let configured = settings.scope;
        let (recording, scope, file) = match &settings.kind {
            SourceKind::Services(services) => {
                services.log_scopes();
                let live = LiveServices::open(services, settings.signal, needed_since)?;
                let (first, names) = (live.intensities(), live.names());
                let (sender, updates) = unbounded_channel();
                let not_started = Some(NotStarted { live, sender });
                let services = Services { names, not_started, updates };
                return Ok((Source::Services(services), first));
            }
            SourceKind::Constant(intensity) => {
                (Recording::of(Series::constant(*intensity)), configured, None)
            }
            SourceKind::Embedded => (Recording::Embedded, Some(EMBEDDED.scope()), None),
            SourceKind::File { path, .. } => {
                let (file, read) = SeriesFile::open(path, settings.signal, configured)?;
                let FileSeries { series, scope } = read;
                (Recording::of(series), scope, Some(file))
            }
        };
        let recorded = Recorded { settings, recording, scope, file };
        let first = recorded.recording.clone().in_force(recorded.is_replayed())?;
        let first = recorded.intensities(first);
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
        let kind = match &changed {
            Ok(Intensities { converting: Some(_), .. }) => SUCCESS,
            Ok(_) => "no_value",
            Err(_) => FAILURE,
        };
        if let Some(times) = occurrences_to_log(source, kind) {
            match &changed {
                Ok(Intensities { converting: Some(_), .. }) => {
                    info!(source, times, "new intensity")
                }
                Ok(_) => {
                    warn!(source, times, "no intensity was recorded for this time of the year")
                }
                Err(error) => warn!(source, times, %error, "the last good intensity stays in use"),
            }
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
                if let Some(FileSeries { series, scope }) = read.transpose()? {
                    (self.recording, self.scope, changed) = (Recording::of(series), scope, true);
                }
            }
            let is_replayed = self.is_replayed();
            if changed || (is_replayed && waited >= REPLAY_PERIOD) {
                let recording = self.recording.clone();
                let series = on_blocking_thread(move || recording.in_force(is_replayed)).await??;
                return Ok(self.intensities(series));
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
        let (signal, source) = (self.settings.signal, self.name());
        let intensities = Intensities::uniform(series, signal, source, quality, !is_constant);
        Intensities { scope: self.scope, ..intensities }
    }
}

async fn on_blocking_thread<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, SourceError> {
    tokio::task::spawn_blocking(work).await.map_err(|_| SourceError::Interrupted)
}

impl Recording {
    fn of(series: Series) -> Recording {
        Recording::Read(Arc::new(series))
    }

    /// The series that holds now: the recorded one, or the same mapped onto today. `None` if it has no value for this time of
    /// the year.
    ///
    /// # Errors
    ///
    /// When the bundled series is damaged.
    fn in_force(self, is_replayed: bool) -> Result<Option<Arc<Series>>, PackError> {
        let now = clock::now();
        let window = Interval::new(now - REPLAY_BACK, now + REPLAY_AHEAD);
        let replayed = match self {
            Recording::Read(series) if !is_replayed => return Ok(Some(series)),
            Recording::Read(series) => replay::onto(&series, window),
            Recording::Embedded => match EMBEDDED.replayed_onto(window) {
                Err(PackError::Series(empty)) => Err(empty),
                decoded => Ok(decoded?),
            },
        };
        Ok(replayed.ok().map(Arc::new))
    }
}

/// Publishes the updates of a source until it has no more.
pub async fn publish_updates(mut source: Source, board: Arc<Latest<Grid>>) {
    while let Some(update) = source.next().await {
        board.publish(board.read().updated(update));
    }
}
