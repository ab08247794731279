//! Asks the services that publish carbon intensity, and hands on what `feeds` reads of their answers.
//!
//! A [`Service`] knows its addresses, how long a period one request may ask for, and how to be let in. It
//! never repeats a request: when to ask, and again, is the caller's to decide.

mod credentials;
mod error;
mod http;
mod secret;
mod service;
mod tls_error;

pub use credentials::{Credential, CredentialError};
pub use error::FetchError;
pub use http::{BaseUrl, BaseUrlError, Client, DEFAULT_TIMEOUT};
pub use secret::Secret;
pub use service::electricity_maps::{ElectricityMaps, Version};
pub use service::energy_charts::EnergyCharts;
pub use service::great_britain::GreatBritain;
pub use service::watttime::{Location, WattTime};
pub use service::{Query, Service};
