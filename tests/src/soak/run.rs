//! A soak, from its beginning to its end.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use fastrand::Rng;

use super::clients::Crowd;
use super::feed::{PUE, STEP, intensity};
use super::fleet::{FLEET, Fleet, uuid};
use super::ledger::{self, Kept};
use super::life::Life;
use super::plan::{Event, Options};
use super::witness::Witness;
use crate::bench::exporter::client::Client;
use crate::bench::trend::Trend;
use crate::machine::{Machine, now};
use crate::scrape::Scrape;
use crate::services::Services;
use crate::wait_for;

/// How often it is looked at what the exporter holds.
const LOOK: Duration = Duration::from_millis(250);

/// The part of the calm time after which memory counts: what is taken once has been taken.
const WARM: f64 = 0.3;

/// What came of a soak.
#[derive(Debug)]
pub struct Outcome {
    /// As it was asked for.
    pub options: Options,
    /// The GPUs and what befell them.
    pub fleet: Fleet,
    /// The last page, when all is well again.
    pub page: Scrape,
    /// The ledger, once the exporter has ended.
    pub ledger: BTreeMap<String, Kept>,
    /// What the scrapes showed.
    pub witness: Witness,
    /// What one exporter held while it was calm, and what each later one held before it was killed.
    pub holdings: Holdings,
    /// What the clients did.
    pub clients: Clients,
    /// The exporters' logs.
    pub log: String,
}

/// What the exporters held.
#[derive(Debug, Default)]
pub struct Holdings {
    /// Memory of the first, in bytes.
    pub calm_memory: Trend,
    /// Its file descriptors.
    pub calm_descriptors: Trend,
    /// Memory of each of the others at last, in bytes.
    pub late_memory: Trend,
    /// Their file descriptors.
    pub late_descriptors: Trend,
}

/// How often what happened.
#[derive(Debug, Default)]
pub struct Clients {
    /// Scrapes that were answered.
    pub answers: u64,
    /// Those that were not, while the first exporter lived.
    pub calm_failures: u64,
    /// Pages that slow clients have read.
    pub slow_answers: u64,
    /// Connections that were left.
    pub left: u64,
}

impl Options {
    /// Runs it.
    ///
    /// # Errors
    ///
    /// When the exporter ends by itself, does not come back, or leaves no ledger; with the end of its log.
    pub fn run(self, say: &dyn Fn(&str)) -> Result<Outcome> {
        let mut soak = Soak::begin(self)?;
        match soak.play(self, say) {
            Ok(()) => soak.end(self),
            Err(error) => Err(error.context(soak.log_end())),
        }
    }
}

/// What runs.
struct Soak {
    services: Services,
    machine: Machine,
    address: SocketAddr,
    life: Option<Life>,
    crowd: Crowd,
    fleet: Fleet,
    holdings: Holdings,
    calm_failures: u64,
    begun: Instant,
}

impl Soak {
    fn begin(options: Options) -> Result<Soak> {
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
        let mut life = Life::start(&machine, address, &machine.path("log"))?;
        life.wait_until_it_answers(address)?;
        Ok(Soak {
            services,
            machine,
            address,
            life: Some(life),
            crowd: Crowd::gather(address),
            fleet,
            holdings: Holdings::default(),
            calm_failures: 0,
            begun: Instant::now(),
        })
    }

