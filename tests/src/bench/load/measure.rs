//! One exporter on a machine with fake GPUs, under one load after another.

use std::time::{Duration, Instant};

use anyhow::Result;

use super::bare::Bare;
use super::cores::Cores;
use super::idle::Idle;
use super::open_loop::{Load, Outcome};
use super::watch::{Observed, Watch};
use crate::bench::exporter::client::Client;
use crate::bench::exporter::measure::script;
use crate::bench::exporter::program::{Program, Running};
use crate::bench::usage::{self, Memory, processor_time};
use crate::machine::Machine;

/// Number of GPUs that are read meanwhile.
pub const GPUS: usize = 8;

/// Time before a load is measured: afterwards its connections are open, and their memory is allocated.
const WARM_UP: Duration = Duration::from_secs(2);

/// The formats that a Prometheus of today accepts.
const PROMETHEUS: (&str, &str) = (
    "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,\
     text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1",
    "gzip",
);
/// The formats of a client that makes the exporter send five times as many bytes.
const PLAIN: (&str, &str) = ("text/plain;version=0.0.4", "identity");

/// The effort of a measurement.
#[derive(Debug, Clone, Copy)]
pub struct Effort {
    /// Scrapes a second.
    pub rate: u32,
    /// Connections that send requests.
    pub connections: u32,
    /// Idle connections.
    pub idle: u32,
    /// Time of each load.
    pub span: Duration,
}

/// The measurements.
#[derive(Debug, Clone)]
pub struct Results {
    /// The effort.
    pub effort: Effort,
    /// Each load.
    pub loads: Vec<Measured>,
    /// Processor time for each answer of a bare server under the first of the loads, in seconds.
    pub bare_seconds: f64,
    /// Memory of all idle connections together, in bytes.
    pub idle_bytes: f64,
    /// The number of idle connections that were still open after the load beside them.
    pub idle_kept: usize,
}

/// The measurements of one load.
#[derive(Debug, Clone)]
pub struct Measured {
    /// The name of the load.
    pub name: &'static str,
    /// The answers to its scrapes.
    pub outcome: Outcome,
    /// The state of the exporter meanwhile.
    pub observed: Observed,
    /// The share of a core that the exporter took.
    pub exporter_cores: f64,
    /// The share of a core that the clients took.
    pub clients_cores: f64,
    /// The share of all cores that was busy, with anything.
    pub machine_busy: f64,
}

impl Results {
    /// Measures every load.
    ///
    /// # Errors
    ///
    /// When a scrape fails, or the exporter ends.
    pub fn measure(effort: Effort, progress: &dyn Fn(&str)) -> Result<Results> {
        let machine = Machine::new(&script(GPUS, ""))?;
        machine.configure("intensity: {source: embedded}")?;
        let program = Program::gpu_carbon()?;
        let cores = Cores::divided()?;
        let mut running = cores.start(|| program.start(&machine))?;
        running.wait_for_gpus(GPUS)?;
        let run = |name, asked| {
            progress(&format!("{} scrapes a second, {name}, for {:?}", effort.rate, effort.span));
            Measured::of(name, &running, effort, asked)
        };
        let mut loads = vec![run("gzip", PROMETHEUS)?, run("plain", PLAIN)?];
        progress(&format!("{} requests a second to a bare server", effort.rate));
        let bare_seconds = bare(&cores, &machine, &running, effort)?;
        progress(&format!("{} connections that ask nothing", effort.idle));
        let before = Memory::of(running.pid())?.resident_bytes as f64;
        let idle = Idle::open(running.address, effort.idle)?;
        let idle_bytes = Memory::of(running.pid())?.resident_bytes as f64 - before;
        loads.push(run("gzip, beside the idle", PROMETHEUS)?);
        Ok(Results { effort, loads, bare_seconds, idle_bytes, idle_kept: idle.still_open() })
    }
}

/// Processor time for each answer of a server of hyper alone, on the exporter's core, whose answers are as long as the
/// exporter's.
fn bare(cores: &Cores, machine: &Machine, running: &Running, effort: Effort) -> Result<f64> {
    let (accept, encoding) = PROMETHEUS;
    let body = machine.path("answer");
    std::fs::write(&body, Client::asking(running.address, accept, encoding).get()?)?;
    let server = cores.start(|| Bare::start(&body))?;
    let Effort { rate, connections, span, .. } = effort;
    let load = Load { rate, connections, span, accept, encoding };
    Load { span: WARM_UP, ..load }.put_on(server.address)?;
    let before = processor_time(server.pid())?;
    let outcome = load.put_on(server.address)?;
    let spent = processor_time(server.pid())? - before;
    Ok(spent.as_secs_f64() / outcome.latencies.count() as f64)
}

impl Measured {
    /// Processor time of the exporter for each answer, in seconds.
    #[must_use]
    pub fn seconds_per_answer(&self) -> f64 {
        self.exporter_cores / self.outcome.rate()
    }

    fn of(
        name: &'static str,
        running: &Running,
        effort: Effort,
        (accept, encoding): (&'static str, &'static str),
    ) -> Result<Measured> {
        let Effort { rate, connections, span, .. } = effort;
        let load = Load { rate, connections, span, accept, encoding };
        Load { span: WARM_UP, ..load }.put_on(running.address)?;
        let pids = [running.pid(), std::process::id()];
        let times = || pids.map(processor_time).into_iter().collect::<Result<Vec<Duration>>>();
        let (machine, before, begun) = (usage::Cores::now()?, times()?, Instant::now());
        let watch = Watch::begin(running.address, running.pid());
        let outcome = load.put_on(running.address)?;
        let (wall, after) = (begun.elapsed(), times()?);
        let machine_busy = usage::Cores::now()?.busy_since(machine);
        let share = |of: usize| (after[of] - before[of]).as_secs_f64() / wall.as_secs_f64();
        let [exporter_cores, clients_cores] = [share(0), share(1)];
        Ok(Measured {
            name,
            outcome,
            observed: watch.end()?,
            exporter_cores,
            clients_cores,
            machine_busy,
        })
    }
}
