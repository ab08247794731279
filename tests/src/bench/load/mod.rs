//! Load of the exporter: ten thousand scrapes a second, and two thousand idle connections.

pub mod bare;
pub mod cores;
pub mod idle;
pub mod measure;
pub mod open_loop;
pub mod report;
pub mod watch;
