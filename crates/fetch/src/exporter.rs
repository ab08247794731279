//! The client of an exporter of this project, which publishes the forecast that it knows.

use gpu_carbon_core::Timestamp;
use gpu_carbon_feeds::{ServiceResponse, exporter_forecast};

use crate::authentication::Authentication;
use crate::error::FetchError;
use crate::http::Client;

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
}
