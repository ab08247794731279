//! The rules and the dashboard of `deploy/` at the size of a fleet: a real Prometheus with synthetic hosts.
//!
//! An hour of raw series and a day of recorded ones come by remote write, and everything after by scrapes of a local server that
//! has a page for each host. The pages have the series of the real exporter.

pub mod conservation;
pub mod groups;
pub mod history;
pub mod host;
pub mod measure;
pub mod panels;
pub mod remote_write;
pub mod report;
pub mod schedule;
pub mod server;
pub mod steal;
pub mod targets;
pub mod template;
