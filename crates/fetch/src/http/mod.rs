//! The HTTP client. No other file of the workspace's programs uses the library behind it.

mod base_url;
mod failure;
mod proxy;
mod trust;

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use gpu_carbon_core::Timestamp;
use gpu_carbon_feeds::{BadPoints, FeedError};
use ureq::config::ConfigBuilder;
use ureq::http::{HeaderMap, Request, Response, Uri};
use ureq::tls::{TlsConfig, TlsProvider};
use ureq::typestate::AgentScope;
use ureq::{Agent, Body};

use crate::authentication::Authentication;
use crate::error::{FetchError, ServiceMessage};
use crate::quoting::Quoting;
use crate::retry_after;
use crate::secret::Secret;
use crate::url::encode;
pub use base_url::{BaseUrl, BaseUrlError};
use failure::{excerpt, is_web_page, summary};
pub use trust::{Authorities, Trust, TrustError};
pub(crate) use ureq::http::Method;

/// The number of bytes read of an answer at most. The largest real one, 32 days of WattTime's history at five minutes, has
/// 0.7 MB.
const MAX_BYTES: u64 = 8 * 1024 * 1024;

/// The number of bytes read of an error response at most.
const MAX_ERROR_BYTES: u64 = 64 * 1024;

/// The number of secrets that are remembered for redaction.
const MAX_REMEMBERED_SECRETS: usize = 8;

/// The longest time for the resolution of a name, and for a connection.
const MAX_CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// The timeout of a background request, for which no person waits.
pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(30);

/// An HTTP client for one service. It takes its proxy from the usual environment variables, and its root certificates from the
/// system.
#[derive(Debug, Clone)]
pub struct Client {
    base: BaseUrl,
    agent: Agent,
    route: Route,
    /// The number of bytes read of an answer at most.
    max_bytes: u64,
    /// The treatment of bad points in an answer.
    bad_points: BadPoints,
    /// The latest secrets that were sent, to be redacted from every response.
    sent: Vec<Secret>,
}

/// The way to a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Route {
    /// The proxy that the environment names, if there is one. The HTTP library has none where the name is malformed.
    Environment,
    /// Without a proxy.
    Direct,
}

/// A response with a status of success.
#[derive(Debug)]
pub(crate) struct Received {
    pub(crate) body: String,
    headers: HeaderMap,
}

impl Received {
    /// The value of a header, if it is text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}

impl Client {
    /// A client for the service at `base`. The service has `timeout` to begin its response and `timeout` again to send all of it;
    /// a request as a whole takes three times as long at most.
    #[must_use]
    pub fn new(base: BaseUrl, timeout: Duration) -> Client {
        let agent = agent(timeout, &Trust::System).build().into();
        Client::with_agent(base, agent, Route::Environment)
    }

    /// A client for a device of the same site, which no proxy leads to.
    pub(crate) fn direct(base: BaseUrl, timeout: Duration, trust: &Trust) -> Client {
        let agent = agent(timeout, trust).proxy(None).build().into();
        Client::with_agent(base, agent, Route::Direct)
    }

    fn with_agent(base: BaseUrl, agent: Agent, route: Route) -> Client {
        Client {
            base,
            agent,
            route,
            max_bytes: MAX_BYTES,
            bad_points: BadPoints::Refuse,
            sent: Vec::new(),
        }
    }

    /// The same client, with another treatment of bad points in an answer.
    #[must_use]
    pub fn with_bad_points(self, bad_points: BadPoints) -> Client {
        Client { bad_points, ..self }
    }

    /// The treatment of bad points in an answer.
    pub(crate) fn bad_points(&self) -> BadPoints {
        self.bad_points
    }

    /// The same client, for answers of up to `max_bytes`.
    #[must_use]
    pub(crate) fn with_max_bytes(self, max_bytes: u64) -> Client {
        Client { max_bytes, ..self }
    }

    /// Sends a GET request, and parses the response with `parse`. `now` dates a `Retry-After` header. No error contains a secret
    /// that was sent.
    ///
    /// # Errors
    ///
    /// When there is no response, its status is not 2xx, or `parse` fails.
    pub(crate) fn get<T: Quoting>(
        &mut self,
        path: &str,
        authentication: &Authentication,
        now: Timestamp,
        parse: impl Fn(&str) -> Result<T, FeedError>,
    ) -> Result<T, FetchError> {
        let text = self.get_text(path, authentication, now)?;
        // Errors and warnings may quote the text.
        match parse(&text) {
            Ok(answer) => Ok(answer.map_quotes(|quoted| self.redact(quoted))),
            Err(error) => Err(error.map_texts(|quoted| self.redact(quoted)).into()),
        }
    }

    fn get_text(
        &mut self,
        path: &str,
        authentication: &Authentication,
        now: Timestamp,
    ) -> Result<String, FetchError> {
        self.send(Method::GET, path, authentication, None, now).map(|it| it.body)
    }

