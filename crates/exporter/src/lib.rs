//! `gpu-carbon-exporter`: what the GPUs of this host use and emit, for Prometheus.
//!
//! A reading's way: [`sampler`] threads read NVML (named only in [`nvml`]) and tell the [`books`], which
//! price each reading by the [`intensity`] of its moment, write it to the [`ledger`] where there is one, and
//! publish an immutable [`snapshot`]. The
//! [`metrics`] write that snapshot, and the [`web`] serves it. No scrape ever waits for a GPU, a disk or
//! the network.

pub mod accounting;
pub mod args;
mod backoff;
pub mod clock;
pub mod config;
pub mod forecast;
pub mod intensity;
pub mod latest;
pub mod ledger;
mod logging;
pub mod metrics;
pub mod nvml;
pub mod process;
mod run;
pub mod sampler;
pub mod scrape_schedule;
pub mod snapshot;
pub mod web;

pub use run::{UsageError, run};
