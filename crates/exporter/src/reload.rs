//! The reload of the configuration while the exporter runs: all of it is applied, or nothing.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::Sender;

use gpu_carbon_core::Timestamp;
use tokio::sync::oneshot;
use tokio::task::{JoinError, JoinHandle};
use tracing::{info, warn};

use crate::accounting::{Configuration, Message};
use crate::args::Args;
use crate::config::{Config, ConfigError};
use crate::intensity::{Grid, Intensities, Source, SourceError, publish_updates};
use crate::latest::Latest;
use crate::logging::occurrences_to_log;
use crate::sampler;

/// An error that leaves the configuration in force as it is.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReloadError {
    /// The file cannot be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The intensity that it names cannot be used.
    #[error("{}: intensity: {error}", config.display())]
    Intensity {
        /// The file.
        config: PathBuf,
        /// The error.
        error: SourceError,
    },
    /// Keys have changed that only a restart changes.
    #[error("{}: {}: only a restart changes this", config.display(), keys.join(", "))]
    Restart {
        /// The file.
        config: PathBuf,
        /// The keys.
        keys: Vec<&'static str>,
    },
    /// The task that read the files was cancelled.
    #[error("reading was interrupted")]
    Interrupted(#[from] JoinError),
}

/// The parts of the exporter that a configuration changes, and the configuration in force.
#[derive(Debug)]
pub(crate) struct Reloader {
    pub(crate) args: Args,
    pub(crate) config: Config,
    pub(crate) accounting: Sender<Message>,
    pub(crate) sampler: sampler::Control,
    pub(crate) grid: Arc<Latest<Grid>>,
    /// The task that publishes the updates of the source of intensity.
    pub(crate) updates: JoinHandle<()>,
    /// The outcome of the last reload: its error, or an empty text.
    pub(crate) last_outcome: Option<String>,
}

impl Reloader {
    /// Reads the configuration again, and applies it if all of it can be applied.
    ///
    /// # Errors
    ///
    /// The reason why the configuration in force stays.
    pub(crate) async fn reload(&mut self) -> Result<(), ReloadError> {
        let reloaded = self.try_reload().await;
        let file = self.args.config_file.display();
        let (outcome, kind) = match &reloaded {
            Ok(()) => (String::new(), "success"),
            Err(error) => (error.to_string(), "failure"),
        };
        let times = occurrences_to_log("configuration", kind);
        // Another outcome than the last one is always logged.
        let is_new = self.last_outcome.as_ref() != Some(&outcome);
        if let Some(times) = times.or(is_new.then_some(1)) {
            match &reloaded {
                Ok(()) => info!(%file, times, "the configuration was read again, and is in force"),
                Err(error) => warn!(%error, times, "the configuration in force stays"),
            }
        }
        self.last_outcome = Some(outcome);
        let is_successful = reloaded.is_ok();
        // No one receives while the process ends.
        let _ = self.accounting.send(Message::ConfigRead { is_successful });
        reloaded
    }

    async fn try_reload(&mut self) -> Result<(), ReloadError> {
        let args = self.args.clone();
        let mut new = tokio::task::spawn_blocking(move || {
            Config::read(&args.config_file, &args.nvml_library)
        })
        .await??;
        new.sampling.kernel = self.args.kernel_files();
        let keys = keys_of_a_restart(&self.config, &new);
        if !keys.is_empty() {
            return Err(ReloadError::Restart { config: self.args.config_file.clone(), keys });
        }
        let opened = if new.intensity == self.config.intensity {
            None
        } else {
            Some(self.open_source(&new).await?)
        };
        // Nothing from here on can fail.
        if let Some((source, intensities)) = opened {
            self.updates.abort();
            let mut requests = self.grid.read().requests.clone();
            for (kind, count) in source.requests() {
                *requests.entry(kind).or_default() += count;
            }
            self.grid.publish(Grid::new(&new.intensity.zone, intensities, requests));
            self.updates = tokio::spawn(publish_updates(source, Arc::clone(&self.grid)));
        }
        let configuration = Configuration {
            accounting: new.accounting.clone(),
            commit_period: new.ledger.as_ref().map(|ledger| ledger.commit_period),
            counter_period: new.sampling.counter_period,
        };
        // No one receives while the process ends.
        let _ = self.accounting.send(Message::Configure(Box::new(configuration)));
        if new.sampling != self.config.sampling {
            self.sampler.configure(new.sampling.clone());
        }
        self.config = new;
        Ok(())
    }

    /// Opens the source of a configuration, with the history that pending energy needs.
    async fn open_source(&self, new: &Config) -> Result<(Source, Intensities), ReloadError> {
        let needed_since = match new.ledger {
            Some(_) => self.pending_since().await,
            None => None,
        };
        let settings = new.intensity.clone();
        let open = move || Source::open(settings, needed_since);
        let opened = tokio::task::spawn_blocking(open).await?;
        let config = || self.args.config_file.clone();
        opened.map_err(|error| ReloadError::Intensity { config: config(), error })
    }

    async fn pending_since(&self) -> Option<Timestamp> {
        let (reply, answer) = oneshot::channel();
        self.accounting.send(Message::PendingSince(reply)).ok()?;
        answer.await.ok()?
    }
}

/// The keys that differ, and that only a restart changes.
fn keys_of_a_restart(old: &Config, new: &Config) -> Vec<&'static str> {
    let path = |config: &Config| config.ledger.as_ref().map(|ledger| ledger.path.clone());
    let retention = |config: &Config| config.ledger.as_ref().map(|ledger| ledger.retention);
    let forgets = |config: &Config| config.ledger.as_ref()?.forget_workloads_after;
    let has_same_ledger = path(old) == path(new);
    let [old_ages, new_ages] =
        [old, new].map(|it| retention(it).map(|ages| (ages.hours_after(), ages.days_after())));
    let ages_differ =
        |part: fn((gpu_carbon_core::Span, gpu_carbon_core::Span)) -> gpu_carbon_core::Span| {
            has_same_ledger && old_ages.map(part) != new_ages.map(part)
        };
    // The ledger holds pending energy by zone.
    let has_other_zone = new.ledger.is_some() && old.intensity.zone != new.intensity.zone;
    let [old_zones, new_zones] = [old, new].map(|config| config.intensity.service_zones());
    let has_moved = new_zones
        .iter()
        .any(|new| old_zones.iter().any(|old| old.service == new.service && old.zone != new.zone));
    let differences = [
        ("intensity.zone, with a ledger", new.ledger.is_some() && has_moved),
        ("intensity.signal", old.intensity.signal != new.intensity.signal),
        ("grid_zone, which follows the source unless it is set, with a ledger", has_other_zone),
        ("attribution", old.holders != new.holders),
        ("host", old.host != new.host),
        ("ledger.path", !has_same_ledger),
        ("ledger.hours_after", ages_differ(|(hours, _)| hours)),
        ("ledger.days_after", ages_differ(|(_, days)| days)),
        ("ledger.forget_workloads_after", has_same_ledger && forgets(old) != forgets(new)),
    ];
    differences.into_iter().filter(|(_, differs)| *differs).map(|(key, _)| key).collect()
}
