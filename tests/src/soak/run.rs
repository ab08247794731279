//! A soak from start to end.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, ensure};
use fastrand::Rng;

use super::clients::ClientThreads;
use super::counter_monitor::CounterMonitor;
use super::feed::{PUE, STEP, intensity};
use super::fleet::{FLEET, Fleet, uuid};
use super::instance::Instance;
use super::ledger::{self, LedgerTotals, LeftBehind, ledgers_aside};
use super::plan::{Event, LATEST_OFFSET, Options};
use crate::bench::exporter::client::Client;
use crate::bench::trend::Trend;
use crate::disk_fault::DiskFault;
use crate::machine::{Machine, now};
use crate::scrape::Scrape;
use crate::services::Services;
use crate::set_clock::SetClock;
use crate::wait_for;

/// Time between two measurements of the exporter's resources.
const RESOURCE_PERIOD: Duration = Duration::from_millis(250);

/// The part of the calm time after which memory is measured: everything that is allocated once has been by then.
const WARM_UP: f64 = 0.3;

/// The results of a soak.
#[derive(Debug)]
pub struct Outcome {
    /// The options.
    pub options: Options,
    /// The GPUs, with the resets of their drivers.
    pub fleet: Fleet,
    /// The last page, after every fault has ended.
    pub page: Scrape,
    /// The totals of the ledger after the exporter has ended, by UUID.
    pub ledger: BTreeMap<String, LedgerTotals>,
    /// The number of ledgers that were damaged, and of those that were set aside.
    pub damaged: [usize; 2],
    /// The findings of the client that compares counters.
    pub monitor: CounterMonitor,
    /// Resources of the first exporter, which is not killed for a while, and of each later one before it was killed.
    pub resources: ResourceTrends,
    /// Totals of the clients.
    pub clients: ClientTotals,
    /// The exporters' logs.
    pub log: String,
}

/// Resources of the exporters over time.
#[derive(Debug, Default)]
pub struct ResourceTrends {
    /// Memory of the first exporter, in bytes.
    pub calm_memory: Trend,
    /// File descriptors of the first exporter.
    pub calm_descriptors: Trend,
    /// Memory of each later exporter that ran for the average lifetime, before it was killed, in bytes.
    pub late_memory: Trend,
    /// File descriptors of the same exporters.
    pub late_descriptors: Trend,
}

/// Totals of the clients.
#[derive(Debug, Default)]
pub struct ClientTotals {
    /// Answered scrapes.
    pub answers: u64,
    /// Scrapes that failed while the first exporter ran.
    pub calm_failures: u64,
    /// Pages that slow clients have read.
    pub slow_answers: u64,
    /// Connections that clients broke off.
    pub broken_off: u64,
}

impl Options {
    /// Runs the soak.
    ///
    /// # Errors
    ///
    /// When the exporter ends by itself, does not come back, or leaves no ledger; with the end of its log.
    pub fn run(self, progress: &dyn Fn(&str)) -> Result<Outcome> {
        let mut soak = Soak::start(self)?;
        match soak.play(self, progress) {
            Ok(()) => soak.end(self),
            Err(error) => Err(error.context(soak.log_end())),
        }
    }
}

/// A running soak.
struct Soak {
    services: Services,
    machine: Machine,
    disk: DiskFault,
    clock: SetClock,
    /// The rows in ledgers that were damaged and set aside.
    left_behind: LeftBehind,
    address: SocketAddr,
    instance: Option<Instance>,
    clients: ClientThreads,
    fleet: Fleet,
    resources: ResourceTrends,
    calm_failures: u64,
    started: Instant,
}

