//! `gpu-carbon`, run as people run it.
#![allow(clippy::unwrap_used, reason = "a test that cannot run its program has failed")]

mod cloud_regions;
mod evaluate;
mod figures;
mod files;
mod golden;
mod harness;
mod host_share;
mod job;
mod ledger_versions;
mod needs_shared_data;
mod pauses;
mod plan_costs;
mod plan_regions;
mod plan_times;
mod properties;
mod readme;
mod region_pue;
mod regions;
mod report;
mod sci;
mod simulate;
mod sources;
mod tables;
mod usage_errors;
mod wait;
mod when;
