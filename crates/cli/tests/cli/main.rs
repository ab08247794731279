//! `gpu-carbon`, run as people run it.
#![allow(clippy::unwrap_used, reason = "a test that cannot run its program has failed")]

mod cloud_regions;
mod evaluate;
mod figures;
mod golden;
mod harness;
mod ledger_versions;
mod needs_shared_data;
mod pauses;
mod properties;
mod readme;
mod regions;
mod report;
mod simulate;
mod sources;
mod usage_errors;
