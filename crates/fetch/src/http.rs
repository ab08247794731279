//! The HTTP client. No other file of the workspace's programs uses the library behind it.

use std::env;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use gpu_carbon_core::Timestamp;
use gpu_carbon_feeds::{FeedError, one_line, parse_any_service};
use ureq::http::Uri;
use ureq::tls::{RootCerts, TlsConfig, TlsProvider};
use ureq::{Agent, Proxy, ProxyProtocol};

use crate::error::{FetchError, ServiceMessage};
use crate::retry_after;
use crate::secret::Secret;
use crate::tls_error::explain_tls_error;

/// The number of bytes read of an answer at most. The largest real one, 32 days of WattTime's history at five minutes, has
/// 0.7 MB.
const MAX_BYTES: u64 = 8 * 1024 * 1024;

/// The number of bytes read of an error response at most.
const MAX_ERROR_BYTES: u64 = 64 * 1024;

/// The number of characters that an error quotes of a service's text.
const MAX_QUOTED_CHARS: usize = 120;

/// The number of secrets that are remembered for redaction.
const MAX_REMEMBERED_SECRETS: usize = 8;

/// The environment variables that name a proxy, in the order in which the HTTP library reads them.
const PROXY_VARIABLES: [&str; 6] =
    ["ALL_PROXY", "all_proxy", "HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"];

/// The longest time for the resolution of a name, and for a connection.
const MAX_CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// The timeout of a background request, for which no person waits.
pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(30);

/// The address of a service: `http://` or `https://`, a host, and optionally a path; without credentials.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BaseUrl(String);

/// A text that is not a base URL. The message does not quote it, since it may hold a credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a base URL is `http://` or `https://`, a host and perhaps a path, without user, query or fragment"
)]
pub struct BaseUrlError;

impl BaseUrl {
    /// Checks a base URL, and removes the slashes at its end.
    ///
    /// # Errors
    ///
    /// When the text is not a URL of this form, or contains a user or a password.
    pub fn new(text: &str) -> Result<BaseUrl, BaseUrlError> {
        let uri: Uri = text.parse().map_err(|_| BaseUrlError)?;
        let scheme = uri.scheme_str().unwrap_or_default();
        let is_valid = ["http", "https"].contains(&scheme)
            && uri.host().is_some_and(|host| !host.is_empty())
            && !text.contains(['@', '?', '#']);
        if is_valid {
            Ok(BaseUrl(text.trim_end_matches('/').to_owned()))
        } else {
            Err(BaseUrlError)
        }
    }
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The authentication of a request.
#[derive(Debug)]
pub(crate) enum Authentication {
    /// None.
    None,
    /// HTTP Basic, with a user name and a password.
    Basic(Secret, Secret),
    /// A bearer token.
    Bearer(Secret),
    /// A token in a header of the service's own.
    Header(&'static str, Secret),
}

/// An HTTP client for one service. It takes its proxy from the usual environment variables, and its root certificates from the
/// system.
#[derive(Debug, Clone)]
pub struct Client {
    base: BaseUrl,
    agent: Agent,
    /// The latest secrets that were sent, to be redacted from every response.
    sent: Vec<Secret>,
}

impl Client {
    /// A client for the service at `base`. The service has `timeout` to begin its response and `timeout` again to send all of it;
    /// a request as a whole takes three times as long at most.
    #[must_use]
    pub fn new(base: BaseUrl, timeout: Duration) -> Client {
        let connect = MAX_CONNECT_TIMEOUT.min(timeout);
        let tls = TlsConfig::builder()
            .provider(TlsProvider::Rustls)
            .root_certs(RootCerts::PlatformVerifier)
            .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .build();
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .timeout_resolve(Some(connect))
            .timeout_connect(Some(connect))
            .timeout_recv_response(Some(timeout))
            .timeout_recv_body(Some(timeout))
            .timeout_global(Some(timeout * 3))
            .user_agent(concat!("gpu-carbon/", env!("CARGO_PKG_VERSION")))
            .accept("application/json")
            .tls_config(tls)
            .build();
        Client { base, agent: config.into(), sent: Vec::new() }
    }

    /// Sends a GET request, and parses the response with `parse`. `now` dates a `Retry-After` header. No error contains a secret
    /// that was sent.
    ///
    /// # Errors
    ///
    /// When there is no response, its status is not 2xx, or `parse` fails.
    pub(crate) fn get<T>(
        &mut self,
        path: &str,
        authentication: &Authentication,
        now: Timestamp,
        parse: impl Fn(&str) -> Result<T, FeedError>,
    ) -> Result<T, FetchError> {
        let text = self.get_text(path, authentication, now)?;
        // An error of the parser may quote the text: it is made from the redacted text.
        parse(&text).or_else(|_| parse(&self.redact(text))).map_err(FetchError::from)
    }

