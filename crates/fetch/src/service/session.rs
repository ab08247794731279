//! The session of an account of WattTime: a login with user name and password gives a token for half an hour.

use gpu_carbon_core::{Span, Timestamp};
use gpu_carbon_feeds::{BadPoints, FeedError, watttime};

use crate::authentication::Authentication;
use crate::credentials::Credential;
use crate::error::FetchError;
use crate::http::Client;
use crate::quoting::Quoting;
use crate::secret::Secret;

/// The age at which a token is renewed; tokens expire after 30 minutes.
const TOKEN_LIFE: Span = Span::from_seconds(25 * 60);

/// A client that logs in.
#[derive(Debug, Clone)]
pub(super) struct Session {
    client: Client,
    user: Credential,
    password: Credential,
    token: Option<Token>,
}

/// A token, and the time at which it was issued.
#[derive(Debug, Clone)]
struct Token {
    secret: Secret,
    issued: Timestamp,
}

impl Session {
    /// A session that has not begun.
    pub(super) fn new(client: Client, user: Credential, password: Credential) -> Session {
        Session { client, user, password, token: None }
    }

    /// The treatment of bad points in an answer.
    pub(super) fn bad_points(&self) -> BadPoints {
        self.client.bad_points()
    }

    /// Sends a request with the token; where the service rejects it, once more with a new token.
    pub(super) fn get<T: Quoting>(
        &mut self,
        path: &str,
        now: Timestamp,
        parse: impl Fn(&str) -> Result<T, FeedError>,
    ) -> Result<T, FetchError> {
        let is_valid = |token: &&Token| now.duration_since(token.issued) < TOKEN_LIFE;
        if let Some(token) = self.token.as_ref().filter(is_valid) {
            let authentication = Authentication::Bearer(token.secret.clone());
            match self.client.get(path, &authentication, now, &parse) {
                Err(FetchError::Unauthorized { .. }) => self.token = None,
                answer => return answer,
            }
        }
        let login = Authentication::Basic(self.user.read()?, self.password.read()?);
        let token = self.client.get("/login", &login, now, watttime::token);
        let token = token.map_err(|error| match error {
            // The service answers so when the user name or the password is wrong.
            FetchError::Forbidden(message) => FetchError::Unauthorized { status: 403, message },
            other => other,
        })?;
        let secret = Secret::new(token);
        self.token = Some(Token { secret: secret.clone(), issued: now });
        let answer = self.client.get(path, &Authentication::Bearer(secret), now, parse);
        if matches!(answer, Err(FetchError::Unauthorized { .. })) {
            self.token = None;
        }
        answer
    }
}
