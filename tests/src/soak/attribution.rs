//! A soak of the division of energy: jobs that come and go, a kubelet that restarts or answers badly, an exporter that is killed, and
//! a service that fails, is late and revises its values. In every scrape, the shares are the GPU's energy and emissions.

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use fastrand::Rng;

use super::feed::fault;
use super::report::Check;
use crate::bench::table::Table;
use crate::exporter::{Exporter, command};
use crate::kubelet::{Behaviour, Kubelet, ListedPod};
use crate::machine::Machine;
use crate::scrape::Scrape;
use crate::services::Services;

/// The number of GPUs.
const GPUS: usize = 4;

/// The time between two events.
const PERIOD: Duration = Duration::from_millis(300);

/// The longest wait for the end: what a killed exporter left pending in its ledger is converted once the slot of five minutes that it
/// lies in is over.
const LONGEST_END: Duration = Duration::from_secs(400);

/// The most that parts may differ from the whole, as a part of it.
const TOLERANCE: f64 = 1e-9;

/// The number of events that a difference is told with.
const EVENTS_TOLD: usize = 8;

/// The names of the pods.
const PODS: [&str; 3] = ["train-0", "train-1", "serve-0"];

/// The length and the randomness of a soak.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// The seed of the events.
    pub seed: u64,
    /// The length.
    pub span: Duration,
}

/// The results.
#[derive(Debug, Default)]
pub struct Outcome {
    scrapes: u64,
    kills: u64,
    kubelet_restarts: u64,
    jobs: u64,
    revisions: u64,
    /// The greatest difference between the parts and the whole, of joules and of grams.
    worst: [Difference; 2],
    /// The parts of all joules at the end: of workloads, unallocated and unknown.
    parts: [f64; 3],
    /// The log of the last exporter.
    pub log: String,
}

/// A difference between the parts and the whole of a GPU's amount in one scrape.
#[derive(Debug, Default, Clone)]
struct Difference {
    /// The difference, as a part of the whole.
    relative: f64,
    /// The circumstances: the time since the start of the soak, the GPU, its numbers, and the events before.
    circumstances: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.1e} at worst", self.relative)?;
        if self.relative > TOLERANCE { write!(f, ": {}", self.circumstances) } else { Ok(()) }
    }
}

impl Options {
    /// Runs the soak.
    ///
    /// # Errors
    ///
    /// When the exporter does not start or answer.
    pub fn run(self, progress: &dyn Fn(&str)) -> Result<Outcome> {
        progress(&format!("seed {}: {:?} of jobs and pods that come and go", self.seed, self.span));
        let mut soak = Soak::start(self.seed)?;
        let started = Instant::now();
        while started.elapsed() < self.span {
            soak.act()?;
            sleep(PERIOD);
            soak.check()?;
        }
        soak.end()
    }
}

impl Outcome {
    /// The numbers, and what must hold.
    ///
    /// # Errors
    ///
    /// None; as the other scenarios.
    pub fn report(&self) -> Result<(Table, Vec<Check>)> {
        let mut table = Table::new(["division of energy", ""].map(str::to_owned));
        let counts = [
            ("scrapes", self.scrapes),
            ("exporters killed", self.kills),
            ("kubelets restarted", self.kubelet_restarts),
            ("jobs", self.jobs),
            ("revisions of intensities", self.revisions),
        ];
        for (name, count) in counts {
            table.push([name.to_owned(), count.to_string()]);
        }
        for (name, part) in ["workloads", "unallocated", "unknown"].into_iter().zip(self.parts) {
            table.push([format!("joules, {name} (%)"), format!("{:.1}", part * 100.0)]);
        }
        let sums = |what: &str, worst: &Difference| Check {
            what: format!("shares add up to the {what} within {TOLERANCE:e}: {worst}"),
            holds: worst.relative <= TOLERANCE,
        };
        let checks = vec![
            sums("joules of each GPU in each scrape", &self.worst[0]),
            sums("grams of each GPU in each scrape", &self.worst[1]),
            Check {
                what: format!("workloads had a part of the energy: {:.3}", self.parts[0]),
                holds: self.parts[0] > 0.0,
            },
            Check { what: "no panic".to_owned(), holds: !self.log.contains("panicked") },
        ];
        Ok((table, checks))
    }
}

/// A running soak.
struct Soak {
    chance: Rng,
    services: Services,
    /// The number by which the intensities of all times are raised.
    revision: Arc<AtomicU64>,
    machine: Machine,
    kubelet: Option<Kubelet>,
    exporter: Option<Exporter>,
    running: Vec<u64>,
    started: Instant,
    /// The last events, each with its time since the start.
    events: VecDeque<String>,
    outcome: Outcome,
}

