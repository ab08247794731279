//! HTTP clients of the services that publish carbon intensity. `gpu-carbon-feeds` parses their answers.
//!
//! A [`Service`] has the addresses of a service, the longest period that one request may ask for, and the authentication. It
//! sends each request once: the caller decides when to send the next one. A [`Controller`] is that of a host (BMC), which knows
//! its power.

mod authentication;
mod controller;
mod credentials;
mod error;
mod exporter;
mod file;
mod http;
mod prometheus;
mod quoting;
mod retry_after;
mod secret;
mod service;
mod tls_error;
mod url;

pub use controller::Controller;
pub use credentials::{Credential, CredentialError, CredentialPairError};
pub use error::{FetchError, ServiceMessage};
pub use exporter::Exporter;
pub use file::read_file;
pub use http::{Authorities, BaseUrl, BaseUrlError, Client, DEFAULT_TIMEOUT, Trust, TrustError};
pub use prometheus::Prometheus;
pub use secret::Secret;
pub use service::Service;
pub use service::eia::Eia;
pub use service::electricity_maps::{ElectricityMaps, Version};
pub use service::energy_charts::EnergyCharts;
pub use service::great_britain::GreatBritain;
pub use service::ieso::Ieso;
pub use service::openelectricity::OpenElectricity;
pub use service::pjm::Pjm;
pub use service::query::Query;
pub use service::sgip::Sgip;
pub use service::watttime::{Location, WattTime};

/// The README, so that its example is compiled as a documentation test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
