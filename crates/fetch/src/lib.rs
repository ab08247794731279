//! Asks the services that publish carbon intensity, and hands on what `feeds` reads of their answers.
//!
//! A [`Service`] knows its addresses, how long a period one request may ask for, and how to be let in. It
//! never repeats a request: when to ask, and again, is the caller's to decide.

mod credentials;
mod fault;
mod http;
mod secret;
mod service;
mod trust;

pub use credentials::{Credential, CredentialError};
pub use fault::Fault;
pub use http::{BaseUrl, BaseUrlError, Client, PATIENCE};
pub use secret::Secret;
pub use service::electricity_maps::{ElectricityMaps, Version};
pub use service::energy_charts::EnergyCharts;
pub use service::great_britain::GreatBritain;
pub use service::watttime::{Place, WattTime};
pub use service::{Question, Service};
