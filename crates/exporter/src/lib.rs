//! The library of `gpu-carbon-exporter`, which publishes the energy and emissions of this host's GPUs to Prometheus.
//!
//! A reading travels through it as follows. [`sampler`] threads read NVML, which only [`nvml`] names, and report to
//! the [`accounting`]. It converts the energy of each reading to emissions by the [`intensity`] of that time, writes
//! the totals to the [`ledger`] if one is configured, and publishes an immutable [`snapshot`]. The [`metrics`] render
//! that snapshot, and [`web`] serves it. No scrape ever waits for a GPU, a disk or the network.

pub mod accounting;
pub mod args;
mod backoff;
pub mod build;
pub mod clock;
pub mod config;
mod file_watch;
pub mod forecast;
pub mod intensity;
pub mod latest;
pub mod ledger;
mod library_copy;
mod logging;
pub mod metrics;
pub mod nvml;
pub mod process;
mod run;
pub mod sampler;
pub mod scrape_schedule;
pub mod snapshot;
pub mod web;
mod yaml;

pub use logging::write_last_line;
pub use run::{UsageError, run};
