//! Why there is no answer.

use std::time::Duration;

use gpu_carbon_feeds::FeedError;

use crate::credentials::CredentialError;

/// Why a service brought nothing. Each is one line, and holds no secret.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// There is no connection.
    #[error("no connection: {0}")]
    Connection(String),
    /// There is a connection, and no reason to trust who is at its other end.
    #[error("{0}")]
    Untrusted(String),
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
    Moved {
        /// The status.
        status: u16,
        /// Whereto, without a query.
        to: Said,
    },
    /// The service does not know who asks.
    #[error("the service refuses the credentials (status {status}){said}")]
    Unauthorized {
        /// The status: 401, or that of a login that is forbidden.
        status: u16,
        /// What it says.
        said: Said,
    },
    /// The service knows who asks, and does not give this.
    #[error("the service does not allow this (status 403){0}")]
    Forbidden(Said),
    /// The service is asked too often.
    #[error("the service is asked too often (status 429){said}")]
    TooMany {
        /// How long it wants to be left alone.
        retry_after: Option<Duration>,
        /// What it says.
        said: Said,
    },
    /// The service does not understand, or has no such thing.
    #[error("the service refuses the request (status {status}){said}")]
    Client {
        /// The status.
        status: u16,
        /// What it says.
        said: Said,
    },
    /// The service is out of order.
    #[error("the service is out of order (status {status}){said}")]
    Server {
        /// The status.
        status: u16,
        /// How long it wants to be left alone.
        retry_after: Option<Duration>,
        /// What it says.
        said: Said,
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
pub struct Said(pub(crate) String);

impl std::fmt::Display for Said {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.0.is_empty() { Ok(()) } else { write!(f, ": {}", self.0) }
    }
}

impl Fault {
    /// The kind of fault in one word, as metrics name it.
    #[must_use]
    pub const fn reason(&self) -> &'static str {
        match self {
            Fault::Connection(_) => "connection",
            Fault::Untrusted(_) => "certificate",
            Fault::Timeout(_) => "timeout",
            Fault::TooLarge { .. } => "too_large",
            Fault::Moved { .. } => "redirect",
            Fault::Unauthorized { .. } => "unauthorized",
            Fault::Forbidden(_) => "forbidden",
            Fault::TooMany { .. } => "rate_limited",
            Fault::Client { .. } => "client_error",
            Fault::Server { .. } => "server_error",
            Fault::Credential(_) => "credential",
            Fault::Answer(error) => error.reason(),
        }
    }

    /// How long the service wants to be left alone, where it says so.
    #[must_use]
    pub const fn retry_after(&self) -> Option<Duration> {
        match self {
            Fault::TooMany { retry_after, .. } | Fault::Server { retry_after, .. } => *retry_after,
            _ => None,
        }
    }

    /// Whether asking again will not help until somebody has done something.
    #[must_use]
    pub const fn is_denial(&self) -> bool {
        matches!(self, Fault::Forbidden(_)) || self.is_of_who_asks()
    }

    /// Whether it is about who asks, so that every other question would fare the same.
    #[must_use]
    pub const fn is_of_who_asks(&self) -> bool {
        matches!(self, Fault::Unauthorized { .. } | Fault::Credential(_))
    }
}