    /// Sends a request, with a body of JSON where there is one. `now` dates a `Retry-After` header. No error contains a secret
    /// that was sent.
    ///
    /// # Errors
    ///
    /// When there is no response, or its status is not 2xx.
    pub(crate) fn send(
        &mut self,
        method: Method,
        path: &str,
        authentication: &Authentication,
        json: Option<&str>,
        now: Timestamp,
    ) -> Result<Received, FetchError> {
        if self.route == Route::Environment {
            proxy::check(&self.base)?;
        }
        let mut url = format!("{}{path}", self.base);
        if let Authentication::Parameter(name, key) = authentication {
            let key = encode(key.expose());
            url.push_str(&format!("&{name}={key}"));
            self.remember([Secret::new(key)]);
        }
        let mut request = Request::builder().method(method).uri(url);
        match authentication {
            Authentication::None => {}
            Authentication::Parameter(_, key) => self.remember([key.clone()]),
            Authentication::Basic(user, password) => {
                let both = format!("{}:{}", user.expose(), password.expose());
                let both = Secret::new(BASE64_STANDARD.encode(both));
                request = request.header("authorization", format!("Basic {}", both.expose()));
                self.remember([both, password.clone(), user.clone()]);
            }
            Authentication::Bearer(token) => {
                request = request.header("authorization", format!("Bearer {}", token.expose()));
                self.remember([token.clone()]);
            }
            Authentication::Header(name, token) => {
                request = request.header(*name, token.expose());
                self.remember([token.clone()]);
            }
        }
        let response = match json {
            None => request.body(()).map(|request| self.agent.run(request)),
            Some(json) => {
                let request = request.header("content-type", "application/json").body(json);
                request.map(|request| self.agent.run(request))
            }
        };
        let response = response.map_err(ureq::Error::from).flatten();
        self.received(response.map_err(|error| self.transport_error(&error))?, now)
    }

    /// The response, or the error that it states.
    fn received(
        &self,
        mut response: Response<Body>,
        now: Timestamp,
    ) -> Result<Received, FetchError> {
        let status = response.status().as_u16();
        let header = |name| response.headers().get(name).and_then(|value| value.to_str().ok());
        let retry_after = header("retry-after").and_then(|text| retry_after::parse(text, now));
        let location = header("location").unwrap_or_default().to_owned();
        let is_success = (200..=299).contains(&status);
        let limit = if is_success { self.max_bytes } else { MAX_ERROR_BYTES };
        let body = response.body_mut().with_config().limit(limit).read_to_vec();
        // A web page may have another encoding; the parser recognizes it all the same.
        let body = body.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        if is_success {
            let body = body.map_err(|error| self.transport_error(&error))?;
            let headers = std::mem::take(response.headers_mut());
            return Ok(Received { body, headers });
        }
        let body = body.unwrap_or_default();
        if matches!(status, 401 | 403) && is_web_page(&body) {
            return Err(FetchError::WebPage { status });
        }
        let message = ServiceMessage(self.redact(summary(&body)));
        Err(match status {
            300..=399 => {
                let (place, _) = location.split_once(['?', '#']).unwrap_or((&location, ""));
                let to = ServiceMessage(self.redact(excerpt(place)));
                FetchError::Redirect { status, to }
            }
            401 => FetchError::Unauthorized { status, message },
            403 => FetchError::Forbidden(message),
            429 => FetchError::RateLimited { retry_after, message },
            500..=599 => FetchError::ServerError { status, retry_after, message },
            _ => FetchError::ClientError { status, message },
        })
    }

    /// The error of the HTTP library as one of this crate. A lost connection names the host and the proxy, not the whole URL.
    fn transport_error(&self, error: &ureq::Error) -> FetchError {
        let FetchError::Connection(why) = failure::transport_error(error) else {
            return failure::transport_error(error);
        };
        let to: Option<Uri> = self.base.as_str().parse().ok();
        let proxy = self.agent.config().proxy();
        let proxy = proxy.filter(|proxy| !to.as_ref().is_some_and(|to| proxy.is_no_proxy(to)));
        let by =
            proxy.map_or(String::new(), |it| format!(", by the proxy {}:{}", it.host(), it.port()));
        let host = to.as_ref().and_then(Uri::authority).map_or("", |host| host.as_str());
        FetchError::Connection(format!("{why} ({host}{by})"))
    }

    /// A text without the secrets that were sent.
    fn redact(&self, text: String) -> String {
        self.sent.iter().fold(text, |text, secret| secret.redact_in(text))
    }

    /// Remembers secrets for redaction. The oldest ones are dropped: they are no longer valid.
    pub(crate) fn remember<const N: usize>(&mut self, secrets: [Secret; N]) {
        self.sent.retain(|known| !secrets.contains(known));
        self.sent.extend(secrets);
        let excess = self.sent.len().saturating_sub(MAX_REMEMBERED_SECRETS);
        self.sent.drain(..excess);
    }
}

/// The settings of the HTTP library, with the timeouts of [`Client::new`].
fn agent(timeout: Duration, trust: &Trust) -> ConfigBuilder<AgentScope> {
    let connect = MAX_CONNECT_TIMEOUT.min(timeout);
    let tls = TlsConfig::builder()
        .provider(TlsProvider::Rustls)
        .root_certs(trust.roots())
        .disable_verification(trust.is_blind())
        .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .build();
    Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .timeout_resolve(Some(connect))
        .timeout_connect(Some(connect))
        .timeout_recv_response(Some(timeout))
        .timeout_recv_body(Some(timeout))
        .timeout_global(Some(timeout * 3))
        .user_agent(concat!("gpu-carbon/", env!("CARGO_PKG_VERSION")))
        .accept("application/json, application/xml;q=0.9")
        .tls_config(tls)
}