impl Soak {
    fn start(options: Options) -> Result<Soak> {
        let services = Services::start()?;
        services.set_intensity(intensity);
        services.set_step(STEP);
        let fleet = Fleet::default();
        let machine = Machine::new(&fleet.script())?;
        machine.configure(&format!(
            "grid_zone: SOAK\npower_usage_effectiveness: {PUE}\n\
             intensity: {{source: energy_charts, zone: de, base_url: \"{}\", poll_period: 1s, timeout: 500ms, cache: cache}}\n\
             sampling: {{counter_period: 500ms, rescan_period: 500ms}}\n\
             ledger: {{path: ledger.db}}\n",
            services.base_url()
        ))?;
        let address = free_address(options.seed)?;
        let disk = DiskFault::build(&machine)?;
        let clock = SetClock::at(machine.path("clock"));
        clock.set(0.0)?;
        let log = machine.path("log");
        let mut instance = Instance::start(&machine, address, &log, &disk, &clock)?;
        instance.wait_until_it_answers(address)?;
        Ok(Soak {
            services,
            machine,
            disk,
            clock,
            left_behind: LeftBehind::default(),
            address,
            instance: Some(instance),
            clients: ClientThreads::start(address),
            fleet,
            resources: ResourceTrends::default(),
            calm_failures: 0,
            started: Instant::now(),
        })
    }

    /// Executes the plan, and then ends every fault.
    fn play(&mut self, options: Options, progress: &dyn Fn(&str)) -> Result<()> {
        progress(&format!(
            "seed {}: {:?} of calm, then {} kills",
            options.seed, options.calm, options.restarts
        ));
        let mut killed = 0;
        for (due, event) in options.plan() {
            self.pass_until(due, options, killed == 0)?;
            match event {
                Event::Gpu(place, fault) => {
                    self.fleet.set_fault(place, fault);
                    self.machine.set_script(&self.fleet.script())?;
                }
                Event::Reset(place) => {
                    // A little ahead: no one has read the counter after that time yet.
                    self.fleet.reset(place, now() + 0.2);
                    self.machine.set_script(&self.fleet.script())?;
                }
                Event::Service(fault) => self.services.fail(fault),
                Event::Disk { is_full } => self.disk.set(if is_full { "full" } else { "" })?,
                Event::Clock(offset) => self.set_clock(offset)?,
                Event::Kill { pause, damages_ledger } => {
                    if killed == 0 {
                        self.calm_failures = self.clients.counts.failures.load(Ordering::Relaxed);
                    }
                    self.kill(killed == 0, options, pause, damages_ledger)?;
                    killed += 1;
                    progress(&format!("killed {killed} of {}", options.restarts));
                }
            }
        }
        self.pass_until(options.span(), options, killed == 0)?;
        self.services.fail(None);
        for place in 0..FLEET.len() {
            self.fleet.set_fault(place, None);
        }
        self.machine.set_script(&self.fleet.script())
    }

    /// Sets the wall clocks of the exporter and of the service.
    fn set_clock(&self, offset: f64) -> Result<()> {
        self.services.set_clock(move || now() + offset);
        self.clock.set(offset)
    }

    /// Waits, and measures the exporter's resources meanwhile.
    fn pass_until(&mut self, due: Duration, options: Options, calm: bool) -> Result<()> {
        loop {
            let passed = self.started.elapsed();
            let instance = self.instance.as_mut().context("no exporter")?;
            instance.ensure_alive()?;
            if calm && passed > options.calm.mul_f64(WARM_UP) {
                let used = instance.resources()?;
                let seconds = passed.as_secs_f64();
                self.resources.calm_memory.push(seconds, used.anonymous_bytes);
                self.resources.calm_descriptors.push(seconds, used.descriptors);
            }
            match due.checked_sub(passed) {
                Some(left) if !left.is_zero() => sleep(left.min(RESOURCE_PERIOD)),
                _ => return Ok(()),
            }
        }
    }

