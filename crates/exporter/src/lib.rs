//! The library of `gpu-carbon-exporter`, which publishes the energy and emissions of this host's GPUs to Prometheus.
//!
//! A reading travels through it as follows. [`sampler`] threads read NVML, which only [`nvml`] names, and report to
//! the [`accounting`]. It converts the energy of each reading to emissions by the [`intensity`] of that time, divides
//! both among the [`holders`] of the GPU where that is configured, adds what the [`host_meters`] tell of the host around
//! it, writes the totals of GPUs to the [`ledger`] if there is one, and publishes an immutable [`snapshot`]. The
//! [`metrics`] render that snapshot, and [`web`] serves it. No scrape ever
//! waits for a GPU, a disk or the network.

pub mod accounting;
mod advice;
pub mod args;
mod backoff;
pub mod build;
pub mod clock;
pub mod config;
mod config_file_error;
#[cfg(test)]
mod fake_procfs;
mod file_watch;
pub mod forecast;
pub mod gpu_filter;
pub mod holders;
pub mod host_meters;
pub mod host_view;
pub mod intensity;
pub mod latest;
pub mod ledger;
mod library_copy;
mod library_file;
mod logging;
pub mod metrics;
pub mod nvml;
mod operator;
pub mod pci;
pub mod process;
mod regular_file;
mod reload;
mod run;
pub mod sampler;
pub mod scrape_schedule;
pub mod settled_clock;
mod signals;
pub mod snapshot;
pub mod web;
pub mod workload_views;
mod yaml;

pub use logging::write_last_line;
pub use operator::Operations;
pub use run::{UsageError, run};
