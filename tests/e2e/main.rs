//! End to end: the exporter as a process, on a fake NVML that it loads by dlopen, asked over HTTP.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test may fail
#![allow(clippy::print_stdout)] // and tell what it measured

mod alerts;
mod dashboard;
mod energy;
mod faults;
mod feed_faults;
mod guard;
mod history;
mod http;
mod intensity;
mod ledger;
mod outage;
mod prometheus;
mod refusals;
mod services;
mod way_there;
