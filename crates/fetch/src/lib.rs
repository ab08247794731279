//! HTTP clients of the services that publish carbon intensity. `gpu-carbon-feeds` parses their answers.
//!
//! A [`Service`] has the addresses of a service, the longest period that one request may ask for, and the authentication. It
//! sends each request once: the caller decides when to send the next one.

mod credentials;
mod error;
mod http;
mod retry_after;
mod secret;
mod service;
mod tls_error;

pub use credentials::{Credential, CredentialError};
pub use error::{FetchError, ServiceMessage};
pub use http::{BaseUrl, BaseUrlError, Client, DEFAULT_TIMEOUT};
pub use secret::Secret;
pub use service::Service;
pub use service::electricity_maps::{ElectricityMaps, Version};
pub use service::energy_charts::EnergyCharts;
pub use service::great_britain::GreatBritain;
pub use service::query::Query;
pub use service::watttime::{Location, WattTime};

/// The README, so that its example is compiled as a documentation test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