    fn kill(
        &mut self,
        first: bool,
        options: Options,
        pause: Duration,
        damages_ledger: bool,
    ) -> Result<()> {
        let instance = self.instance.take().context("no exporter")?;
        // Memory grows while a process starts, so only those of a certain age can be compared with each other.
        if !first && instance.age() >= options.lifetime {
            let (seconds, used) = (self.started.elapsed().as_secs_f64(), instance.resources()?);
            self.resources.late_memory.push(seconds, used.anonymous_bytes);
            self.resources.late_descriptors.push(seconds, used.descriptors);
        }
        instance.kill()?;
        sleep(pause);
        if damages_ledger {
            let path = self.machine.path("ledger.db");
            let totals = ledger::damage(&path)?;
            self.left_behind.add(totals);
        }
        let log = self.machine.path("log");
        let Soak { machine, address, disk, clock, .. } = self;
        self.instance = Some(Instance::start(machine, *address, &log, disk, clock)?);
        Ok(())
    }

    /// Waits until every GPU is read and all energy is converted; then ends everything.
    fn end(mut self, options: Options) -> Result<Outcome> {
        let mut instance = self.instance.take().context("no exporter")?;
        instance.wait_until_it_answers(self.address)?;
        // What was used while the clock was ahead gets its intensity when that time has come.
        let mut page = Err(anyhow!("no page"));
        for offset in [LATEST_OFFSET, 0.0] {
            self.set_clock(offset)?;
            page = wait_for("every GPU and all emissions", || complete_page(self.address, offset));
        }
        let page = page.with_context(|| self.log_end())?;
        if options.restarts == 0 {
            self.calm_failures = self.clients.counts.failures.load(Ordering::Relaxed);
        }
        let (counts, monitor) = self.clients.stop()?;
        instance.terminate()?;
        let count = |count: &AtomicU64| count.load(Ordering::Relaxed);
        Ok(Outcome {
            options,
            fleet: self.fleet,
            page,
            ledger: self.left_behind.added_to(ledger::read(&self.machine.path("ledger.db"))?),
            damaged: [self.left_behind.count, ledgers_aside(&self.machine.path(""))?],
            monitor,
            resources: self.resources,
            clients: ClientTotals {
                answers: count(&counts.answers),
                calm_failures: self.calm_failures,
                slow_answers: count(&counts.slow_answers),
                broken_off: count(&counts.broken_off),
            },
            log: std::fs::read_to_string(self.machine.path("log"))?,
        })
    }

    fn log_end(&self) -> String {
        let log = std::fs::read_to_string(self.machine.path("log")).unwrap_or_default();
        format!("the log ends with:\n{}", end_of(&log))
    }
}

/// The last lines of a log.
#[must_use]
pub fn end_of(log: &str) -> String {
    let lines: Vec<&str> = log.lines().collect();
    lines[lines.len().saturating_sub(20)..].join("\n")
}

/// The page, in OpenMetrics, of an exporter that reads every GPU by a clock with this offset, and has converted all their
/// energy.
fn complete_page(address: SocketAddr, offset: f64) -> Result<Scrape> {
    let format = "application/openmetrics-text;version=1.0.0";
    let page = Client::asking(address, format, "identity").get()?;
    let page = Scrape::parse(&String::from_utf8(page)?)?;
    for place in 0..FLEET.len() {
        let label = format!("uuid=\"{}\"", uuid(place));
        let value = |name: &str| page.value(&format!("gpu_carbon_gpu_{name}"), &[&label]);
        ensure!(value("up")? == 1.0, "GPU {place} is not up");
        let age = now() + offset - value("last_sample_timestamp_seconds")?;
        ensure!(age.abs() < 60.0, "GPU {place} was read {age} s ago, by a clock of {offset:+} s");
        let pending = value("pending_energy_joules")?;
        ensure!(pending == 0.0, "{pending} J of GPU {place} are pending");
    }
    Ok(page)
}

/// A port that stays free while no exporter has it: below those that the system gives to clients.
fn free_address(seed: u64) -> Result<SocketAddr> {
    let mut chance = Rng::with_seed(seed);
    let mut tries =
        (0..100).map(|_| SocketAddr::from((Ipv4Addr::LOCALHOST, chance.u16(20_000..30_000))));
    tries.find(|address| TcpListener::bind(address).is_ok()).context("no port is free")
}
