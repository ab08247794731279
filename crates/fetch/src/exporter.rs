//! The client of an exporter of this project, which publishes the intensity and the forecast that it knows, and what a workload used.

use gpu_carbon_core::Timestamp;
use gpu_carbon_feeds::exporter_intensity::PresentIntensity;
use gpu_carbon_feeds::exporter_workload::WorkloadCounters;
use gpu_carbon_feeds::{ServiceResponse, exporter_forecast, exporter_intensity, exporter_workload};

use crate::authentication::Authentication;
use crate::error::FetchError;
use crate::http::Client;
use crate::url::encode;

/// A client of an exporter.
#[derive(Debug, Clone)]
pub struct Exporter {
    client: Client,
}

impl Exporter {
    /// A client of the exporter at the client's address.
    #[must_use]
    pub fn new(client: Client) -> Exporter {
        Exporter { client }
    }

    /// Asks for the forecast once. `now` dates a `Retry-After` header.
    ///
    /// # Errors
    ///
    /// When the connection fails, the exporter has no forecast, or the answer cannot be parsed.
    pub fn forecast(&mut self, now: Timestamp) -> Result<ServiceResponse, FetchError> {
        self.client.get("/api/v1/forecast", &Authentication::None, now, exporter_forecast::parse)
    }

    /// Asks for the present intensity once, which an exporter may know without a forecast. `now` dates a `Retry-After` header.
    ///
    /// # Errors
    ///
    /// When the connection fails, the exporter knows no intensity now, or the answer cannot be parsed.
    pub fn intensity(&mut self, now: Timestamp) -> Result<PresentIntensity, FetchError> {
        self.client.get("/api/v1/intensity", &Authentication::None, now, exporter_intensity::parse)
    }

    /// Asks once for the counters of a workload, such as `slurm:123`. `now` dates a `Retry-After` header.
    ///
    /// # Errors
    ///
    /// When the connection fails, the exporter does not divide energy among workloads, or the answer cannot be parsed.
    pub fn workload(&mut self, name: &str, now: Timestamp) -> Result<WorkloadCounters, FetchError> {
        let path = format!("/api/v1/workload?name={}", encode(name));
        self.client.get(&path, &Authentication::None, now, exporter_workload::parse)
    }
}
