//! The thread that asks the sources, so that one that does not answer delays no reading of a GPU.

use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use gpu_carbon_core::Span;

use super::cpu_use::CpuUseReader;
use super::gpu_processes::GpuProcesses;
use super::holdings::{Claim, Holdings, SourceState};
use super::kubelet_client;
use super::kubelet_pods::KubeletPods;
use super::pod_names::PodNames;
use super::process_list::ProcessList;
use super::settings::{Settings, Source};
use super::slurm_jobs::SlurmJobs;
use crate::clock::{self, ClockJump, ClockReading};
use crate::latest::Latest;

/// The period in which folders are looked at for changes: a job's start or end is known that soon.
const PERIOD: Duration = Duration::from_millis(250);

/// The time after which the holdings are published, even without a change, to show that the thread runs.
const HEARTBEAT: Span = Span::from_seconds(1);

/// The sources of one host.
struct Sources {
    slurm: Option<SlurmJobs>,
    kubelet: Option<KubeletPods>,
    processes: Option<GpuProcesses>,
    order: Vec<Source>,
    pods: PodNames,
    cpu: CpuUseReader,
}

impl Sources {
    fn new(settings: &Settings, procfs: &Path, cgroups: &Path) -> std::io::Result<Sources> {
        let rank = |source| settings.sources.iter().position(|it| *it == source);
        let slurm = |rank| SlurmJobs::new(settings.job_folders.clone(), rank);
        let processes = |rank| GpuProcesses::new(procfs.to_owned(), rank);
        let kubelet = |rank| {
            let answers = kubelet_client::start(settings.kubelet_socket.clone())?;
            Ok::<_, std::io::Error>(KubeletPods::new(answers, cgroups.to_owned(), rank))
        };
        Ok(Sources {
            slurm: rank(Source::Slurm).map(slurm),
            kubelet: rank(Source::Kubelet).map(kubelet).transpose()?,
            processes: rank(Source::Processes).map(processes),
            order: settings.sources.clone(),
            pods: PodNames::new(settings.pod_logs.clone()),
            cpu: CpuUseReader::new(procfs.to_owned(), cgroups.to_owned()),
        })
    }

    fn states(&self) -> Vec<SourceState> {
        let of = |source: &Source| match source {
            Source::Slurm => self.slurm.as_ref().map(|it| it.state.clone()),
            Source::Kubelet => self.kubelet.as_ref().map(|it| it.state.clone()),
            Source::Processes => self.processes.as_ref().map(|it| it.state.clone()),
        };
        self.order.iter().filter_map(of).collect()
    }

    /// Keeps all times at the same moments after the wall clock was set: the energy of the time since then is not before them.
    fn set_clock(&mut self, jump: ClockJump) {
        self.slurm.iter_mut().for_each(|it| it.set_clock(jump));
        self.kubelet.iter_mut().for_each(|it| it.set_clock(jump));
        self.processes.iter_mut().for_each(|it| it.set_clock(jump));
    }

    fn claims(&self) -> Vec<Claim> {
        let slurm = self.slurm.iter().flat_map(|it| it.claims.all());
        let processes = self.processes.iter().flat_map(|it| it.claims.all());
        let kubelet = self.kubelet.iter().flat_map(|it| it.claims.all());
        slurm.chain(kubelet).chain(processes).cloned().collect()
    }

    fn holdings(&mut self, asked: ClockReading) -> Holdings {
        let (claims, sources) = (self.claims(), self.states());
        let pods = Arc::clone(self.pods.known());
        let holding = claims.iter().filter(|claim| claim.until.is_none());
        let names = holding.filter_map(|it| Some(Arc::clone(&it.workload.as_ref()?.name)));
        self.cpu.poll(&names.collect(), &pods, asked);
        Holdings { asked, is_known: true, claims, sources, pods, cpu: self.cpu.latest() }
    }
}

/// Starts the thread, which runs until no list of processes can come any more. `procfs` is the folder where procfs is
/// mounted, and `cgroups` that where cgroups are. Returns the latest holdings.
///
/// # Errors
///
/// If the system provides no thread.
pub fn start(
    settings: &Settings,
    procfs: &Path,
    cgroups: &Path,
    lists: Receiver<ProcessList>,
) -> std::io::Result<Arc<Latest<Holdings>>> {
    let mut sources = Sources::new(settings, procfs, cgroups)?;
    let latest = Arc::new(Latest::new(Holdings::unknown(clock::read(), sources.states())));
    let published = Arc::clone(&latest);
    let run = move || {
        let mut last_published: Option<ClockReading> = None;
        let mut last = clock::read();
        let mut read_clock = |sources: &mut Sources| {
            let now = clock::read();
            if let Some(jump) = now.jump_since(std::mem::replace(&mut last, now)) {
                sources.set_clock(jump);
            }
            now
        };
        loop {
            let now = read_clock(&mut sources);
            let mut has_news = sources.slurm.as_mut().is_some_and(|slurm| slurm.poll(now));
            let Sources { kubelet, pods, .. } = &mut sources;
            has_news |= kubelet.as_mut().is_some_and(|it| it.poll(pods, now));
            has_news |= sources.processes.as_mut().is_some_and(|it| it.poll(now));
            let is_due =
                last_published.is_none_or(|last| now.awake.saturating_sub(last.awake) >= HEARTBEAT);
            if has_news || is_due {
                published.publish(sources.holdings(now));
                last_published = Some(now);
            }
            let first = match lists.recv_timeout(PERIOD) {
                Ok(list) => Some(list),
                Err(RecvTimeoutError::Timeout) => None,
                Err(RecvTimeoutError::Disconnected) => return,
            };
            let now = read_clock(&mut sources);
            for list in first.into_iter().chain(lists.try_iter()) {
                let Sources { processes, pods, .. } = &mut sources;
                if let Some(processes) = processes {
                    processes.record(list, pods, now);
                    last_published = None; // publish at once
                }
            }
        }
    };
    thread::Builder::new().name("holders".to_owned()).spawn(run)?;
    Ok(latest)
}
