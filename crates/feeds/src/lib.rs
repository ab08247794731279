//! Parsers for carbon intensity and power: the project's CSV files, the answers of four intensity services, packs, and the
//! answers of Prometheus. They turn text into the core's types and do no I/O.

pub mod bundled;
pub mod calendar;
pub mod checksum;
pub mod csv;
mod detect_service;
pub mod electricity_maps;
pub mod energy_charts;
mod error;
pub mod exposition_reader;
pub mod forecasts;
pub mod generation;
pub mod great_britain;
pub mod hardware;
mod json;
pub mod one_line;
pub mod pack;
pub mod profile;
pub mod prometheus;
pub mod regions;
pub mod replay;
mod response;
pub mod rfc3339;
mod service;
pub mod strict_csv;
pub mod watttime;
pub mod yearly_averages;

pub use detect_service::{DetectedResponse, detect_service, parse_any_service};
pub use error::FeedError;
pub use response::{Point, ServiceResponse};
pub use service::{Account, Service};
