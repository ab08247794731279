//! The start and the end of the exporter. Everything is checked before anything starts.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use anyhow::{Context, Result};
use gpu_carbon_fetch::CredentialError;
use gpu_carbon_ledger::{GpuState, is_of_host};
use gpu_carbon_memory::{LinkedFiles, limit_free_memory};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::signal::unix::{SignalKind, signal};
use tracing::info;

use crate::accounting::{self, Accounting, LedgerClient, Message};
use crate::args::Args;
use crate::config::{Config, ConfigError};
use crate::host_meters::MeterInfo;
use crate::intensity::{self, Grid, Source, SourceError};
use crate::latest::Latest;
use crate::ledger::{self, LedgerCommand, Worker};
use crate::metrics::Exposition;
use crate::operator::Operator;
use crate::reload::Reloader;
use crate::sampler::Event;
use crate::scrape_schedule::ScrapeSchedule;
use crate::signals::Signals;
use crate::web::{self, Auth, Listeners, Site, WebConfigError};
use crate::{build, clock, holders, host_meters, logging, sampler};

/// An input of the operator that cannot be used: exit status 2.
#[derive(Debug, thiserror::Error)]
pub enum UsageError {
    /// An error in the configuration.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// An error in the web configuration: TLS, authentication and rate limits.
    #[error(transparent)]
    Web(#[from] WebConfigError),
    /// A password of the host's management controller that cannot be read.
    #[error("{}: host.redfish: {error}", config.display())]
    Host {
        /// The configuration file.
        config: PathBuf,
        /// The error.
        error: CredentialError,
    },
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

/// The time after which nothing of the start is left to do: GPUs are read and served.
const START: Duration = Duration::from_secs(10);

/// The number of file descriptors that are reserved for everything but connections.
const SPARE_DESCRIPTORS: u64 = 64;

/// Runs the exporter until a signal ends it; with `--config.check`, only checks the configuration.
///
/// # Errors
///
/// A [`UsageError`] if an input of the operator cannot be used; another error if the system refuses, such as for
/// a port in use.
pub fn run(args: &Args) -> Result<()> {
    limit_free_memory();
    let linked = LinkedFiles::at_start();
    let most_connections = most_connections()?;
    let mut config =
        Config::read(&args.config_file, &args.nvml_library).map_err(UsageError::from)?;
    config.sampling.kernel = args.kernel_files();
    // Before there is a second thread.
    let is_inheriting = args.systemd_socket && !args.config_check;
    let inherited = is_inheriting.then(Listeners::from_systemd).transpose()?;
    logging::start(args).context("the thread of the log cannot be started")?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    survive_file_size_limit(&runtime)?;
    // From here on, no signal ends the process without its last commit.
    let signals = {
        let _entered = runtime.enter();
        Signals::new()?
    };
    let opened = match &config.ledger {
        Some(settings) if !args.config_check => Some(open_ledger(settings, &config.intensity)?),
        _ => None,
    };
    let checked = match &config.ledger {
        Some(settings) if args.config_check => {
            Some(ledger::check(settings, config.intensity.signal)?)
        }
        _ => None,
    };
    let needed_since = opened.as_ref().and_then(|opened| ledger::needed_since(&opened.states));
    let (source, intensities) = Source::open(config.intensity.clone(), needed_since)
        .map_err(|error| UsageError::Intensity { config: args.config_file.clone(), error })?;
    let auth = Arc::new(Auth::new(args.web_config_file.as_deref()).map_err(UsageError::from)?);
    host_meters::check(&config.host)
        .map_err(|error| UsageError::Host { config: args.config_file.clone(), error })?;
    if args.config_check {
        report_valid(args, &source, &intensities, checked.as_deref());
        return Ok(());
    }
    let listeners = inherited.map_or_else(|| Listeners::bind(&args.listen_addresses), Ok)?;

    let now = clock::read();
    let grid = Grid::new(&config.intensity.zone, intensities, source.requests());
    let grid = Arc::new(Latest::new(grid));
    let mut accounting = Accounting::new(config.accounting.clone(), grid.read(), now);
    let (messages, received) = channel();
    let scrape_schedule = Arc::new(ScrapeSchedule::default());
    let mut ledger = None;
    let mut known_names = Vec::new();
    if let (Some(OpenedLedger { worker, states }), Some(settings)) = (opened, &config.ledger) {
        let gpus = states.iter().filter(|state| !is_of_host(&state.uuid));
        known_names = gpus.map(|state| state.uuid.clone()).collect();
        accounting = accounting
            .with_ledger(states, clock::boot_id())
            .with_earlier_scope(worker.earlier_scope());
        let revisable_since = worker.revisable_since();
        let commands = start_ledger(worker, messages.clone())?;
        ledger = Some(LedgerClient::new(
            commands,
            settings.commit_period,
            Arc::clone(&scrape_schedule),
            config.sampling.counter_period,
            revisable_since,
        ));
    }
    let mut process_lists = None;
    if let Some(settings) = &config.holders {
        let (lists, received) = channel();
        let holdings =
            holders::start(settings, &args.procfs, &args.sysfs.join("fs/cgroup"), received)?;
        accounting = accounting.with_holders(settings, holdings);
        process_lists = Some(lists);
    }
    let host_meters = host_meters::find(&config.host, &args.sysfs)?;
    let infos = host_meters.iter().flat_map(|it| it.meters.meters()).map(MeterInfo::from);
    accounting = accounting.with_host(&config.host, infos.collect());
    let snapshots = Arc::new(Latest::new(Exposition::from(accounting.snapshot(now.wall))));
    accounting::start(
        accounting,
        received,
        ledger,
        Arc::clone(&grid),
        Arc::clone(&snapshots),
        Arc::clone(&scrape_schedule),
    )?;
    let sampler_messages = messages.clone();
    let report = move |event| {
        // No one receives while the process ends.
        match (event, &process_lists) {
            (Event::Processes(list), Some(lists)) => drop(lists.send(list)),
            (event, _) => drop(sampler_messages.send(Message::Sampler(event))),
        }
    };
    let sampler = sampler::start(
        config.sampling.clone(),
        Arc::clone(&scrape_schedule),
        Arc::new(report),
        known_names.iter().map(String::as_str),
    )?;

    let mut polling = None;
    if let Some(meters) = host_meters {
        let host_messages = messages.clone();
        // No one receives while the process ends.
        polling = host_meters::start(meters, move |outcomes| {
            let _ = host_messages.send(Message::Host(outcomes));
        })?;
    }

    let certificate_messages = messages.clone();
    let publish_not_after = move |not_after| {
        // No one receives while the process ends.
        let _ = certificate_messages.send(Message::CertificateNotAfter(not_after));
    };
    let updates = runtime.spawn(intensity::publish_updates(source, Arc::clone(&grid)));
    let reloader = Reloader {
        args: args.clone(),
        config,
        accounting: messages.clone(),
        sampler: sampler.clone(),
        grid,
        updates,
        last_outcome: None,
    };
    let (operator, operations) = Operator::new(signals, sampler, reloader);
    let site = Site {
        exposition: snapshots,
        scrape_schedule,
        telemetry_path: args.telemetry_path.as_str().into(),
        openmetrics_created: args.openmetrics_created,
        auth: Arc::clone(&auth),
        operations: Some(operations),
    };
    let served = runtime.block_on(async {
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
        tokio::spawn(async move {
            tokio::time::sleep(START).await;
            linked.give_back();
        });
        web::serve(listeners, site, most_connections, operator.run()).await?;
        anyhow::Ok(())
    });
    // A password that is still being hashed, for seconds, delays no stop.
    runtime.shutdown_background();
    served?;
    let (done, ended): (Sender<()>, Receiver<()>) = channel();
    if messages.send(Message::Shutdown(done)).is_ok() {
        let _ = ended.recv_timeout(LAST_COMMIT); // returns when `done` is dropped, or at the timeout
    }
    if let Some(polling) = polling {
        polling.close();
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
    let (worker, states) =
        Worker::open(settings, &intensity.zone, intensity.signal, &intensity.service_zones())?;
    Ok(OpenedLedger { worker, states })
}

fn start_ledger(worker: Worker, messages: Sender<Message>) -> Result<Sender<LedgerCommand>> {
    let commands = worker.start(move |event| {
        let _ = messages.send(Message::Ledger(event)); // no one receives while the process ends
    })?;
    Ok(commands)
}

#[expect(clippy::print_stdout, reason = "the result of --config.check")]
fn report_valid(
    args: &Args,
    source: &Source,
    intensities: &intensity::Intensities,
    ledger: Option<&str>,
) {
    let coverage = match &intensities.converting {
        _ if matches!(source, Source::Services(_)) => "requested when the exporter runs".to_owned(),
        Some(series) if intensities.is_timed => format!("{} values", series.points().len()),
        Some(_) => "a constant".to_owned(),
        None => "no value for this time of the year".to_owned(),
    };
    let (file, names) = (args.config_file.display(), source.names().join(", "));
    let ledger = ledger.map(|found| format!("; ledger: {found}")).unwrap_or_default();
    println!("{file}: valid; intensity: {names}, {coverage}{ledger}");
}

/// Turns a file that reaches the limit of the process (`LimitFSIZE` of systemd) into an error of its writer, which is reported
/// and repeated. Without a handler, the signal would end the process.
fn survive_file_size_limit(runtime: &tokio::runtime::Runtime) -> std::io::Result<()> {
    let _context = runtime.enter();
    let handler = signal(SignalKind::from_raw(rustix::process::Signal::XFSZ.as_raw()))?;
    drop(handler); // the handler itself stays
    Ok(())
}

/// The number of connections that the file descriptors allow, after their soft limit was raised if needed.
fn most_connections() -> Result<usize> {
    let limit = getrlimit(Resource::Nofile);
    let wanted = MOST_CONNECTIONS + SPARE_DESCRIPTORS;
    let soft = limit.current.unwrap_or(u64::MAX);
    let hard = limit.maximum.unwrap_or(u64::MAX);
    anyhow::ensure!(
        hard >= SPARE_DESCRIPTORS,
        "this process may open {hard} files, and needs {SPARE_DESCRIPTORS}: raise the limit (`ulimit -n`, or LimitNOFILE of systemd)"
    );
    let raised = wanted.min(hard).max(soft);
    let raised =
        match setrlimit(Resource::Nofile, Rlimit { current: Some(raised), maximum: limit.maximum })
        {
            Ok(()) => raised,
            Err(_) => soft,
        };
    let most = raised.saturating_sub(SPARE_DESCRIPTORS).clamp(16, MOST_CONNECTIONS);
    Ok(usize::try_from(most).unwrap_or(16))
}
