//! From the command line to a running exporter: all is checked before anything starts.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use anyhow::{Context, Result};
use gpu_carbon_ledger::GpuState;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tracing::info;

use crate::accounting::{self, Accounting, LedgerClient, Told};
use crate::args::Args;
use crate::config::{Config, ConfigError};
use crate::intensity::{self, Grid, Source, SourceError};
use crate::latest::Latest;
use crate::ledger::{self, LedgerCommands, Worker};
use crate::metrics::Exposition;
use crate::scrape_schedule::ScrapeSchedule;
use crate::web::{self, Guard, Site, WebConfigError};
use crate::{clock, logging, sampler};

/// What the operator gave cannot be used: exit status 2.
#[derive(Debug, thiserror::Error)]
pub enum UsageError {
    /// The configuration.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// Who may ask, and over what.
    #[error(transparent)]
    Web(#[from] WebConfigError),
    /// The intensity that it names.
    #[error("{}: intensity: {error}", config.display())]
    Intensity {
        /// The configuration file.
        config: std::path::PathBuf,
        /// What is wrong with the intensity.
        error: SourceError,
    },
}

/// The most connections at one time, as far as file descriptors last.
const MOST_CONNECTIONS: u64 = 4096;

/// The most connections that the kernel keeps until they are accepted, as far as it allows so many.
const BACKLOG: i32 = 4096;

/// At the end, the last batch is waited for so long.
const LAST_COMMIT: Duration = Duration::from_secs(1);

/// File descriptors that are kept for everything but connections.
const SPARE_DESCRIPTORS: u64 = 64;

/// Runs the exporter until SIGTERM or SIGINT; with `--config.check`, only checks.
///
/// # Errors
///
/// A [`UsageError`] when what the operator gave cannot be used; another error when the system refuses, such
/// as a port in use.
pub fn run(args: &Args) -> Result<()> {
    let config = Config::read(&args.config_file, &args.nvml_library).map_err(UsageError::from)?;
    logging::start(args);
    let kept = match &config.ledger {
        Some(settings) if !args.config_check => Some(open_ledger(settings, &config.intensity)?),
        _ => None,
    };
    let needed = kept.as_ref().and_then(|(_, states)| ledger::needed_since(states));
    let (source, intensities) = Source::open(config.intensity.clone(), needed)
        .map_err(|error| UsageError::Intensity { config: args.config_file.clone(), error })?;
    let guard = Arc::new(Guard::new(args.web_config_file.as_deref()).map_err(UsageError::from)?);
    if args.config_check {
        let covered = match &intensities.prices {
            _ if matches!(source, Source::Services(_)) => "asked once the exporter runs".to_owned(),
            Some(series) if intensities.timed => format!("{} values", series.points().len()),
            Some(_) => "a constant".to_owned(),
            None => "no value for this time of the year".to_owned(),
        };
        #[allow(clippy::print_stdout)] // the answer that was asked for
        {
            println!(
                "{}: valid; intensity: {}, {covered}",
                args.config_file.display(),
                source.names().join(", ")
            );
        }
        return Ok(());
    }
    let listener = listen(args.listen_address)?;

    let now = clock::read();
    let grid =
        Arc::new(Latest::new(Grid::new(&config.intensity.zone, intensities, source.requests())));
    let mut accounting = Accounting::new(config.accounting, grid.read(), now);
    let (tell, told) = channel();
    let scrape_schedule = Arc::new(ScrapeSchedule::default());
    let mut ledger = None;
    if let (Some((worker, states)), Some(settings)) = (kept, &config.ledger) {
        accounting = accounting.with_ledger(states, clock::boot_id());
        let orders = keep_ledger(worker, tell.clone())?;
        let (period, scrape_schedule) = (settings.commit_period, Arc::clone(&scrape_schedule));
        ledger = Some(LedgerClient::new(
            orders,
            period,
            scrape_schedule,
            config.sampling.counter_period,
        ));
    }
    let board = Arc::new(Latest::new(Exposition::from(accounting.snapshot(now.wall))));
    accounting::start(accounting, told, ledger, Arc::clone(&grid), Arc::clone(&board))?;
    let accounting = tell.clone();
    let tell_books = move |event| {
        let _ = accounting.send(Told::Sampled(event)); // nobody listens while the process ends
    };
    sampler::start(config.sampling, Arc::clone(&scrape_schedule), Arc::new(tell_books))?;

    let site = Site {
        board,
        scrape_schedule,
        telemetry_path: args.telemetry_path.as_str().into(),
        guard: Arc::clone(&guard),
    };
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
        let (terminate, interrupt) =
            (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
        let listener = tokio::net::TcpListener::from_std(listener)?;
        let address = listener.local_addr()?;
        info!(%address, path = args.telemetry_path, guard = guard.describe(), version = env!("CARGO_PKG_VERSION"), "listening");
        tokio::spawn(guard.keep_fresh());
        tokio::spawn(intensity::keep_fresh(source, grid));
        web::serve(listener, site, most_connections(), first_of(terminate, interrupt)).await;
        anyhow::Ok(())
    })?;
    let (done, ended): (Sender<()>, Receiver<()>) = channel();
    if tell.send(Told::Ending(done)).is_ok() {
        let _ = ended.recv_timeout(LAST_COMMIT); // it ends when `done` is dropped, or too late
    }
    Ok(())
}

fn open_ledger(
    settings: &ledger::Settings,
    intensity: &intensity::Settings,
) -> Result<(Worker, Vec<GpuState>)> {
    Ok(Worker::open(settings, &intensity.zone, intensity.signal)?)
}

fn keep_ledger(worker: Worker, tell: Sender<Told>) -> Result<LedgerCommands> {
    let orders = worker.start(move |reply| {
        let _ = tell.send(Told::Ledger(reply)); // nobody listens while the process ends
    })?;
    Ok(orders)
}

async fn first_of(mut terminate: Signal, mut interrupt: Signal) {
    tokio::select! {
        _ = terminate.recv() => info!("SIGTERM: ending"),
        _ = interrupt.recv() => info!("SIGINT: ending"),
    }
}

fn listen(address: SocketAddr) -> Result<TcpListener> {
    let listener = TcpListener::bind(address)
        .or_else(|error| match address {
            // A host without IPv6.
            SocketAddr::V6(v6)
                if v6.ip().is_unspecified() && error.kind() != std::io::ErrorKind::AddrInUse =>
            {
                TcpListener::bind((Ipv4Addr::UNSPECIFIED, v6.port()))
            }
            _ => Err(error),
        })
        .with_context(|| {
            format!("cannot listen on {address}; give --web.listen-address another address or port")
        })?;
    // The library's 128 are too few where many come at once: who is not among them tries again a second later.
    rustix::net::listen(&listener, BACKLOG)?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

/// As many as the file descriptors allow, once their soft limit is raised to what is needed.
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
