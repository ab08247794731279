//! Why there is no answer.

use std::time::Duration;

use gpu_carbon_feeds::FeedError;

use crate::credentials::CredentialError;

/// Why a service brought nothing. Each is one line, and holds no secret.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// There is no connection.
    #[error("no connection: {0}")]
    Connection(String),
    /// There is a connection, and no reason to trust who is at its other end.
    #[error("{0}")]
    UntrustedCertificate(String),
    /// Something took too long.
    #[error("timeout: {0}")]
    Timeout(String),
    /// The answer is larger than any true one.
    #[error("the answer is larger than {most} bytes")]
    TooLarge {
        /// The most that is read.
        most: u64,
    },
    /// The service is elsewhere. Nobody is followed there with a credential.
    #[error("the service redirects (status {status}){to}; give its new address as base_url")]
    Redirect {
        /// The status.
        status: u16,
        /// Whereto, without a query.
        to: ServiceMessage,
    },
    /// The service does not know who asks.
    #[error("the service refuses the credentials (status {status}){message}")]
    Unauthorized {
        /// The status: 401, or that of a login that is forbidden.
        status: u16,
        /// What it says.
        message: ServiceMessage,
    },
    /// The service knows who asks, and does not give this.
    #[error("the service does not allow this (status 403){0}")]
    Forbidden(ServiceMessage),
    /// The service is asked too often.
    #[error("the service is asked too often (status 429){message}")]
    RateLimited {
        /// How long it wants to be left alone.
        retry_after: Option<Duration>,
        /// What it says.
        message: ServiceMessage,
    },
    /// The service does not understand, or has no such thing.
    #[error("the service refuses the request (status {status}){message}")]
    ClientError {
        /// The status.
        status: u16,
        /// What it says.
        message: ServiceMessage,
    },
    /// The service is out of order.
    #[error("the service is out of order (status {status}){message}")]
    ServerError {
        /// The status.
        status: u16,
        /// How long it wants to be left alone.
        retry_after: Option<Duration>,
        /// What it says.
        message: ServiceMessage,
    },
    /// There is no credential to ask with.
    #[error(transparent)]
    Credential(#[from] CredentialError),
    /// The answer is no intensity.
    #[error(transparent)]
    Answer(#[from] FeedError),
}

/// What a service says with its refusal, if anything.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ServiceMessage(pub(crate) String);

impl std::fmt::Display for ServiceMessage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.0.is_empty() { Ok(()) } else { write!(f, ": {}", self.0) }
    }
}

impl FetchError {
    /// The kind of fault in one word, as metrics name it.
    #[must_use]
    pub const fn reason(&self) -> &'static str {
        match self {
            FetchError::Connection(_) => "connection",
            FetchError::UntrustedCertificate(_) => "certificate",
            FetchError::Timeout(_) => "timeout",
            FetchError::TooLarge { .. } => "too_large",
            FetchError::Redirect { .. } => "redirect",
            FetchError::Unauthorized { .. } => "unauthorized",
            FetchError::Forbidden(_) => "forbidden",
            FetchError::RateLimited { .. } => "rate_limited",
            FetchError::ClientError { .. } => "client_error",
            FetchError::ServerError { .. } => "server_error",
            FetchError::Credential(_) => "credential",
            FetchError::Answer(error) => error.reason(),
        }
    }

    /// How long the service wants to be left alone, where it says so.
    #[must_use]
    pub const fn retry_after(&self) -> Option<Duration> {
        match self {
            FetchError::RateLimited { retry_after, .. }
            | FetchError::ServerError { retry_after, .. } => *retry_after,
            _ => None,
        }
    }

    /// Whether asking again will not help until somebody has done something.
    #[must_use]
    pub const fn is_denial(&self) -> bool {
        matches!(self, FetchError::Forbidden(_)) || self.is_about_credentials()
    }

    /// Whether it is about who asks, so that every other question would fare the same.
    #[must_use]
    pub const fn is_about_credentials(&self) -> bool {
        matches!(self, FetchError::Unauthorized { .. } | FetchError::Credential(_))
    }
}
