//! Costs of the exporter, measured beside other exporters on the same fake GPUs.

pub mod client;
pub mod goals;
pub mod install;
pub mod latency;
pub mod load;
pub mod measure;
pub mod program;
pub mod report;
