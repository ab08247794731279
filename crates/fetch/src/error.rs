//! Errors of a request to a service.

use std::time::Duration;

use gpu_carbon_feeds::FeedError;

use crate::credentials::CredentialError;

/// The reason why a request returned no values. Each message is one line, and contains no secret.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// The connection failed.
    #[error("no connection: {0}")]
    Connection(String),
    /// The certificate of the service is not trusted.
    #[error("{0}")]
    UntrustedCertificate(String),
    /// A stage of the request took too long.
    #[error("timeout: {0}")]
    Timeout(String),
    /// The answer is larger than the limit, which no real answer reaches.
    #[error("the answer is larger than {limit} bytes")]
    TooLarge {
        /// The number of bytes that are read at most.
        limit: u64,
    },
    /// The service redirects to another address. The client does not follow, since it would send the credentials there.
    #[error("the service redirects (status {status}){to}; give its new address as base_url")]
    Redirect {
        /// The status, 300 to 399.
        status: u16,
        /// The new address, without its query.
        to: ServiceMessage,
    },
    /// The service rejects the credentials.
    #[error("the service refuses the credentials (status {status}){message}")]
    Unauthorized {
        /// The status: 401, or 403 of a login.
        status: u16,
        /// The message of the service.
        message: ServiceMessage,
    },
    /// A web page refuses the request: one of a firewall, a proxy or a network in front of the service. It knows no credentials.
    #[error(
        "a web page refused the request (status {status}), not the service: a firewall, a proxy or the network is in the way"
    )]
    WebPage {
        /// The status: 401 or 403.
        status: u16,
    },
    /// The credentials are valid, and do not allow this request.
    #[error("the service does not allow this (status 403){0}")]
    Forbidden(ServiceMessage),
    /// The service limits the rate of requests.
    #[error("the service is asked too often (status 429){message}")]
    RateLimited {
        /// The wait that the service asks for, if any.
        retry_after: Option<Duration>,
        /// The message of the service.
        message: ServiceMessage,
    },
    /// The service rejects the request for another reason.
    #[error("the service refuses the request (status {status}){message}")]
    ClientError {
        /// The status, mostly 400 to 499.
        status: u16,
        /// The message of the service.
        message: ServiceMessage,
    },
    /// The service is out of order.
    #[error("the service is out of order (status {status}){message}")]
    ServerError {
        /// The status, 500 to 599.
        status: u16,
        /// The wait that the service asks for, if any.
        retry_after: Option<Duration>,
        /// The message of the service.
        message: ServiceMessage,
    },
    /// The credential cannot be read.
    #[error(transparent)]
    Credential(#[from] CredentialError),
    /// The answer cannot be parsed.
    #[error(transparent)]
    Answer(#[from] FeedError),
}

/// The message of a service with an error; empty where it has none. It is displayed after a colon.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ServiceMessage(pub(crate) String);

impl std::fmt::Display for ServiceMessage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.0.is_empty() { Ok(()) } else { write!(f, ": {}", self.0) }
    }
}

impl FetchError {
    /// The kind of error in one word, as the exporter's metrics label it.
    #[must_use]
    pub const fn reason(&self) -> &'static str {
        match self {
            FetchError::Connection(_) => "connection",
            FetchError::UntrustedCertificate(_) => "certificate",
            FetchError::Timeout(_) => "timeout",
            FetchError::TooLarge { .. } => "too_large",
            FetchError::Redirect { .. } => "redirect",
            FetchError::Unauthorized { .. } => "unauthorized",
            FetchError::WebPage { .. } => "html",
            FetchError::Forbidden(_) => "forbidden",
            FetchError::RateLimited { .. } => "rate_limited",
            FetchError::ClientError { .. } => "client_error",
            FetchError::ServerError { .. } => "server_error",
            FetchError::Credential(_) => "credential",
            FetchError::Answer(error) => error.reason(),
        }
    }

    /// The wait that the service asks for before the next request, if any.
    #[must_use]
    pub const fn retry_after(&self) -> Option<Duration> {
        match self {
            FetchError::RateLimited { retry_after, .. }
            | FetchError::ServerError { retry_after, .. } => *retry_after,
            _ => None,
        }
    }

    /// True for an error that lasts until a person acts: the credentials or the account must change.
    #[must_use]
    pub const fn is_denial(&self) -> bool {
        matches!(self, FetchError::Forbidden(_)) || self.is_about_credentials()
    }

    /// True for an error about the credentials: every other request to the service would fail in the same way.
    #[must_use]
    pub const fn is_about_credentials(&self) -> bool {
        matches!(self, FetchError::Unauthorized { .. } | FetchError::Credential(_))
    }
}
