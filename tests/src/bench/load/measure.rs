//! One exporter on a machine with fake GPUs, under one load after another.

use std::time::{Duration, Instant};

use anyhow::Result;

use super::cores::Cores;
use super::idle::Idle;
use super::open_loop::{Load, Outcome};
use super::watch::{Seen, Watch};
use crate::bench::exporter::measure::script;
use crate::bench::exporter::program::{Program, Running};
use crate::bench::usage::{self, Memory, processor_time};
use crate::machine::Machine;

/// How many GPUs are read meanwhile.
pub const GPUS: usize = 8;

/// Before a load counts: its connections are open, and their memory is taken.
const WARM_UP: Duration = Duration::from_secs(2);

/// What a Prometheus of today asks for ...
const PROMETHEUS: (&str, &str) = (
    "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,\
     text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1",
    "gzip",
);
/// ... and what asks for five times as many bytes.
const PLAIN: (&str, &str) = ("text/plain;version=0.0.4", "identity");

/// How much to measure.
#[derive(Debug, Clone, Copy)]
pub struct Effort {
    /// Scrapes a second.
    pub rate: u32,
    /// Connections that ask.
    pub connections: u32,
    /// Connections that do not.
    pub idle: u32,
    /// How long each load lasts.
    pub span: Duration,
}

/// What was measured.
#[derive(Debug, Clone)]
pub struct Results {
    /// By which load.
    pub effort: Effort,
    /// Each load.
    pub loads: Vec<Measured>,
    /// What all the idle connections together take, in bytes.
    pub idle_bytes: f64,
    /// How many of them were still open after the load beside them.
    pub idle_kept: usize,
}

/// What was measured of one load.
#[derive(Debug, Clone)]
pub struct Measured {
    /// Which one.
    pub name: &'static str,
    /// Its answers.
    pub outcome: Outcome,
    /// What became of the exporter meanwhile.
    pub seen: Seen,
    /// The share of a core that the exporter took.
    pub exporter_cores: f64,
    /// The share of a core that asking took.
    pub clients_cores: f64,
    /// The share of all cores that was busy, with whatever it was.
    pub machine_busy: f64,
}

impl Results {
    /// Measures.
    ///
    /// # Errors
    ///
    /// When a scrape fails, or the exporter ends.
    pub fn measure(effort: Effort, say: &dyn Fn(&str)) -> Result<Results> {
        let machine = Machine::new(&script(GPUS, ""))?;
        machine.configure("intensity: {source: embedded}")?;
        let program = Program::gpu_carbon()?;
        let mut running = Cores::divided()?.start(|| program.start(&machine))?;
        running.wait_for_gpus(GPUS)?;
        let run = |name, asked| {
            say(&format!("{} scrapes a second, {name}, for {:?}", effort.rate, effort.span));
            Measured::of(name, &running, effort, asked)
        };
        let mut loads = vec![run("gzip", PROMETHEUS)?, run("plain", PLAIN)?];
        say(&format!("{} connections that ask nothing", effort.idle));
        let before = Memory::of(running.pid())?.resident_bytes as f64;
        let idle = Idle::open(running.address, effort.idle)?;
        let idle_bytes = Memory::of(running.pid())?.resident_bytes as f64 - before;
        loads.push(run("gzip, beside the idle", PROMETHEUS)?);
        Ok(Results { effort, loads, idle_bytes, idle_kept: idle.kept() })
    }
}

impl Measured {
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
            seen: watch.end()?,
            exporter_cores,
            clients_cores,
            machine_busy,
        })
    }
}