    fn get_text(
        &mut self,
        path: &str,
        authentication: &Authentication,
        now: Timestamp,
    ) -> Result<String, FetchError> {
        self.check_proxy()?;
        let mut request = self.agent.get(format!("{}{path}", self.base));
        match authentication {
            Authentication::None => {}
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
        let mut response = request.call().map_err(|error| self.transport_error(&error))?;
        let status = response.status().as_u16();
        let header = |name| response.headers().get(name).and_then(|value| value.to_str().ok());
        let retry_after = header("retry-after").and_then(|text| retry_after::parse(text, now));
        let location = header("location").unwrap_or_default().to_owned();
        let is_success = (200..=299).contains(&status);
        let limit = if is_success { MAX_BYTES } else { MAX_ERROR_BYTES };
        let body = response.body_mut().with_config().limit(limit).read_to_vec();
        // A web page may have another encoding; the parser recognizes it all the same.
        let body = body.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        if is_success {
            return body.map_err(|error| self.transport_error(&error));
        }
        let message = ServiceMessage(summary(&self.redact(body.unwrap_or_default())));
        Err(match status {
            300..=399 => {
                let (place, _) = location.split_once(['?', '#']).unwrap_or((&location, ""));
                let to = ServiceMessage(excerpt(&self.redact(place.to_owned())));
                FetchError::Redirect { status, to }
            }
            401 => FetchError::Unauthorized { status, message },
            403 => FetchError::Forbidden(message),
            429 => FetchError::RateLimited { retry_after, message },
            500..=599 => FetchError::ServerError { status, retry_after, message },
            _ => FetchError::ClientError { status, message },
        })
    }

    /// Rejects a proxy that the HTTP library cannot parse or speak to: the library would ignore it, and connect without.
    fn check_proxy(&self) -> Result<(), FetchError> {
        let is_malformed = |name: &&str| {
            let value = env::var(name).unwrap_or_default();
            !value.is_empty() && Proxy::new(&value).is_err()
        };
        if let Some(name) = PROXY_VARIABLES.into_iter().find(is_malformed) {
            return Err(FetchError::Connection(format!(
                "the environment's {name} names no proxy: give one as http://proxy:3128, or leave it empty"
            )));
        }
        let Some(proxy) = self.agent.config().proxy() else { return Ok(()) };
        let is_bypassed = self.base.0.parse().is_ok_and(|host| proxy.is_no_proxy(&host));
        match proxy.protocol() {
            _ if is_bypassed => Ok(()),
            ProxyProtocol::Http | ProxyProtocol::Https => Ok(()),
            other => Err(FetchError::Connection(format!(
                "the environment names a proxy of {other}, and only those of HTTP are spoken to: give HTTPS_PROXY, and no ALL_PROXY"
            ))),
        }
    }

    /// The error of the HTTP library as one of this crate. A lost connection names the host and the proxy, not the whole URL.
    fn transport_error(&self, error: &ureq::Error) -> FetchError {
        let FetchError::Connection(why) = transport_error(error) else {
            return transport_error(error);
        };
        let to: Option<Uri> = self.base.0.parse().ok();
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
    fn remember<const N: usize>(&mut self, secrets: [Secret; N]) {
        self.sent.retain(|known| !secrets.contains(known));
        self.sent.extend(secrets);
        let excess = self.sent.len().saturating_sub(MAX_REMEMBERED_SECRETS);
        self.sent.drain(..excess);
    }
}

/// The error of the HTTP library as one of this crate, without the URL.
fn transport_error(error: &ureq::Error) -> FetchError {
    match error {
        ureq::Error::Timeout(stage) => FetchError::Timeout(stage.to_string()),
        ureq::Error::BodyExceedsLimit(limit) => FetchError::TooLarge { limit: *limit },
        ureq::Error::Io(error) if error.kind() == std::io::ErrorKind::TimedOut => {
            FetchError::Timeout("read".to_owned())
        }
        ureq::Error::Io(error) => {
            match error.get_ref().and_then(|it| it.downcast_ref()).and_then(explain_tls_error) {
                Some(why) => FetchError::UntrustedCertificate(why),
                None => FetchError::Connection(excerpt(&error.to_string())),
            }
        }
        ureq::Error::Rustls(rustls::Error::General(why)) => {
            FetchError::UntrustedCertificate(format!(
                "{}: install them (ca-certificates), or name a file of them by SSL_CERT_FILE",
                excerpt(why)
            ))
        }
        ureq::Error::BadUri(_) => FetchError::Connection("the address is malformed".to_owned()),
        ureq::Error::InvalidProxyUrl => {
            FetchError::Connection("the proxy's address is malformed".to_owned())
        }
        other => FetchError::Connection(excerpt(&other.to_string())),
    }
}

/// The message of an error response, whether it is JSON, a web page or plain text.
fn summary(body: &str) -> String {
    match parse_any_service(body) {
        Err(FeedError::Refused(message)) => message,
        Err(FeedError::WebPage(_)) => "with a web page".to_owned(),
        _ => excerpt(body),
    }
}

fn excerpt(text: &str) -> String {
    one_line::collapsed(text, MAX_QUOTED_CHARS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_url_has_no_credential() {
        for good in ["https://api.example.org", "http://127.0.0.1:8080/proxy/"] {
            let url = BaseUrl::new(good).unwrap().to_string();
            assert_eq!(url, good.trim_end_matches('/'));
        }
        for bad in [
            "",
            "api.example.org",
            "/v3",
            "ftp://x",
            "https://",
            "https://u:p@x",
            "https://x?key=1",
            "https://x/#",
        ] {
            let error = BaseUrl::new(bad).unwrap_err().to_string();
            assert!(!error.contains("u:p") && !error.contains("key"), "{bad}: {error}");
        }
    }
}
