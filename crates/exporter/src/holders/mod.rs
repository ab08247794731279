//! The holders of GPUs: one thread asks the sources, which are the files of Slurm's jobs, the kubelet and
//! the processes on the GPUs.
//! Nothing here runs without the section `attribution` of the configuration.

mod claims;
mod cpu_use;
mod gpu_processes;
mod gpu_use;
mod holdings;
mod kubelet_client;
mod kubelet_pods;
mod partition;
mod pod_names;
mod process_list;
mod settings;
mod slurm_jobs;
mod watcher;
mod workload;

pub use cpu_use::CpuUse;
pub use gpu_use::{GpuUse, UseByInstance, UseByPlace, Used};
pub use holdings::{Claim, ClaimedGpu, Holdings, SourceState, Watch, Watched};
pub use partition::{GpuPartition, Partition};
pub use process_list::ProcessList;
pub use settings::{GpuNumbers, JobFolder, Settings, Source};
pub use watcher::start;
pub use workload::{Workload, WorkloadKind};
