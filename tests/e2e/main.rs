//! End to end: the exporter as a process, on a fake NVML that it loads by dlopen, asked over HTTP.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails so")]
#![allow(clippy::print_stdout, reason = "a test prints what it measured")]

mod alerts;
mod api;
mod attribution;
mod dashboard;
mod energy;
mod faults;
mod faults_of_meters;
mod faults_of_sessions;
mod feed_faults;
mod flags;

mod history;
mod host;
mod http;
mod intensity;
mod ledger;
mod library_file;
mod listen;
mod logging;
mod meters_compared;
mod operation;
mod outage;
mod prometheus;
mod proxy_and_tls;
mod run_energy;
mod services;
mod slurm_pause;
mod startup_errors;
mod steady_gpu;
mod strange_answers;
mod tls_and_auth;
mod web_configuration_faults;
