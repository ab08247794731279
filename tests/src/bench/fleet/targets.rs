//! All hosts, and the targets by which Prometheus scrapes them.

use std::fmt::Write;
use std::net::SocketAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::host::{Gpu, Holders, Host, Life, Source, chance};
use super::schedule::Schedule;
use super::template::Template;

/// The GPUs of a host.
pub const GPUS: usize = 8;

/// The fleet. Its schedule grows while the bench runs.
#[derive(Debug)]
pub struct Fleet {
    /// The hosts.
    pub hosts: Vec<Host>,
    /// The series of the real exporter.
    pub template: Template,
    schedule: Mutex<Schedule>,
}

/// The kinds of targets of a host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// Our exporter.
    Exporter,
    /// dcgm-exporter.
    Dcgm,
    /// vLLM.
    Vllm,
}

impl Target {
    /// All kinds.
    pub const ALL: [Target; 3] = [Target::Exporter, Target::Dcgm, Target::Vllm];

    /// The name of the job, and of the page.
    #[must_use]
    pub fn job(self) -> &'static str {
        match self {
            Target::Exporter => "gpu-carbon",
            Target::Dcgm => "dcgm",
            Target::Vllm => "vllm",
        }
    }

    /// The labels of the target of a host, after the change or before it.
    #[must_use]
    pub fn labels(self, host: &Host, changed: bool) -> Vec<(&'static str, String)> {
        let name = if changed { &host.next_name } else { &host.name };
        let port = match self {
            Target::Exporter => 9877,
            Target::Dcgm => 9400,
            Target::Vllm => 8000,
        };
        let mut labels = vec![
            ("cluster", host.cluster.clone()),
            ("instance", format!("{name}:{port}")),
            ("job", self.job().to_owned()),
        ];
        let pod = match self {
            Target::Exporter => None,
            Target::Dcgm => Some(("gpu-operator", format!("dcgm-exporter-{}", host.index))),
            Target::Vllm => Some(("serving", format!("serve-{}-0", host.index))),
        };
        if let Some((namespace, pod)) = pod {
            labels.push(("namespace", namespace.to_owned()));
            labels.push(("pod", pod));
        }
        labels
    }
}

impl Fleet {
    /// Hosts in four clusters and grid zones, of which every second divides its energy itself. One in a hundred is renamed,
    /// another restarts, another gets a new GPU, and another's GPU moves to its neighbour.
    #[must_use]
    pub fn new(hosts: usize, template: Template, start: f64) -> Fleet {
        let mut fleet: Vec<Host> = (0..hosts).map(|index| host(index, start)).collect();
        for index in (0..hosts).filter(|index| index % 100 == 21) {
            // The second GPU goes to the next but one, which does not divide, either.
            let moved = Gpu { life: Life::FromChange, index: GPUS, ..fleet[index].gpus[1].clone() };
            fleet[index].gpus[1].life = Life::UntilChange;
            if let Some(next) = fleet.get_mut(index + 2) {
                next.gpus.push(moved);
            }
        }
        Fleet { hosts: fleet, template, schedule: Mutex::default() }
    }

    /// The schedule now.
    pub fn schedule(&self) -> MutexGuard<'_, Schedule> {
        self.schedule.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The series of a target that have samples between two times; none, where the host has no such target.
    #[must_use]
    pub fn sources(
        &self,
        target: Target,
        host: &Host,
        schedule: &Schedule,
        time: (f64, f64),
    ) -> Vec<Source> {
        match target {
            Target::Exporter if host.holders == Holders::Exporter => {
                host.sources(&self.template.dividing, schedule, time)
            }
            Target::Exporter => host.sources(&self.template.plain, schedule, time),
            Target::Dcgm if host.holders == Holders::Dcgm => host.dcgm_sources(schedule, time),
            Target::Vllm if host.serves => host.vllm_sources(),
            _ => Vec::new(),
        }
    }

    /// The page of a target, by its path: `/JOB/HOST`.
    #[must_use]
    pub fn page(&self, path: &str, time: f64) -> Option<String> {
        let (job, index) = path.strip_prefix('/')?.split_once('/')?;
        let target = Target::ALL.into_iter().find(|target| target.job() == job)?;
        let host = self.hosts.get(index.parse::<usize>().ok()?)?;
        let schedule = self.schedule().clone();
        let mut page = String::new();
        for source in self.sources(target, host, &schedule, (time, time)) {
            if source.is_alive(time) {
                page.push_str(&source.name);
                let mut sign = '{';
                for (name, value) in &source.labels {
                    let _ = write!(page, "{sign}{name}=\"{value}\"");
                    sign = ',';
                }
                let end = if source.labels.is_empty() { "" } else { "}" };
                let _ = writeln!(page, "{end} {}", source.at(time, &schedule));
            }
        }
        Some(page)
    }

    /// The `scrape_configs` of all targets.
    #[must_use]
    pub fn scrape_configs(&self, server: SocketAddr, changed: bool) -> String {
        let mut text = "scrape_configs:\n".to_owned();
        for target in Target::ALL {
            let _ = writeln!(text, "- job_name: {}\n  static_configs:", target.job());
            let now = (f64::NEG_INFINITY, f64::NEG_INFINITY);
            let schedule = Schedule::default();
            for host in &self.hosts {
                if target != Target::Exporter
                    && self.sources(target, host, &schedule, now).is_empty()
                {
                    continue;
                }
                let labels = target.labels(host, changed);
                let labels: Vec<String> =
                    labels.into_iter().map(|(name, value)| format!("{name}: '{value}'")).collect();
                let _ = writeln!(
                    text,
                    "  - {{targets: ['{server}'], labels: {{__metrics_path__: '/{}/{}', {}}}}}",
                    target.job(),
                    host.index,
                    labels.join(", ")
                );
            }
        }
        text
    }
}

fn host(index: usize, start: f64) -> Host {
    let holders = if index.is_multiple_of(2) { Holders::Exporter } else { Holders::Dcgm };
    let restarts = index % 100 == 41;
    let gpu = |gpu: usize, life: Life, version: u64| {
        let seed = (index * 16 + gpu) as u64 + version * 1_000_000;
        let id = (chance(seed, 9) * 4_294_967_296.0).floor();
        Gpu {
            index: gpu,
            uuid: format!("GPU-{index:08x}-{gpu:04x}-4000-8000-{version:04x}{id:08.0}"),
            seed,
            life,
            start,
        }
    };
    let life = if restarts { Life::Restarts } else { Life::Always };
    let mut gpus: Vec<Gpu> = (0..GPUS).map(|number| gpu(number, life, 0)).collect();
    if index % 100 == 61 {
        gpus[0].life = Life::UntilChange;
        gpus.push(gpu(0, Life::FromChange, 1));
    }
    let name = format!("gpu-host-{index:04}");
    // Both a host that divides and one that does not.
    let is_renamed = index % 200 == 80 || index % 200 == 181;
    if is_renamed {
        gpus.iter_mut().for_each(|gpu| gpu.life = Life::Renamed);
    }
    Host {
        index,
        next_name: if is_renamed { format!("renamed-{index:04}") } else { name.clone() },
        name,
        cluster: format!("cluster-{}", index % 4),
        zone: (format!("ZONE-{}", index % 4), index % 4 == 3),
        holders,
        gpus,
        serves: index % 20 == 5,
    }
}
