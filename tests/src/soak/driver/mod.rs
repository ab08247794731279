//! A soak of one exporter that is never killed: meters that report what is not true, a driver whose sessions neither
//! begin nor end, an operator who reloads and releases, and a log that is not read for a while.

mod check;
mod fleet;
mod monitor;
mod operator;
mod plan;
mod run;

pub use run::{Options, Outcome};
