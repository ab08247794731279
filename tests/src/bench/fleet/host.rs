//! A host of the fleet: its GPUs, who holds them, and the value of each of its series at any time.

use super::schedule::Schedule;
use super::template::Line;

/// The seconds for which an exporter publishes a workload after its end.
const KEPT: f64 = 600.0;

/// The seconds that the counters have counted at the start of the bench.
const AGE: f64 = 30.0 * 86_400.0;

/// Grams for a kilowatt-hour of an ordinary grid, and of one that is over the threshold.
const INTENSITY: [f64; 2] = [300.0, 450.0];

/// The times, relative to the change of the schedule, at which a GPU is in a host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Life {
    /// Before and after it.
    Always,
    /// The GPU is removed.
    UntilChange,
    /// The GPU comes, and counts from 0.
    FromChange,
    /// The exporter restarts without a ledger.
    Restarts,
    /// The host gets another name.
    Renamed,
}

/// One GPU.
#[derive(Debug, Clone)]
pub struct Gpu {
    /// The number in its host.
    pub index: usize,
    /// The UUID.
    pub uuid: String,
    /// A number that all of its chances follow from.
    pub seed: u64,
    /// The times at which it is there.
    pub life: Life,
    /// The start of the bench.
    pub start: f64,
}

/// The exporter that knows the holders of a host's GPUs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holders {
    /// The exporter itself, which divides.
    Exporter,
    /// dcgm-exporter, scraped without `honorLabels`.
    Dcgm,
}

/// One host.
#[derive(Debug, Clone)]
pub struct Host {
    /// The number in the fleet.
    pub index: usize,
    /// The name, without a port.
    pub name: String,
    /// The name after the change.
    pub next_name: String,
    /// The label of its targets.
    pub cluster: String,
    /// The grid zone, and whether it is over the threshold.
    pub zone: (String, bool),
    /// The exporter that knows the holders.
    pub holders: Holders,
    /// All GPUs that are ever there.
    pub gpus: Vec<Gpu>,
    /// True if its last GPU serves a model by vLLM.
    pub serves: bool,
}

/// A series within a time.
#[derive(Debug, Clone)]
pub struct Source {
    /// The metric.
    pub name: String,
    /// The labels that the page has.
    pub labels: Vec<(String, String)>,
    /// The time of its first and of its last sample; without a limit, infinite.
    pub alive: (f64, f64),
    value: Value,
}

#[derive(Debug, Clone)]
enum Value {
    Constant(f64),
    /// The present time, rounded down to a multiple of seconds.
    Clock(f64),
    /// A factor of a GPU's energy since a time, until a time.
    Energy {
        gpu: Gpu,
        factor: f64,
        from: f64,
        until: f64,
    },
    /// A factor of the seconds since the counters began.
    Seconds(f64, f64),
}

impl Source {
    /// The value at a time.
    #[must_use]
    pub fn at(&self, time: f64, schedule: &Schedule) -> f64 {
        match &self.value {
            Value::Constant(value) => *value,
            Value::Clock(step) => (time / step).floor() * step,
            Value::Energy { gpu, factor, from, until } => {
                let until = time.min(*until);
                factor * (gpu.joules(until, schedule) - gpu.joules(*from, schedule))
            }
            Value::Seconds(factor, since) => factor * (time - since),
        }
    }

    /// Reports whether it has a sample at a time.
    #[must_use]
    pub fn is_alive(&self, time: f64) -> bool {
        self.alive.0 <= time && time < self.alive.1
    }
}

