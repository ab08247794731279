//! The address of a service.

use std::fmt;
use std::net::IpAddr;

use ureq::http::Uri;

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

    pub(super) fn as_str(&self) -> &str {
        &self.0
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
