//! Who may ask, and over what: the file of `--web.config.file`, as exporter-toolkit has it.

mod client;
mod error;
mod file;
mod headers;
mod login;
mod rate;
#[cfg(test)]
mod tests;
mod tls;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};
use http_body_util::Full;
use tokio_rustls::TlsAcceptor;
use tracing::{info, warn};

pub use error::WebConfigError;
use file::File;
use login::{Logins, Users};
use rate::{Bucket, Rate};

use crate::clock;
use crate::latest::Latest;

/// How often the files are looked at.
const LOOK: Duration = Duration::from_secs(1);

/// The guard of the server. Without a file, it lets everybody in, over plain HTTP.
pub struct Guard {
    path: Option<PathBuf>,
    rules: Latest<Rules>,
    logins: Logins,
    bucket: Option<Mutex<Bucket>>,
}

/// What the file says.
struct Rules {
    tls: Option<TlsAcceptor>,
    users: Arc<Users>,
    headers: Vec<(HeaderName, HeaderValue)>,
    rate: Option<Rate>,
    /// The file, and those that it names.
    files: Vec<PathBuf>,
}

impl Guard {
    /// By a file, or of nothing.
    ///
    /// # Errors
    ///
    /// When the file, or one that it names, cannot be read or used: which key, and why.
    pub fn new(path: Option<&Path>) -> Result<Guard, WebConfigError> {
        match path {
            Some(path) => Guard::by(Some(path), Rules::read(path)?),
            None => Guard::by(None, Rules::parse(Path::new(""), "")?),
        }
    }

    /// By the text of a file that lies somewhere.
    ///
    /// # Errors
    ///
    /// As [`Guard::new`].
    pub fn parse(path: &Path, text: &str) -> Result<Guard, WebConfigError> {
        Guard::by(Some(path), Rules::parse(path, text)?)
    }

    fn by(path: Option<&Path>, rules: Rules) -> Result<Guard, WebConfigError> {
        let bucket = rules.rate.map(|rate| Mutex::new(Bucket::new(rate, clock::instant())));
        let (path, logins) = (path.map(Path::to_owned), Logins::new()?);
        Ok(Guard { path, rules: Latest::new(rules), logins, bucket })
    }

    /// Whether clients must speak TLS, and whether they must say who they are: in words, for the log.
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

    /// What makes a connection one of TLS, by the newest files; `None` where it stays as it is.
    pub(super) fn tls(&self) -> Option<TlsAcceptor> {
        self.rules.read().tls.clone()
    }

    /// Whether a request may be answered; else, what is answered instead.
    pub(super) async fn admits(&self, asked: &HeaderMap) -> Result<(), Response<Full<Bytes>>> {
        if !self.has_a_token() {
            return Err(refusal(
                StatusCode::TOO_MANY_REQUESTS,
                "429: more than rate_limit allows\n",
            ));
        }
        let users = Arc::clone(&self.rules.read().users);
        if users.is_empty() || self.logins.accepts(&users, asked.get(AUTHORIZATION)).await {
            return Ok(());
        }
        let mut response =
            refusal(StatusCode::UNAUTHORIZED, "401: a name and its password, please\n");
        response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Basic"));
        Err(response)
    }

    fn has_a_token(&self) -> bool {
        self.bucket.as_ref().is_none_or(|bucket| {
            bucket.lock().unwrap_or_else(PoisonError::into_inner).take(clock::instant())
        })
    }

    /// Puts the headers of the file on an answer.
    pub(super) fn dress(&self, response: &mut Response<Full<Bytes>>) {
        for (name, value) in &self.rules.read().headers {
            response.headers_mut().insert(name, value.clone());
        }
    }

    /// Reads the files anew when they have changed, for as long as the process runs. Those that cannot be
    /// used leave the last good ones in place, and so does a file that would turn TLS on or off.
    pub async fn keep_fresh(self: Arc<Guard>) {
        let Some(path) = &self.path else { return };
        let (mut taken, mut seen) = (looks(&self.rules.read().files), None);
        let mut trouble = None;
        loop {
            tokio::time::sleep(LOOK).await;
            let rules = self.rules.read();
            let now = looks(&rules.files);
            // What still changes is left until it has settled. After a failure, it is tried until it
            // works: a file that is newly named is not among those that are looked at.
            let settled = seen.replace(now.clone()).is_some_and(|before| before == now);
            if !settled || (now == taken && trouble.is_none()) {
                continue;
            }
            match self.renewed(path) {
                Ok(new) => {
                    taken = if new.files == rules.files { now } else { looks(&new.files) };
                    trouble = None;
                    self.rules.publish(new);
                    info!(path = %path.display(), "web configuration read anew");
                }
                Err(error) => {
                    taken = now;
                    if trouble.as_ref() != Some(&error) {
                        warn!(error, "the last good web configuration serves on");
                    }
                    trouble = Some(error);
                }
            }
        }
    }

    fn renewed(&self, path: &Path) -> Result<Rules, String> {
        let new = Rules::read(path).map_err(|error| error.to_string())?;
        if new.tls.is_some() == self.rules.read().tls.is_some() {
            Ok(new)
        } else {
            Err(format!("{}: TLS is turned on or off by a restart alone", path.display()))
        }
    }
}

impl fmt::Debug for Guard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guard").field("path", &self.path).finish_non_exhaustive()
    }
}

impl Rules {
    fn read(path: &Path) -> Result<Rules, WebConfigError> {
        let text = std::fs::read_to_string(path)
            .map_err(|error| WebConfigError::Read { path: path.to_owned(), error })?;
        Rules::parse(path, &text)
    }

    fn parse(path: &Path, text: &str) -> Result<Rules, WebConfigError> {
        // Of an empty file, YAML makes null.
        let file: Option<File> = serde_norway::from_str(text).map_err(|error| {
            let reason = error.to_string().split_whitespace().collect::<Vec<_>>().join(" ");
            WebConfigError::Yaml { path: path.to_owned(), reason }
        })?;
        let file = file.unwrap_or_default();
        let mut files = vec![path.to_owned()];
        let folder = path.parent().unwrap_or(Path::new("."));
        let tls = tls::server(&file.tls_server_config.unwrap_or_default(), folder, &mut files);
        let users = Users::new(file.basic_auth_users.unwrap_or_default());
        let given = file.http_server_config.and_then(|http| http.headers).unwrap_or_default();
        let rate = Rate::new(&file.rate_limit.unwrap_or_default());
        let within = |fault: error::Fault| fault.within(path);
        Ok(Rules {
            tls: tls.map_err(within)?.map(TlsAcceptor::from),
            users: Arc::new(users.map_err(within)?),
            headers: headers::headers(&given).map_err(within)?,
            rate: rate.map_err(within)?,
            files,
        })
    }
}

fn refusal(status: StatusCode, why: &'static str) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from_static(why.as_bytes())));
    *response.status_mut() = status;
    let plain = HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(CONTENT_TYPE, plain);
    response
}

/// What files look like from outside: another look is another content.
fn looks(files: &[PathBuf]) -> Vec<Option<(SystemTime, u64)>> {
    let look = |path: &PathBuf| {
        let metadata = std::fs::metadata(path).ok()?;
        Some((metadata.modified().ok()?, metadata.len()))
    };
    files.iter().map(look).collect()
}
