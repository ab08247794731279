//! The client of the management controller of a host (BMC), which speaks Redfish.

use std::time::Duration;

use gpu_carbon_core::Timestamp;
use serde_json::json;

use crate::authentication::Authentication;
use crate::credentials::Credential;
use crate::error::{FetchError, ServiceMessage};
use crate::http::{BaseUrl, Client, Method, Trust};
use crate::secret::Secret;

/// The collection of sessions of every BMC.
const SESSIONS: &str = "/redfish/v1/SessionService/Sessions";

/// The number of bytes read of an answer at most: the largest resource of a server has a few dozen kilobytes.
const MAX_BYTES: u64 = 1024 * 1024;

/// A client of a BMC. It opens a session when it is first asked, opens another one where the BMC has ended it, and closes it
/// at the end. It uses no proxy.
#[derive(Debug)]
pub struct Controller {
    client: Client,
    user: String,
    password: Credential,
    session: Option<Session>,
}

/// An open session.
#[derive(Debug)]
struct Session {
    token: Secret,
    /// The path by which it is closed.
    path: Option<String>,
}

impl Controller {
    /// A client of the BMC at an address, with an account of it. Timeouts are those of [`Client::new`].
    #[must_use]
    pub fn new(
        base: BaseUrl,
        trust: &Trust,
        timeout: Duration,
        user: String,
        password: Credential,
    ) -> Controller {
        let client = Client::direct(base, timeout, trust).with_max_bytes(MAX_BYTES);
        Controller { client, user, password, session: None }
    }

    /// Requests a resource by its path, such as `/redfish/v1/Chassis`, and returns its text. The password is read again for
    /// each session, so it may change.
    ///
    /// # Errors
    ///
    /// When there is no answer, or the BMC refuses the account or the request. No error contains the password or the token.
    pub fn get(&mut self, path: &str, now: Timestamp) -> Result<String, FetchError> {
        if let Some(session) = &self.session {
            let token = session.token.clone();
            match self.get_with(path, token, now) {
                // The BMC has ended the session: after a time, or because it restarted.
                Err(FetchError::Unauthorized { .. }) => self.session = None,
                answer => return answer,
            }
        }
        let token = self.open(now)?;
        let answer = self.get_with(path, token, now);
        if matches!(answer, Err(FetchError::Unauthorized { .. })) {
            self.close(now);
        }
        answer
    }

    fn get_with(
        &mut self,
        path: &str,
        token: Secret,
        now: Timestamp,
    ) -> Result<String, FetchError> {
        let authentication = Authentication::Header("x-auth-token", token);
        self.client.send(Method::GET, path, &authentication, None, now).map(|it| it.body)
    }

    /// Opens a session.
    fn open(&mut self, now: Timestamp) -> Result<Secret, FetchError> {
        let password = self.password.read()?;
        let account = json!({"UserName": self.user, "Password": password.expose()}).to_string();
        self.client.remember([password]);
        let sent =
            self.client.send(Method::POST, SESSIONS, &Authentication::None, Some(&account), now);
        let opened = sent.map_err(|error| match error {
            FetchError::Forbidden(message) => FetchError::Unauthorized { status: 403, message },
            other => other,
        })?;
        let Some(token) = opened.header("x-auth-token").filter(|token| !token.is_empty()) else {
            let message = ServiceMessage("it opened a session without an X-Auth-Token".to_owned());
            return Err(FetchError::ClientError { status: 201, message });
        };
        let token = Secret::new(token.to_owned());
        let path = opened.header("location").and_then(path_of_session);
        self.session = Some(Session { token: token.clone(), path });
        Ok(token)
    }

    /// Closes the session, since a BMC has few of them. One that cannot be closed ends by itself, after minutes.
    pub fn close(&mut self, now: Timestamp) {
        let Some(Session { token, path: Some(path) }) = self.session.take() else { return };
        let authentication = Authentication::Header("x-auth-token", token);
        let _ = self.client.send(Method::DELETE, &path, &authentication, None, now);
    }
}

/// The path of a session, which a BMC may state with its own name for itself. The request goes to the address of the client.
fn path_of_session(location: &str) -> Option<String> {
    let path = match location.split_once("://") {
        Some((_, rest)) => rest.get(rest.find('/')?..)?,
        None => location,
    };
    let is_plain =
        path.bytes().all(|byte| byte.is_ascii_graphic() && !b"\"<>\\^`{|}#".contains(&byte));
    (path.starts_with(SESSIONS) && is_plain).then(|| path.to_owned())
}

#[cfg(test)]
mod tests {
    use super::path_of_session;

    #[test]
    fn the_path_of_a_session_is_found_in_any_form_and_nothing_else_is_deleted() {
        let expected = Some("/redfish/v1/SessionService/Sessions/1".to_owned());
        for location in [
            "/redfish/v1/SessionService/Sessions/1",
            "https://bmc.example.org/redfish/v1/SessionService/Sessions/1",
        ] {
            assert_eq!(path_of_session(location), expected, "{location}");
        }
        for location in [
            "",
            "https://bmc",
            "/redfish/v1/AccountService/Accounts/1",
            "x",
            "/redfish/v1/Sess\u{e9}",
        ] {
            assert_eq!(path_of_session(location), None, "{location}");
        }
    }
}
