//! The HTTP client: the only file that names it.

use std::env;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use chrono::DateTime;
use gpu_carbon_core::Timestamp;
use gpu_carbon_feeds::FeedError;
use ureq::http::Uri;
use ureq::tls::{RootCerts, TlsConfig, TlsProvider};
use ureq::{Agent, Proxy, ProxyProtocol};

use crate::error::{FetchError, ServiceMessage};
use crate::secret::Secret;
use crate::tls_error::explain_tls_error;

/// The most that is read of an answer. The largest true one, 32 days of WattTime's history every five
/// minutes, has 0.7 MB.
const MOST_BYTES: u64 = 8 * 1024 * 1024;

/// The most that is read of a refusal.
const MOST_REFUSAL_BYTES: u64 = 64 * 1024;

/// How many secrets are redacted from what comes back.
const MOST_REMEMBERED: usize = 8;

/// The longest that a service may ask to be left alone.
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(24 * 3600);

/// The variables of the environment that name a proxy, in the client's order.
const PROXIES: [&str; 6] =
    ["ALL_PROXY", "all_proxy", "HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"];

/// The longest that resolving a name, and connecting, may take.
const CONNECT: Duration = Duration::from_secs(10);

/// The patience with a service that is asked by nobody who waits.
pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(30);

/// Where a service is: `http://` or `https://`, a host, perhaps a path; without credentials.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BaseUrl(String);

/// A text that is no base URL. It is not quoted, since it might hold a credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a base URL is `http://` or `https://`, a host and perhaps a path, without user, query or fragment"
)]
pub struct BaseUrlError;

impl BaseUrl {
    /// Checks a base URL. A slash at its end does not count.
    ///
    /// # Errors
    ///
    /// When it is none, or holds a user or a password.
    pub fn new(text: &str) -> Result<BaseUrl, BaseUrlError> {
        let uri: Uri = text.parse().map_err(|_| BaseUrlError)?;
        let scheme = uri.scheme_str().unwrap_or_default();
        let sound = ["http", "https"].contains(&scheme)
            && uri.host().is_some_and(|host| !host.is_empty())
            && !text.contains(['@', '?', '#']);
        if sound { Ok(BaseUrl(text.trim_end_matches('/').to_owned())) } else { Err(BaseUrlError) }
    }
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How a request shows who asks.
#[derive(Debug)]
pub(crate) enum Authentication {
    /// Not at all.
    None,
    /// With a name and a password.
    Basic(Secret, Secret),
    /// With a token of the OAuth kind.
    Bearer(Secret),
    /// With a token in a header of the service's own.
    Header(&'static str, Secret),
}

/// One service's address, and the connections to it. Proxies come from the usual environment variables,
/// roots of trust from the system.
#[derive(Debug, Clone)]
pub struct Client {
    base: BaseUrl,
    agent: Agent,
    /// What was sent, to be redacted from whatever comes back.
    sent: Vec<Secret>,
}

impl Client {
    /// For a service, that may take so long to answer, as long again to send it all, and at most three
    /// times as long for everything.
    #[must_use]
    pub fn new(base: BaseUrl, patience: Duration) -> Client {
        let connect = CONNECT.min(patience);
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
            .timeout_recv_response(Some(patience))
            .timeout_recv_body(Some(patience))
            .timeout_global(Some(patience * 3))
            .user_agent(concat!("gpu-carbon/", env!("CARGO_PKG_VERSION")))
            .accept("application/json")
            .tls_config(tls)
            .build();
        Client { base, agent: config.into(), sent: Vec::new() }
    }

    /// What is read of an answer. `now` dates a `Retry-After`. No fault holds a secret that was sent.
    pub(crate) fn get<T>(
        &mut self,
        path: &str,
        login: &Authentication,
        now: Timestamp,
        read: impl Fn(&str) -> Result<T, FeedError>,
    ) -> Result<T, FetchError> {
        let text = self.text(path, login, now)?;
        // What cannot be read may be quoted.
        read(&text).or_else(|_| read(&self.redact(text))).map_err(FetchError::from)
    }

    fn text(
        &mut self,
        path: &str,
        login: &Authentication,
        now: Timestamp,
    ) -> Result<String, FetchError> {
        self.check_proxy()?;
        let mut request = self.agent.get(format!("{}{path}", self.base));
        match login {
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
        let mut response = request.call().map_err(|error| self.fault(&error))?;
        let status = response.status().as_u16();
        let retry_after = response.headers().get("retry-after").and_then(|it| it.to_str().ok());
        let retry_after = retry_after.and_then(|text| wait(text, now));
        let location = response.headers().get("location").and_then(|it| it.to_str().ok());
        let location = location.unwrap_or_default().to_owned();
        let answered = (200..=299).contains(&status);
        let most = if answered { MOST_BYTES } else { MOST_REFUSAL_BYTES };
        let body = response.body_mut().with_config().limit(most).read_to_vec();
        // A web page may be in another encoding, and is then known all the same.
        let body = body.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        if answered {
            return body.map_err(|error| self.fault(&error));
        }
        let message = ServiceMessage(gist(&self.redact(body.unwrap_or_default())));
        Err(match status {
            300..=399 => {
                let (place, _) = location.split_once(['?', '#']).unwrap_or((&location, ""));
                FetchError::Redirect {
                    status,
                    to: ServiceMessage(one_line(&self.redact(place.to_owned()))),
                }
            }
            401 => FetchError::Unauthorized { status, message },
            403 => FetchError::Forbidden(message),
            429 => FetchError::RateLimited { retry_after, message },
            500..=599 => FetchError::ServerError { status, retry_after, message },
            _ => FetchError::ClientError { status, message },
        })
    }
}

impl Client {
    /// The client would leave a proxy aside that it cannot read or speak to, and connect without.
    fn check_proxy(&self) -> Result<(), FetchError> {
        let malformed = |name: &&str| {
            let value = env::var(name).unwrap_or_default();
            !value.is_empty() && Proxy::new(&value).is_err()
        };
        if let Some(name) = PROXIES.into_iter().find(malformed) {
            return Err(FetchError::Connection(format!(
                "the environment's {name} names no proxy: give one as http://proxy:3128, or leave it empty"
            )));
        }
        let Some(proxy) = self.agent.config().proxy() else { return Ok(()) };
        let passed_by = self.base.0.parse().is_ok_and(|host| proxy.is_no_proxy(&host));
        match proxy.protocol() {
            _ if passed_by => Ok(()),
            ProxyProtocol::Http | ProxyProtocol::Https => Ok(()),
            other => Err(FetchError::Connection(format!(
                "the environment names a proxy of {other}, and only those of HTTP are spoken to: give HTTPS_PROXY, and no ALL_PROXY"
            ))),
        }
    }

