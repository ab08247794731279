//! Parsers for carbon intensity and power: the project's CSV files, the answers of nine intensity services, packs, and the
//! answers of Prometheus. They turn text into the core's types and do no I/O.

#[cfg(test)]
mod any_text;
pub mod bundled;
pub mod calendar;
pub mod checksum;
pub mod csv;
mod detect_service;
pub mod eia;
pub mod electricity_maps;
pub mod energy_charts;
mod error;
pub mod exporter_forecast;
pub mod exporter_intensity;
pub mod exporter_workload;
pub mod exposition_reader;
pub mod files;
pub mod forecasts;
pub mod gaps;
pub mod generation;
mod generation_series;
pub mod great_britain;
pub mod hardware;
pub mod ieso;
mod json;
pub mod metadata;
mod nearest_names;
pub mod one_line;
pub mod openelectricity;
pub mod pack;
pub mod pages;
pub mod pjm;
pub mod profile;
pub mod prometheus;
pub mod prometheus_sample;
pub mod region_pues;
pub mod regions;
pub mod replay;
mod response;
pub mod rfc3339;
mod service;
pub mod sgip;
pub mod strict_csv;
pub mod unit;
pub mod watttime;
pub mod yaml_nesting;
pub mod yearly_averages;

pub use detect_service::{DetectedResponse, detect_service, parse_any_service};
pub use error::FeedError;
pub use response::{BadPoints, Point, ServiceResponse};
pub use service::{Account, Service, scope_of_source};
