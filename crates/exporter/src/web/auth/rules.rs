//! The rules of one web configuration file, checked and ready for use.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use http::{HeaderName, HeaderValue};
use tokio_rustls::TlsAcceptor;

use super::basic::Users;
use super::error::{ValueError, WebConfigError};
use super::expiry::Validity;
use super::file::File;
use super::rate_limit::RateLimit;
use super::{headers, tls};
use crate::config_file_error::ConfigFileError;
use crate::{regular_file, yaml};

/// The most bytes that are read of a web configuration, far more than it takes.
const MOST_BYTES: u64 = 1024 * 1024;

/// The rules of the file.
pub(super) struct Rules {
    /// `None` where clients speak plain HTTP.
    pub(super) tls: Option<TlsAcceptor>,
    /// The validity of the server's certificate; `None` without one.
    pub(super) validity: Option<Validity>,
    /// True if every client must prove who it is by a certificate.
    pub(super) verifies_clients: bool,
    pub(super) users: Arc<Users>,
    /// Headers that every response carries.
    pub(super) headers: Vec<(HeaderName, HeaderValue)>,
    pub(super) rate_limit: Option<RateLimit>,
    /// `true` if the path of the process's health needs no password.
    pub(super) health_without_auth: bool,
    /// The file, and the files that it names.
    pub(super) files: Vec<PathBuf>,
}

impl Rules {
    /// Reads a file, and the files that it names.
    pub(super) fn read(path: &Path) -> Result<Rules, WebConfigError> {
        let text =
            regular_file::read_text(path, MOST_BYTES).map_err(|error| ConfigFileError::Read {
                path: path.to_owned(),
                error,
                flag: "--web.config.file",
                needed: "can be read",
            })?;
        Rules::parse(path, &text)
    }

    /// Checks the text of a file, and reads the files that it names.
    pub(super) fn parse(path: &Path, text: &str) -> Result<Rules, WebConfigError> {
        // An empty file is null in YAML.
        let file: Option<File> = yaml::read(text)
            .map_err(|error| ConfigFileError::Yaml { path: path.to_owned(), error })?;
        let file = file.unwrap_or_default();
        let mut files = vec![path.to_owned()];
        let folder = path.parent().unwrap_or(Path::new("."));
        let tls = tls::server(&file.tls_server_config.unwrap_or_default(), folder, &mut files);
        let users = Users::new(file.basic_auth_users.unwrap_or_default());
        let given = file.http_server_config.and_then(|http| http.headers).unwrap_or_default();
        let rate_limit = RateLimit::new(&file.rate_limit.unwrap_or_default());
        let in_file = |error: ValueError| error.in_file(path);
        let tls = tls.map_err(in_file)?;
        Ok(Rules {
            validity: tls.as_ref().and_then(|tls| tls.validity),
            verifies_clients: tls.as_ref().is_some_and(|tls| tls.verifies_clients),
            tls: tls.map(|tls| TlsAcceptor::from(tls.config)),
            users: Arc::new(users.map_err(in_file)?),
            headers: headers::headers(&given).map_err(in_file)?,
            rate_limit: rate_limit.map_err(in_file)?,
            health_without_auth: file.health_without_auth.unwrap_or(false),
            files,
        })
    }
}