    /// A client's error. Of a lost connection it says to whom that was; the address is not written whole.
    fn fault(&self, error: &ureq::Error) -> FetchError {
        let FetchError::Connection(why) = fault(error) else { return fault(error) };
        let to: Option<Uri> = self.base.0.parse().ok();
        let proxy = self.agent.config().proxy();
        let proxy = proxy.filter(|proxy| !to.as_ref().is_some_and(|to| proxy.is_no_proxy(to)));
        let by =
            proxy.map_or(String::new(), |it| format!(", by the proxy {}:{}", it.host(), it.port()));
        let host = to.as_ref().and_then(Uri::authority).map_or("", |host| host.as_str());
        FetchError::Connection(format!("{why} ({host}{by})"))
    }

    fn redact(&self, text: String) -> String {
        self.sent.iter().fold(text, |text, secret| secret.redact_in(text))
    }

    /// The newest of them: old tokens are good for nothing.
    fn remember<const N: usize>(&mut self, secrets: [Secret; N]) {
        self.sent.retain(|known| !secrets.contains(known));
        self.sent.extend(secrets);
        let excess = self.sent.len().saturating_sub(MOST_REMEMBERED);
        self.sent.drain(..excess);
    }
}

/// A client's error, without the address.
fn fault(error: &ureq::Error) -> FetchError {
    match error {
        ureq::Error::Timeout(stage) => FetchError::Timeout(stage.to_string()),
        ureq::Error::BodyExceedsLimit(most) => FetchError::TooLarge { most: *most },
        ureq::Error::Io(error) if error.kind() == std::io::ErrorKind::TimedOut => {
            FetchError::Timeout("read".to_owned())
        }
        ureq::Error::Io(error) => {
            match error.get_ref().and_then(|it| it.downcast_ref()).and_then(explain_tls_error) {
                Some(why) => FetchError::UntrustedCertificate(why),
                None => FetchError::Connection(one_line(&error.to_string())),
            }
        }
        ureq::Error::Rustls(rustls::Error::General(why)) => {
            FetchError::UntrustedCertificate(format!(
                "{}: install them (ca-certificates), or name a file of them by SSL_CERT_FILE",
                one_line(why)
            ))
        }
        ureq::Error::BadUri(_) => FetchError::Connection("the address is malformed".to_owned()),
        ureq::Error::InvalidProxyUrl => {
            FetchError::Connection("the proxy's address is malformed".to_owned())
        }
        other => FetchError::Connection(one_line(&other.to_string())),
    }
}

/// What a refusal says, whether by JSON, a page or a word.
fn gist(body: &str) -> String {
    match gpu_carbon_feeds::parse_any_service(body) {
        Err(FeedError::Refused(message)) => message,
        Err(FeedError::Html(_)) => "with a web page".to_owned(),
        _ => one_line(body),
    }
}

fn one_line(text: &str) -> String {
    let short: String =
        text.chars().take(120).map(|c| if c.is_control() { ' ' } else { c }).collect();
    short.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// `Retry-After`: seconds, or a date.
fn wait(text: &str, now: Timestamp) -> Option<Duration> {
    let wanted = match text.trim().parse() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => {
            let until = DateTime::parse_from_rfc2822(text.trim()).ok()?;
            let until = Timestamp::from_unix_micros(until.timestamp_micros());
            Duration::from_micros(until.duration_since(now).as_micros())
        }
    };
    Some(wanted.min(LONGEST_RETRY_AFTER))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_url_holds_no_credential() {
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

    #[test]
    fn retry_after_is_seconds_or_a_date_and_bounded() {
        let now = Timestamp::from_unix_seconds(784_111_777); // Sun, 06 Nov 1994 08:49:37 GMT
        let seconds = |text| wait(text, now).map(|wait| wait.as_secs());
        assert_eq!(seconds("120"), Some(120));
        assert_eq!(seconds("Sun, 06 Nov 1994 08:50:37 GMT"), Some(60));
        assert_eq!(seconds("Sun, 06 Nov 1994 08:00:00 GMT"), Some(0));
        assert_eq!(seconds("99999999999"), Some(86_400));
        for bad in ["", "soon", "-1", "1.5"] {
            assert_eq!(seconds(bad), None, "{bad}");
        }
    }
}