    /// Lets all that is planned happen, and then all be well.
    fn play(&mut self, options: Options, say: &dyn Fn(&str)) -> Result<()> {
        say(&format!(
            "seed {}: {:?} of calm, then {} kills",
            options.seed, options.calm, options.restarts
        ));
        let mut killed = 0;
        for (due, event) in options.plan() {
            self.pass_until(due, options, killed == 0)?;
            match event {
                Event::Gpu(place, trouble) => {
                    self.fleet.strike(place, trouble);
                    self.machine.set_script(&self.fleet.script())?;
                }
                Event::Reset(place) => {
                    // A little ahead: nobody has read the counter after that moment yet.
                    self.fleet.reset(place, now() + 0.2);
                    self.machine.set_script(&self.fleet.script())?;
                }
                Event::Service(fault) => self.services.fail(fault),
                Event::Kill(pause) => {
                    if killed == 0 {
                        self.calm_failures = self.crowd.counts.failures.load(Ordering::Relaxed);
                    }
                    self.kill(killed == 0, pause)?;
                    killed += 1;
                    say(&format!("killed {killed} of {}", options.restarts));
                }
            }
        }
        self.pass_until(options.span(), options, killed == 0)?;
        self.services.fail(None);
        for place in 0..FLEET.len() {
            self.fleet.strike(place, None);
        }
        self.machine.set_script(&self.fleet.script())
    }

    /// Waits, and looks meanwhile at what the exporter holds.
    fn pass_until(&mut self, due: Duration, options: Options, calm: bool) -> Result<()> {
        loop {
            let passed = self.begun.elapsed();
            let life = self.life.as_mut().context("no exporter")?;
            life.ensure_alive()?;
            if calm && passed > options.calm.mul_f64(WARM) {
                let held = life.holdings()?;
                let seconds = passed.as_secs_f64();
                self.holdings.calm_memory.push(seconds, held.resident_bytes);
                self.holdings.calm_descriptors.push(seconds, held.descriptors);
            }
            match due.checked_sub(passed) {
                Some(left) if !left.is_zero() => sleep(left.min(LOOK)),
                _ => return Ok(()),
            }
        }
    }

    fn kill(&mut self, first: bool, pause: Duration) -> Result<()> {
        let life = self.life.take().context("no exporter")?;
        if !first {
            let (seconds, held) = (self.begun.elapsed().as_secs_f64(), life.holdings()?);
            self.holdings.late_memory.push(seconds, held.resident_bytes);
            self.holdings.late_descriptors.push(seconds, held.descriptors);
        }
        life.kill()?;
        sleep(pause);
        self.life = Some(Life::start(&self.machine, self.address, &self.machine.path("log"))?);
        Ok(())
    }

    /// Waits until every GPU is read and all energy has its price; then ends everything.
    fn end(mut self, options: Options) -> Result<Outcome> {
        let mut life = self.life.take().context("no exporter")?;
        life.wait_until_it_answers(self.address)?;
        let page = wait_for("all to be well again", || well(self.address))
            .with_context(|| self.log_end())?;
        if options.restarts == 0 {
            self.calm_failures = self.crowd.counts.failures.load(Ordering::Relaxed);
        }
        let (counts, witness) = self.crowd.disperse()?;
        life.terminate()?;
        let count = |count: &AtomicU64| count.load(Ordering::Relaxed);
        Ok(Outcome {
            options,
            fleet: self.fleet,
            page,
            ledger: ledger::read(&self.machine.path("ledger.db"))?,
            witness,
            holdings: self.holdings,
            clients: Clients {
                answers: count(&counts.answers),
                calm_failures: self.calm_failures,
                slow_answers: count(&counts.slow_answers),
                left: count(&counts.left),
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

/// The page, in OpenMetrics, of an exporter that reads every GPU and has priced all their energy.
fn well(address: SocketAddr) -> Result<Scrape> {
    let asked = "application/openmetrics-text;version=1.0.0";
    let page = Client::asking(address, asked, "identity").get()?;
    let page = Scrape::parse(&String::from_utf8(page)?)?;
    for place in 0..FLEET.len() {
        let label = format!("uuid=\"{}\"", uuid(place));
        let value = |name: &str| page.value(&format!("gpu_carbon_gpu_{name}"), &[&label]);
        ensure!(value("up")? == 1.0, "GPU {place} is not up");
        let unpriced = value("pending_energy_joules")?;
        ensure!(unpriced == 0.0, "{unpriced} J of GPU {place} wait for their price");
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