/// A pseudo-random number from 0 to 1.
#[allow(clippy::cast_precision_loss, reason = "of 53 bits")]
pub fn chance(seed: u64, salt: u64) -> f64 {
    // SplitMix64's steps (Steele, Lea, Flood, 2014).
    let mut bits = (seed ^ salt.rotate_left(32)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    ((bits ^ (bits >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
}

impl Gpu {
    fn watts(&self) -> f64 {
        80.0 + 620.0 * chance(self.seed, 1)
    }

    /// Reports whether it changes when the schedule says so.
    #[must_use]
    pub fn changes(&self) -> bool {
        self.life != Life::Always
    }

    /// The counter at a time, in joules.
    fn joules(&self, time: f64, schedule: &Schedule) -> f64 {
        let begin = match (self.life, schedule.change) {
            (Life::FromChange, Some(change)) => change,
            (Life::Restarts, Some(change)) if time >= change => change,
            _ => self.start - AGE,
        };
        let seconds = schedule.counting(begin, time, self.changes());
        // The load rises and falls; the energy never falls.
        self.watts() * (seconds + 5.0 * (seconds / 40.0).sin())
    }

    /// The first and last time at which it is there.
    fn alive(&self, schedule: &Schedule) -> (f64, f64) {
        let change = schedule.change.unwrap_or(f64::INFINITY);
        match self.life {
            Life::UntilChange => (f64::NEG_INFINITY, change),
            Life::FromChange => (change, f64::INFINITY),
            Life::Always | Life::Restarts | Life::Renamed => (f64::NEG_INFINITY, f64::INFINITY),
        }
    }

    /// The times in which someone holds it, that overlap a time: begin, end, and the number of the holding. One GPU in twenty has
    /// pods of some minutes, the others pods of hours; and a seventh of all times no one.
    fn holdings(&self, from: f64, until: f64) -> Vec<(f64, f64, u64)> {
        let is_short = chance(self.seed, 2) < 0.05;
        let long = if is_short { 600.0 } else { 7_200.0 + 36_000.0 * chance(self.seed, 3) };
        let phase = long * chance(self.seed, 4);
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "of our time")]
        let number = |time: f64| ((time + phase) / long).floor() as u64;
        let numbers = (number(from)..=number(until)).filter(|n| chance(self.seed, 100 + n) < 0.86);
        let times = |n: u64| (n as f64 * long - phase, (n + 1) as f64 * long - phase, n);
        numbers.map(times).collect()
    }

    /// The pods of a holding: a namespace and a name each. One GPU in twenty is shared by two.
    fn pods(&self, holding: u64) -> Vec<(String, String)> {
        let shared = chance(self.seed, 5) < 0.05;
        let team = |n: u64| format!("team-{}", (chance(self.seed, n) * 60.0).floor());
        let id = &self.uuid[self.uuid.len() - 8..];
        (0..=u64::from(shared))
            .map(|pod| (team(holding + 7 * pod), format!("job-{id}-{}-{pod}", holding % 100_000)))
            .collect()
    }
}

impl Host {
    /// The grams that one joule emits.
    fn grams_per_joule(&self) -> f64 {
        INTENSITY[usize::from(self.zone.1)] / 3.6e6
    }

    /// The share of the energy that waits for an intensity: at one host in fifty, a tenth.
    fn pending(&self) -> f64 {
        if self.index % 50 == 7 { 0.1 } else { 0.0 }
    }

    /// The series of its exporter that have samples between two times.
    #[must_use]
    pub fn sources(
        &self,
        template: &[Line],
        schedule: &Schedule,
        (from, until): (f64, f64),
    ) -> Vec<Source> {
        let mut sources = Vec::new();
        let of_gpu = template.iter().filter(|line| line.label("gpu") == Some("0"));
        let of_gpu: Vec<&Line> = of_gpu.collect();
        for gpu in &self.gpus {
            let alive = gpu.alive(schedule);
            if alive.0 > until || alive.1 <= from {
                continue;
            }
            for line in &of_gpu {
                sources.push(self.of_gpu(gpu, line, alive));
            }
            if self.holders == Holders::Exporter {
                self.of_workloads(gpu, (from, until), &mut sources);
            }
        }
        for line in template.iter().filter(|line| line.label("gpu").is_none()) {
            sources.push(self.of_host(line));
        }
        sources
    }

    fn of_gpu(&self, gpu: &Gpu, line: &Line, alive: (f64, f64)) -> Source {
        let labels = line.labels.iter().map(|(name, value)| {
            let value = match name.as_str() {
                "gpu" => gpu.index.to_string(),
                "uuid" => gpu.uuid.clone(),
                _ => value.clone(),
            };
            (name.clone(), value)
        });
        let energy = |factor: f64| Value::Energy {
            gpu: gpu.clone(),
            factor,
            from: f64::NEG_INFINITY,
            until: f64::INFINITY,
        };
        let converted = (1.0 - self.pending()) * self.grams_per_joule();
        let share = match line.label("allocation") {
            Some("workloads") => 0.8,
            Some("unallocated") => 0.2,
            Some(_) => 0.0,
            None => 1.0,
        };
        let value = match line.name.trim_start_matches("gpu_carbon_") {
            "gpu_energy_joules_total" => energy(1.0),
            "gpu_allocation_energy_joules_total" => energy(share),
            "gpu_pending_energy_joules" if self.pending() > 0.0 => energy(self.pending()),
            "gpu_emissions_grams_total" | "ledger_emissions_grams" => energy(converted),
            "gpu_allocation_emissions_grams_total" => energy(share * converted),
            "gpu_embodied_emissions_grams_total" => energy(1e-5),
            "gpu_power_watts" => Value::Constant(gpu.watts()),
            "gpu_last_sample_timestamp_seconds" => Value::Clock(1.0),
            _ => Value::Constant(line.value),
        };
        Source { name: line.name.clone(), labels: labels.collect(), alive, value }
    }

    /// The series of pods, which an exporter that divides publishes for a while after their end.
    fn of_workloads(&self, gpu: &Gpu, (from, until): (f64, f64), into: &mut Vec<Source>) {
        let converted = (1.0 - self.pending()) * self.grams_per_joule();
        for (begin, end, holding) in gpu.holdings(from - KEPT, until) {
            let pods = gpu.pods(holding);
            for (namespace, pod) in &pods {
                let workload = format!("pod:{namespace}/{pod}");
                let alive = (begin, end + KEPT);
                let part = 1.0 / pods.len() as f64;
                for (metric, factor, with_signal) in [
                    ("energy_joules", part, false),
                    ("emissions_grams", part * converted, true),
                    ("embodied_emissions_grams", part * 1e-5, false),
                    ("held_seconds", part / 100.0, false),
                ] {
                    let mut labels = vec![
                        ("gpu".to_owned(), gpu.index.to_string()),
                        ("uuid".to_owned(), gpu.uuid.clone()),
                        ("workload".to_owned(), workload.clone()),
                    ];
                    if with_signal {
                        labels.push(("signal".to_owned(), "marginal".to_owned()));
                        labels.push(("scope".to_owned(), "unspecified".to_owned()));
                    }
                    let name = format!("gpu_carbon_workload_{metric}_total");
                    let value = Value::Energy { gpu: gpu.clone(), factor, from: begin, until: end };
                    into.push(Source { name, labels, alive, value });
                }
                let labels = [
                    ("workload", workload.as_str()),
                    ("kind", "pod"),
                    ("namespace", namespace),
                    ("pod", pod),
                ];
                let labels = labels.map(|(name, value)| (name.to_owned(), value.to_owned()));
                let name = "gpu_carbon_workload_info".to_owned();
                into.push(Source {
                    name,
                    labels: labels.to_vec(),
                    alive,
                    value: Value::Constant(1.0),
                });
            }
        }
    }

    fn of_host(&self, line: &Line) -> Source {
        let labels = line.labels.iter().map(|(name, value)| {
            let value = if name == "grid_zone" { &self.zone.0 } else { value };
            (name.clone(), value.clone())
        });
        let value = match line.name.trim_start_matches("gpu_carbon_") {
            "intensity_grams_per_kilowatt_hour" => {
                Value::Constant(INTENSITY[usize::from(self.zone.1)])
            }
            "intensity_timestamp_seconds" => Value::Clock(300.0),
            "process_start_time_seconds" => Value::Constant(self.gpus[0].start - AGE),
            "exporter_last_sample_timestamp_seconds" | "ledger_last_commit_timestamp_seconds" => {
                Value::Clock(1.0)
            }
            _ => Value::Constant(line.value),
        };
        let alive = (f64::NEG_INFINITY, f64::INFINITY);
        Source { name: line.name.clone(), labels: labels.collect(), alive, value }
    }

    /// The series of dcgm-exporter that have samples between two times, as they are on its page.
    #[must_use]
    pub fn dcgm_sources(&self, schedule: &Schedule, (from, until): (f64, f64)) -> Vec<Source> {
        let mut sources = Vec::new();
        let mut push = |gpu: &Gpu, pod: Option<(&str, &str)>, alive: (f64, f64)| {
            let labels = [("gpu", gpu.index.to_string()), ("UUID", gpu.uuid.clone())];
            let mut labels = labels.map(|(name, value)| (name.to_owned(), value)).to_vec();
            if let Some((namespace, pod)) = pod {
                labels.push(("namespace".to_owned(), namespace.to_owned()));
                labels.push(("pod".to_owned(), pod.to_owned()));
            }
            let name = "DCGM_FI_DEV_GPU_UTIL".to_owned();
            sources.push(Source { name, labels, alive, value: Value::Constant(50.0) });
        };
        for gpu in &self.gpus {
            let life = gpu.alive(schedule);
            if life.0 > until || life.1 <= from {
                continue;
            }
            if self.serves && gpu.index == 7 {
                push(gpu, Some(("serving", &format!("serve-{}-0", self.index))), life);
                continue;
            }
            let (mut idle, mut held) = (from, gpu.holdings(from, until));
            held.push((until.max(from) + 1e9, f64::INFINITY, 0));
            for (begin, end, holding) in held {
                if begin > idle {
                    push(gpu, None, (idle.max(life.0), begin.min(life.1)));
                }
                if end == f64::INFINITY {
                    break;
                }
                for (namespace, pod) in gpu.pods(holding) {
                    push(gpu, Some((&namespace, &pod)), (begin.max(life.0), end.min(life.1)));
                }
                idle = end;
            }
        }
        sources
    }

    /// The series of vLLM.
    #[must_use]
    pub fn vllm_sources(&self) -> Vec<Source> {
        let (since, alive) = (self.gpus[0].start - AGE, (f64::NEG_INFINITY, f64::INFINITY));
        [("generation", 1_000.0), ("prompt", 3_000.0)]
            .map(|(kind, rate)| Source {
                name: format!("vllm:{kind}_tokens_total"),
                labels: vec![("model_name".to_owned(), "m".to_owned())],
                alive,
                value: Value::Seconds(rate, since),
            })
            .to_vec()
    }
}
