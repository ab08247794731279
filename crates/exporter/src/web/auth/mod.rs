//! Access to the server: TLS, basic authentication, response headers and a rate limit, as the file of
//! `--web.config.file` sets them. The format is that of exporter-toolkit.

mod basic;
mod client_certificates;
mod error;
mod expiry;
mod file;
mod headers;
mod rate_limit;
mod rules;
#[cfg(test)]
mod tests;
mod tls;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use gpu_carbon_core::Timestamp;
use http::header::{AUTHORIZATION, CONTENT_TYPE, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderValue, Response, StatusCode};
use http_body_util::Full;
use tokio_rustls::TlsAcceptor;
use tracing::{info, warn};

use basic::LoginCache;
pub use error::WebConfigError;
use expiry::ExpiryWarnings;
use rate_limit::TokenBucket;
use rules::Rules;

use crate::clock;
use crate::file_watch::{Change, FileWatch};
use crate::latest::Latest;
use crate::logging::occurrences_to_log;

/// The path that answers while the process runs.
pub(super) const HEALTH_PATH: &str = "/-/healthy";

/// The time between two checks of the files.
const CHECK_PERIOD: Duration = Duration::from_secs(1);

/// Access control of the server. Without a file, it admits every client over plain HTTP.
pub struct Auth {
    path: Option<PathBuf>,
    rules: Latest<Rules>,
    logins: LoginCache,
    bucket: Option<Mutex<TokenBucket>>,
}

impl Auth {
    /// Reads the rules from a file; without a file, there are none.
    ///
    /// # Errors
    ///
    /// When the file, or one that it names, cannot be read or used: the error names the key and the reason.
    pub fn new(path: Option<&Path>) -> Result<Auth, WebConfigError> {
        match path {
            Some(path) => Auth::with_rules(Some(path), Rules::read(path)?),
            None => Auth::with_rules(None, Rules::parse(Path::new(""), "")?),
        }
    }

    /// Reads the rules from the text of a file. `path` names it in errors, and the files that it names are
    /// relative to the folder of `path`.
    ///
    /// # Errors
    ///
    /// As [`Auth::new`].
    pub fn parse(path: &Path, text: &str) -> Result<Auth, WebConfigError> {
        Auth::with_rules(Some(path), Rules::parse(path, text)?)
    }

    fn with_rules(path: Option<&Path>, rules: Rules) -> Result<Auth, WebConfigError> {
        let bucket =
            rules.rate_limit.map(|limit| Mutex::new(TokenBucket::new(limit, clock::instant())));
        let (path, logins) = (path.map(Path::to_owned), LoginCache::new()?);
        Ok(Auth { path, rules: Latest::new(rules), logins, bucket })
    }

    /// A description for the log: TLS, basic authentication, both, or open.
    #[must_use]
    pub fn describe(&self) -> &'static str {
        let rules = self.rules.read();
        match (rules.tls.is_some(), rules.users.is_empty()) {
            (false, true) => "open",
            (false, false) => "basic authentication without TLS",
            (true, true) => "TLS",
            (true, false) => "TLS and basic authentication",
        }
    }

    /// True if every client whose request is admitted has proven who it is.
    pub(super) fn identifies_clients(&self) -> bool {
        let rules = self.rules.read();
        rules.verifies_clients || !rules.users.is_empty()
    }

    /// The acceptor of TLS connections, by the newest files; `None` where clients speak plain HTTP.
    pub(super) fn tls_acceptor(&self) -> Option<TlsAcceptor> {
        self.rules.read().tls.clone()
    }

    /// Decides on a request by its path and headers. The error is the response that replaces the answer: 429 above the rate
    /// limit, 401 without valid credentials.
    pub(super) async fn authorize(
        &self,
        path: &str,
        headers: &HeaderMap,
    ) -> Result<(), Response<Full<Bytes>>> {
        if !self.take_token() {
            let reason = "429: more requests than rate_limit allows\n";
            return Err(error_response(StatusCode::TOO_MANY_REQUESTS, reason));
        }
        let rules = self.rules.read();
        let users = Arc::clone(&rules.users);
        let is_exempt = rules.health_without_auth && path == HEALTH_PATH;
        if users.is_empty()
            || is_exempt
            || self.logins.accepts(&users, headers.get(AUTHORIZATION)).await
        {
            return Ok(());
        }
        let reason = "401: a valid user name and password are required\n";
        let mut response = error_response(StatusCode::UNAUTHORIZED, reason);
        response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Basic"));
        Err(response)
    }

    fn take_token(&self) -> bool {
        self.bucket.as_ref().is_none_or(|bucket| {
            bucket.lock().unwrap_or_else(PoisonError::into_inner).take(clock::instant())
        })
    }

    /// Adds the headers of the file to a response.
    pub(super) fn apply_headers(&self, response: &mut Response<Full<Bytes>>) {
        for (name, value) in &self.rules.read().headers {
            response.headers_mut().insert(name, value.clone());
        }
    }

    /// Reads the files again when they have changed, for as long as the process runs. The last good rules stay
    /// in force where the files cannot be used, and where they would turn TLS on or off.
    ///
    /// The time at which the server's certificate expires is passed to `publish_not_after`, at once and after each
    /// change, and a warning is logged once a day when it is near, has passed, or while the certificate is not valid yet.
    pub async fn reload_on_change(self: Arc<Auth>, publish_not_after: impl Fn(Option<Timestamp>)) {
        let Some(path) = &self.path else { return };
        let mut watch = FileWatch::new(self.rules.read().files.clone());
        let mut last_error = None;
        let mut warnings = ExpiryWarnings::default();
        let not_after = |rules: &Rules| rules.validity.map(|validity| validity.not_after);
        publish_not_after(not_after(&self.rules.read()));
        loop {
            warnings.check(self.rules.read().validity, clock::now());
            tokio::time::sleep(CHECK_PERIOD).await;
            match watch.check() {
                Change::Unsettled => continue,
                Change::None if last_error.is_none() => continue,
                // After an error, the files are read each time until they are valid: a file that is newly
                // named is not among those that are watched.
                Change::None | Change::Settled | Change::Missing => {}
            }
            match self.read_again(path) {
                Ok(new) => {
                    watch.follow(&new.files);
                    last_error = None;
                    publish_not_after(not_after(&new));
                    self.rules.publish(new);
                    if let Some(times) = occurrences_to_log("web", "reload") {
                        info!(path = %path.display(), times, "web configuration reloaded");
                    }
                }
                Err(error) => {
                    watch.mark_read();
                    let is_new = last_error.as_ref() != Some(&error);
                    if let Some(times) =
                        is_new.then(|| occurrences_to_log("web", "error")).flatten()
                    {
                        warn!(error, times, "the last good web configuration stays in force");
                    }
                    last_error = Some(error);
                }
            }
        }
    }

    fn read_again(&self, path: &Path) -> Result<Rules, String> {
        let new = Rules::read(path).map_err(|error| error.to_string())?;
        if new.tls.is_some() == self.rules.read().tls.is_some() {
            Ok(new)
        } else {
            Err(format!("{}: only a restart turns TLS on or off", path.display()))
        }
    }
}

impl fmt::Debug for Auth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Auth").field("path", &self.path).finish_non_exhaustive()
    }
}

fn error_response(status: StatusCode, reason: &'static str) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from_static(reason.as_bytes())));
    *response.status_mut() = status;
    let plain = HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(CONTENT_TYPE, plain);
    response
}
