//! `gpu-carbon run` with real processes.
#![allow(clippy::unwrap_used, reason = "a test that cannot run its program has failed")]

mod crashes;
mod exit_status;
mod freezer;
mod harness;
mod journals;
mod many;
mod pauses;
mod promise;
mod restarts;
mod same;
mod signals;
mod takeover;
mod terminal;
