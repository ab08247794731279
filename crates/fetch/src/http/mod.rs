//! The HTTP client. No other file of the workspace's programs uses the library behind it.

use std::env;
use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use gpu_carbon_core::Timestamp;
use gpu_carbon_feeds::{BadPoints, FeedError, one_line, parse_any_service};
use ureq::http::Uri;
use ureq::tls::{RootCerts, TlsConfig, TlsProvider};
use ureq::{Agent, Proxy, ProxyProtocol};

use crate::authentication::Authentication;
use crate::error::{FetchError, ServiceMessage};
use crate::quoting::Quoting;
use crate::retry_after;
use crate::secret::Secret;
use crate::tls_error::explain_tls_error;
use crate::url::encode;

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
        // A port that is no number up to 65535 is taken for none, although there is a colon.
        let has_wrong_port = uri.authority().is_some_and(|authority| {
            let after_host = authority.as_str().strip_prefix(authority.host()).unwrap_or_default();
            !after_host.is_empty() && authority.port_u16().is_none_or(|port| port == 0)
        });
        let is_valid = ["http", "https"].contains(&scheme)
            && uri.host().is_some_and(|host| !host.is_empty())
            && !has_wrong_port
            && !text.contains(['@', '?', '#']);
        if is_valid {
            Ok(BaseUrl(text.trim_end_matches('/').to_owned()))
        } else {
            Err(BaseUrlError)
        }
    }

    /// True for an address of this machine: a loopback address, or `localhost`.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        let uri: Option<Uri> = self.0.parse().ok();
        let host = uri.as_ref().and_then(Uri::host).unwrap_or_default();
        let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
        host == "localhost" || address.is_ok_and(|it| it.is_loopback())
    }
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An HTTP client for one service. It takes its proxy from the usual environment variables, and its root certificates from the
/// system.
#[derive(Debug, Clone)]
pub struct Client {
    base: BaseUrl,
    agent: Agent,
    /// The number of bytes read of an answer at most.
    max_bytes: u64,
    /// The treatment of bad points in an answer.
    bad_points: BadPoints,
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
            .accept("application/json, application/xml;q=0.9")
            .tls_config(tls)
            .build();
        Client {
            base,
            agent: config.into(),
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
        self.check_proxy()?;
        let mut url = format!("{}{path}", self.base);
        if let Authentication::Parameter(name, key) = authentication {
            let key = encode(key.expose());
            url.push_str(&format!("&{name}={key}"));
            self.remember([Secret::new(key)]);
        }
        let mut request = self.agent.get(url);
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
        let mut response = request.call().map_err(|error| self.transport_error(&error))?;
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
            return body.map_err(|error| self.transport_error(&error));
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

    /// Rejects a proxy that the HTTP library cannot parse or speak to: the library would ignore it, and connect without. Only the
    /// variable that is in use is checked, and only for a host that is reached by it.
    fn check_proxy(&self) -> Result<(), FetchError> {
        let set = |name: &&str| env::var(name).is_ok_and(|value| !value.is_empty());
        let Some(name) = PROXY_VARIABLES.into_iter().find(set) else { return Ok(()) };
        let host: Option<Uri> = self.base.0.parse().ok();
        if host.is_some_and(|host| is_bypassed(&host)) {
            return Ok(());
        }
        match Proxy::new(&env::var(name).unwrap_or_default()).map(|proxy| proxy.protocol()) {
            Ok(ProxyProtocol::Http | ProxyProtocol::Https) => Ok(()),
            Ok(other) => Err(FetchError::Connection(format!(
                "the environment's {name} names a proxy of {other}, and only those of HTTP are spoken to: give HTTPS_PROXY, and no ALL_PROXY"
            ))),
            Err(_) => Err(FetchError::Connection(format!(
                "the environment's {name} names no proxy: give one as http://proxy:3128, or leave it empty"
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

/// Reports whether `NO_PROXY` lists the host of an address.
fn is_bypassed(address: &Uri) -> bool {
    let listed = ["NO_PROXY", "no_proxy"].into_iter().find_map(|name| env::var(name).ok());
    // The HTTP library matches hosts only as a part of a proxy.
    let proxy = Proxy::builder(ProxyProtocol::Http).host("proxy");
    let hosts = listed.as_deref().unwrap_or_default().split(',');
    let proxy = hosts.fold(proxy, |proxy, host| proxy.no_proxy(host.trim())).build();
    proxy.is_ok_and(|proxy| proxy.is_no_proxy(address))
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

/// Reports whether a body is a web page, which no service answers with.
fn is_web_page(body: &str) -> bool {
    matches!(parse_any_service(body), Err(FeedError::WebPage(_)))
}

fn excerpt(text: &str) -> String {
    one_line::collapsed(text, MAX_QUOTED_CHARS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_address_of_this_machine_is_loopback() {
        let is_loopback = |url| BaseUrl::new(url).unwrap().is_loopback();
        for here in
            ["http://127.0.0.1:80", "https://localhost/x", "http://[::1]:1", "http://127.9.9.9"]
        {
            assert!(is_loopback(here), "{here}");
        }
        for there in
            ["http://10.0.0.1", "https://localhost.example.org", "http://127.0.0.1.example.org"]
        {
            assert!(!is_loopback(there), "{there}");
        }
    }

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
            "http://127.0.0.1:99999",
            "http://x:0",
            "http://x:",
        ] {
            let error = BaseUrl::new(bad).unwrap_err().to_string();
            assert!(!error.contains("u:p") && !error.contains("key"), "{bad}: {error}");
        }
    }
}