impl Soak {
    fn start(seed: u64) -> Result<Soak> {
        let services = Services::start()?;
        services.set_step(60);
        let revision = Arc::<AtomicU64>::default();
        let raised = Arc::clone(&revision);
        services.set_intensity(move |at| {
            let step = u32::try_from(at.div_euclid(60).rem_euclid(5)).unwrap_or_default();
            200.0 + 50.0 * f64::from(step) + raised.load(Ordering::Relaxed) as f64
        });
        let gpu = |power: usize| {
            format!(
                "[[gpu]]\nmodel = \"h100\"\npower = \"square 90 {power} 3s 40%\"\ncounter_step_ms = 20\n"
            )
        };
        let machine = Machine::new(&(0..GPUS).map(|it| gpu(300 + 100 * it)).collect::<String>())?;
        std::fs::create_dir(machine.path("jobs"))?;
        machine.configure(&format!(
            "grid_zone: SOAK\n\
             intensity: {{source: energy_charts, zone: de, base_url: \"{}\", poll_period: 1s, timeout: 500ms, cache: cache}}\n\
             embodied: {{kilograms_per_gpu: 164}}\n\
             sampling: {{counter_period: 200ms, rescan_period: 500ms}}\n\
             ledger: {{path: ledger.db}}\n\
             attribution:\n  holders: [slurm, kubelet]\n  slurm: {{jobs: jobs}}\n  \
             kubelet: {{socket: kubelet.sock}}\n  processes: {{pod_logs: logs}}\n  keep_ended: 1m\n  series: 20\n",
            services.base_url()
        ))?;
        let kubelet = Some(Kubelet::start(&machine.path("kubelet.sock"))?);
        let mut soak = Soak {
            chance: Rng::with_seed(seed),
            services,
            revision,
            machine,
            kubelet,
            exporter: None,
            running: Vec::new(),
            started: Instant::now(),
            events: VecDeque::new(),
            outcome: Outcome::default(),
        };
        soak.start_exporter()?;
        Ok(soak)
    }

    fn start_exporter(&mut self) -> Result<()> {
        let mut command = command(&self.machine)?;
        command.arg("--path.sysfs").arg(self.machine.path("sys"));
        self.exporter = Some(Exporter::run(command)?);
        Ok(())
    }

    /// Carries out a random event.
    fn act(&mut self) -> Result<()> {
        let event = self.chance.u8(..20);
        let name = match event {
            0..7 => "a job starts",
            7..12 => "a job ends",
            12..15 => "pods change",
            15 => "the kubelet restarts",
            16 => "the kubelet behaves otherwise",
            17 => "the service fails, or answers again",
            18 => "intensities are revised",
            _ => "the exporter is killed",
        };
        self.events.push_back(format!("{:.1} s {name}", self.started.elapsed().as_secs_f64()));
        if self.events.len() > EVENTS_TOLD {
            self.events.pop_front();
        }
        match event {
            0..7 => self.start_job()?,
            7..12 => self.end_job()?,
            12..15 => self.set_pods(),
            15 => {
                self.kubelet = None;
                sleep(Duration::from_millis(self.chance.u64(..1_500)));
                self.kubelet = Some(Kubelet::start(&self.machine.path("kubelet.sock"))?);
                self.outcome.kubelet_restarts += 1;
            }
            16 => {
                let behaviours = [Behaviour::Answers, Behaviour::Fails, Behaviour::Garbage];
                let behaviour = &behaviours[self.chance.usize(..behaviours.len())];
                self.kubelet.iter().for_each(|kubelet| kubelet.set_behaviour(behaviour.clone()));
            }
            17 => {
                let fault = self.chance.bool().then(|| fault(&mut self.chance));
                self.services.fail(fault);
            }
            18 => {
                self.revision.fetch_add(self.chance.u64(1..40), Ordering::Relaxed);
                self.outcome.revisions += 1;
            }
            _ => {
                self.exporter = None; // by SIGKILL
                sleep(Duration::from_millis(self.chance.u64(..1_000)));
                self.start_exporter()?;
                self.outcome.kills += 1;
            }
        }
        Ok(())
    }

    fn start_job(&mut self) -> Result<()> {
        self.outcome.jobs += 1;
        let job = self.outcome.jobs;
        let first = self.chance.usize(..GPUS);
        let gpus = (first..GPUS).take(self.chance.usize(1..3)).map(|gpu| gpu.to_string());
        let gpus = gpus.collect::<Vec<_>>().join(",");
        let text = format!("{{\"job\": \"{job}\", \"gpus\": \"{gpus}\"}}\n");
        let draft = self.machine.path("jobs/.draft");
        std::fs::write(&draft, text)?;
        std::fs::rename(draft, self.machine.path(&format!("jobs/{job}.json")))?;
        self.running.push(job);
        Ok(())
    }

