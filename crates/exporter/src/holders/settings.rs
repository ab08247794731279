//! The settings of the sources.

use std::path::PathBuf;

use gpu_carbon_core::{Power, Span};

/// The settings of the sources, and of the workloads that are published.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// The sources in order of belief: of two that name a holder of one GPU, the first counts.
    pub sources: Vec<Source>,
    /// The folders with the files of Slurm's jobs.
    pub job_folders: Vec<JobFolder>,
    /// The meaning of the number of a GPU in these files.
    pub numbers: GpuNumbers,
    /// The socket of the kubelet's service PodResources.
    pub kubelet_socket: PathBuf,
    /// The folder with the logs of pods, whose folders have their names.
    pub pod_logs: PathBuf,
    /// The power of a GPU without work; learnt where it is not given.
    pub idle: Option<Power>,
    /// The most workloads that are published at once; those beyond are one, `other`.
    pub most_workloads: usize,
    /// The time for which the counters of a workload stay after it held a GPU.
    pub keep_ended: Span,
}

/// A source of holders.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// The files of Slurm's jobs.
    Slurm,
    /// The pods to which the kubelet has given GPUs.
    Kubelet,
    /// The processes on the GPUs.
    Processes,
}

impl Source {
    /// The name in labels and in the configuration: `slurm`, `kubelet` or `processes`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Source::Slurm => "slurm",
            Source::Kubelet => "kubelet",
            Source::Processes => "processes",
        }
    }
}

/// A folder with the files of Slurm's jobs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JobFolder {
    /// One file a job, as gpu-carbon's prolog writes them.
    Prolog(PathBuf),
    /// One file a GPU, as dcgm-exporter reads them.
    Dcgm(PathBuf),
}

/// The meaning of the number of a GPU.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GpuNumbers {
    /// The number of its device file, `/dev/nvidiaN`, as Slurm counts.
    Minor,
    /// The index in NVML's order.
    Index,
}
