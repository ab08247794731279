//! The client of a Prometheus, which knows the number of tokens or requests that a server has delivered.

use gpu_carbon_core::Timestamp;
use gpu_carbon_feeds::prometheus_sample;

use crate::authentication::Authentication;
use crate::error::FetchError;
use crate::http::Client;
use crate::url::{encode, second};

/// A client of a Prometheus.
#[derive(Debug, Clone)]
pub struct Prometheus {
    client: Client,
}

impl Prometheus {
    /// A client of the Prometheus at the client's address.
    #[must_use]
    pub fn new(client: Client) -> Prometheus {
        Prometheus { client }
    }

    /// Asks an instant query for one number, as of a time, once. `None` where no series matches. `now` dates a `Retry-After` header.
    ///
    /// # Errors
    ///
    /// When the connection fails, Prometheus refuses the query, or its answer is not one number.
    pub fn query(
        &mut self,
        query: &str,
        at: Timestamp,
        now: Timestamp,
    ) -> Result<Option<f64>, FetchError> {
        let path = format!("/api/v1/query?query={}&time={}", encode(query), encode(&second(at)));
        self.client.get(&path, &Authentication::None, now, prometheus_sample::parse)
    }
}