    fn end_job(&mut self) -> Result<()> {
        if self.running.is_empty() {
            return Ok(());
        }
        let job = self.running.swap_remove(self.chance.usize(..self.running.len()));
        Ok(std::fs::remove_file(self.machine.path(&format!("jobs/{job}.json")))?)
    }

    fn set_pods(&mut self) {
        let mut pods = Vec::new();
        for name in PODS {
            let gpu = format!("GPU-fa4e0000-0000-4000-8000-{:012x}", self.chance.usize(..GPUS));
            let device = if self.chance.bool() { format!("{gpu}::1") } else { gpu };
            let devices = vec![device];
            if self.chance.bool() {
                pods.push(ListedPod {
                    namespace: "team",
                    name,
                    resource: "nvidia.com/gpu",
                    devices,
                });
            }
        }
        self.kubelet.iter().for_each(|kubelet| kubelet.set_pods(pods.clone()));
    }

    /// Scrapes, and compares the parts with the whole; an exporter that has just started may show no GPU yet.
    fn check(&mut self) -> Result<()> {
        let exporter = self.exporter.as_mut().context("no exporter")?;
        exporter.ensure_alive()?;
        let scrape = exporter.scrape()?;
        self.outcome.scrapes += 1;
        for gpu in 0..GPUS {
            for (place, amount) in ["energy_joules", "emissions_grams"].into_iter().enumerate() {
                let Ok(parts) = parts(&scrape, gpu, amount) else { continue };
                let whole = scrape.gpu(gpu, &format!("{amount}_total"))?;
                let difference = (parts.iter().sum::<f64>() - whole).abs();
                let named: f64 = scrape
                    .values(
                        &format!("gpu_carbon_workload_{amount}_total"),
                        &[&format!("gpu=\"{gpu}\"")],
                    )
                    .sum();
                let excess = (named - parts[0]).max(0.0);
                let relative = difference.max(excess) / whole.max(1e-6);
                let worst = &mut self.outcome.worst[place];
                if relative > worst.relative {
                    let at = self.started.elapsed().as_secs_f64();
                    let circumstances = format!(
                        "{at:.1} s, GPU {gpu}, {amount} {whole:e}, parts {parts:?}, sum of workloads {named:e}; \
                         events: {:?}",
                        self.events
                    );
                    *worst = Difference { relative, circumstances };
                }
            }
        }
        Ok(())
    }

    /// Ends the faults, and waits until all energy is converted.
    fn end(mut self) -> Result<Outcome> {
        self.services.fail(None);
        self.kubelet.iter().for_each(|kubelet| kubelet.set_behaviour(Behaviour::Answers));
        let exporter = self.exporter.as_ref().context("no exporter")?;
        let deadline = Instant::now() + LONGEST_END;
        let last = loop {
            match converted(exporter) {
                Ok(scrape) => break scrape,
                Err(error) if Instant::now() > deadline => return Err(error),
                Err(_) => sleep(PERIOD),
            }
        };
        self.check()?;
        let mut sums = [0.0; 3];
        for gpu in 0..GPUS {
            for (sum, part) in sums.iter_mut().zip(parts(&last, gpu, "energy_joules")?) {
                *sum += part;
            }
        }
        let whole: f64 = sums.iter().sum();
        let exporter = self.exporter.take().context("no exporter")?;
        self.outcome.parts = sums.map(|part| part / whole);
        self.outcome.log = exporter.log();
        Ok(self.outcome)
    }
}

/// A scrape in which no energy is pending.
fn converted(exporter: &Exporter) -> Result<Scrape> {
    let scrape = exporter.scrape()?;
    for gpu in 0..GPUS {
        let pending = scrape.gpu(gpu, "pending_energy_joules")?;
        ensure!(pending == 0.0, "{pending} J of GPU {gpu} are pending");
    }
    Ok(scrape)
}

/// The parts of a GPU's amount: of workloads, unallocated and unknown.
fn parts(scrape: &Scrape, gpu: usize, amount: &str) -> Result<[f64; 3]> {
    let of = |allocation: &str| {
        let labels = [format!("gpu=\"{gpu}\""), format!("allocation=\"{allocation}\"")];
        let metric = format!("gpu_carbon_gpu_allocation_{amount}_total");
        scrape.value(&metric, &[&labels[0], &labels[1]])
    };
    Ok([of("workloads")?, of("unallocated")?, of("unknown")?])
}
