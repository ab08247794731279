//! Ten thousand scrapes a second, and two thousand connections that ask nothing: whether the exporter holds both.

pub mod cores;
pub mod idle;
pub mod measure;
pub mod open_loop;
pub mod report;
pub mod watch;
