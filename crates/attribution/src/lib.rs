//! The holders of GPUs, from what a host says in text: the cgroup of a process, the files that a prolog of Slurm writes, the
//! folders of the kubelet's logs, and the kubelet's answer on a socket. Nothing here needs a token or ptrace.
//!
//! Text and folders are arguments. The crate has no clock and no thread, and knows nothing of NVML.
#![deny(clippy::indexing_slicing)]

pub mod cgroup;
pub mod cpu_time;
#[cfg(feature = "kubelet")]
pub mod kubelet;
pub mod live_pods;
pub mod pods;
pub mod process;
pub mod slurm;

pub use cgroup::Place;
pub use slurm::{GpuName, JobFile, JobFileError, JobId};

/// The README, so that its examples are run as documentation tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
