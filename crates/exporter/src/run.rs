//! The start and the end of the exporter. Everything is checked before anything starts.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use anyhow::{Context, Result};
use gpu_carbon_ledger::GpuState;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tracing::info;

use crate::accounting::{self, Accounting, LedgerClient, Message};
use crate::args::Args;
use crate::config::{Config, ConfigError};
use crate::intensity::{self, Grid, Source, SourceError};
use crate::latest::Latest;
use crate::ledger::{self, LedgerCommand, Worker};
use crate::metrics::Exposition;
use crate::scrape_schedule::ScrapeSchedule;
use crate::web::{self, Auth, Listeners, Site, WebConfigError};
use crate::{build, clock, logging, sampler};

/// An input of the operator that cannot be used: exit status 2.
#[derive(Debug, thiserror::Error)]
pub enum UsageError {
    /// An error in the configuration.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// An error in the web configuration: TLS, authentication and rate limits.
    #[error(transparent)]
    Web(#[from] WebConfigError),
    /// An error in the intensity that the configuration names.
    #[error("{}: intensity: {error}", config.display())]
    Intensity {
        /// The configuration file.
        config: PathBuf,
        /// The error.
        error: SourceError,
    },
}

/// The largest number of simultaneous connections, if there are enough file descriptors.
const MOST_CONNECTIONS: u64 = 4096;

/// The time to wait for the last commit before the process ends.
const LAST_COMMIT: Duration = Duration::from_secs(1);

/// The number of file descriptors that are reserved for everything but connections.
const SPARE_DESCRIPTORS: u64 = 64;

/// Runs the exporter until SIGTERM or SIGINT; with `--config.check`, only checks the configuration.
///
/// # Errors
///
/// A [`UsageError`] if an input of the operator cannot be used; another error if the system refuses, such as for
/// a port in use.
pub fn run(args: &Args) -> Result<()> {
    let config = Config::read(&args.config_file, &args.nvml_library).map_err(UsageError::from)?;
    // Before there is a second thread.
    let is_inheriting = args.systemd_socket && !args.config_check;
    let inherited = is_inheriting.then(Listeners::from_systemd).transpose()?;
    logging::start(args).context("the thread of the log cannot be started")?;
    let opened = match &config.ledger {
        Some(settings) if !args.config_check => Some(open_ledger(settings, &config.intensity)?),
        _ => None,
    };
    let needed_since = opened.as_ref().and_then(|opened| ledger::needed_since(&opened.states));
    let (source, intensities) = Source::open(config.intensity.clone(), needed_since)
        .map_err(|error| UsageError::Intensity { config: args.config_file.clone(), error })?;
    let auth = Arc::new(Auth::new(args.web_config_file.as_deref()).map_err(UsageError::from)?);
    if args.config_check {
        report_valid(args, &source, &intensities);
        return Ok(());
    }
    let listeners = inherited.map_or_else(|| Listeners::bind(&args.listen_addresses), Ok)?;

    let now = clock::read();
    let grid = Grid::new(&config.intensity.zone, intensities, source.requests());
    let grid = Arc::new(Latest::new(grid));
    let mut accounting = Accounting::new(config.accounting, grid.read(), now);
    let (messages, received) = channel();
    let scrape_schedule = Arc::new(ScrapeSchedule::default());
    let mut ledger = None;
    if let (Some(OpenedLedger { worker, states }), Some(settings)) = (opened, &config.ledger) {
        accounting = accounting.with_ledger(states, clock::boot_id());
        let commands = start_ledger(worker, messages.clone())?;
        ledger = Some(LedgerClient::new(
            commands,
            settings.commit_period,
            Arc::clone(&scrape_schedule),
            config.sampling.counter_period,
        ));
    }
    let snapshots = Arc::new(Latest::new(Exposition::from(accounting.snapshot(now.wall))));
    accounting::start(accounting, received, ledger, Arc::clone(&grid), Arc::clone(&snapshots))?;
    let sampler_messages = messages.clone();
    let report = move |event| {
        let _ = sampler_messages.send(Message::Sampler(event)); // no one receives while the process ends
    };
    sampler::start(config.sampling, Arc::clone(&scrape_schedule), Arc::new(report))?;

    let certificate_messages = messages.clone();
    let publish_not_after = move |not_after| {
        // No one receives while the process ends.
        let _ = certificate_messages.send(Message::CertificateNotAfter(not_after));
    };
    let site = Site {
        exposition: snapshots,
        scrape_schedule,
        telemetry_path: args.telemetry_path.as_str().into(),
        openmetrics_created: args.openmetrics_created,
        auth: Arc::clone(&auth),
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let served = runtime.block_on(async {
        let (terminate, interrupt) =
            (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
        for address in listeners.addresses() {
            info!(
                address,
                path = args.telemetry_path,
                auth = auth.describe(),
                version = build::VERSION,
                revision = build::REVISION,
                "listening"
            );
        }
        tokio::spawn(auth.reload_on_change(publish_not_after));
        tokio::spawn(intensity::publish_updates(source, grid));
        let shutdown = first_of(terminate, interrupt);
        web::serve(listeners, site, most_connections(), shutdown).await?;
        anyhow::Ok(())
    });
    // A password that is still being hashed, for seconds, delays no stop.
    runtime.shutdown_background();
    served?;
    let (done, ended): (Sender<()>, Receiver<()>) = channel();
    if messages.send(Message::Shutdown(done)).is_ok() {
        let _ = ended.recv_timeout(LAST_COMMIT); // returns when `done` is dropped, or at the timeout
    }
    logging::flush();
    Ok(())
}

/// An open ledger and its state of each GPU.
struct OpenedLedger {
    worker: Worker,
    states: Vec<GpuState>,
}

fn open_ledger(
    settings: &ledger::Settings,
    intensity: &intensity::Settings,
) -> Result<OpenedLedger> {
    let (worker, states) = Worker::open(settings, &intensity.zone, intensity.signal)?;
    Ok(OpenedLedger { worker, states })
}

fn start_ledger(worker: Worker, messages: Sender<Message>) -> Result<Sender<LedgerCommand>> {
    let commands = worker.start(move |event| {
        let _ = messages.send(Message::Ledger(event)); // no one receives while the process ends
    })?;
    Ok(commands)
}

#[expect(clippy::print_stdout, reason = "the result of --config.check")]
fn report_valid(args: &Args, source: &Source, intensities: &intensity::Intensities) {
    let coverage = match &intensities.converting {
        _ if matches!(source, Source::Services(_)) => "requested when the exporter runs".to_owned(),
        Some(series) if intensities.is_timed => format!("{} values", series.points().len()),
        Some(_) => "a constant".to_owned(),
        None => "no value for this time of the year".to_owned(),
    };
    let (file, names) = (args.config_file.display(), source.names().join(", "));
    println!("{file}: valid; intensity: {names}, {coverage}");
}

async fn first_of(mut terminate: Signal, mut interrupt: Signal) {
    tokio::select! {
        _ = terminate.recv() => info!("received SIGTERM, shutting down"),
        _ = interrupt.recv() => info!("received SIGINT, shutting down"),
    }
}

/// The number of connections that the file descriptors allow, after their soft limit was raised if needed.
fn most_connections() -> usize {
    let limit = getrlimit(Resource::Nofile);
    let wanted = MOST_CONNECTIONS + SPARE_DESCRIPTORS;
    let soft = limit.current.unwrap_or(u64::MAX);
    let hard = limit.maximum.unwrap_or(u64::MAX);
    let raised = wanted.min(hard).max(soft);
    let raised =
        match setrlimit(Resource::Nofile, Rlimit { current: Some(raised), maximum: limit.maximum })
        {
            Ok(()) => raised,
            Err(_) => soft,
        };
    let most = raised.saturating_sub(SPARE_DESCRIPTORS).clamp(16, MOST_CONNECTIONS);
    usize::try_from(most).unwrap_or(16)
}
