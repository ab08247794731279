//! What a service can do wrong.

use super::Reply;

/// A fault, on command.
#[derive(Debug, Clone, PartialEq)]
pub enum Fault {
    /// Another status, with what stands in its head and its body.
    Status {
        /// The status.
        status: u16,
        /// `Retry-After`, if any.
        retry_after: Option<String>,
        /// The body; `{sent}` in it is replaced by the credential that the request carried.
        body: String,
    },
    /// As [`Fault::Status`], for the login alone.
    Login(u16),
    /// As [`Fault::Status`], for history alone.
    NoHistory(u16),
    /// A web page with status 200.
    Html,
    /// JSON that stops in the middle.
    Truncated,
    /// `NaN` for a value.
    NotANumber,
    /// `null` for every value.
    Null,
    /// A value below zero.
    Negative,
    /// Values in another unit, where a unit is given.
    Unit,
    /// Values of another zone, where a zone is given.
    Zone,
    /// Times that run backwards.
    Backwards,
    /// Two values for one moment.
    Duplicate,
    /// So many bytes of nothing.
    Blanks(usize),
    /// The connection is closed without a word.
    Closed,
    /// The connection stays, and nothing comes.
    Silent,
    /// The answer sends elsewhere.
    Redirect,
}

impl Fault {
    /// A status alone.
    #[must_use]
    pub fn status(status: u16) -> Fault {
        Fault::Status { status, retry_after: None, body: String::new() }
    }

    /// Whether it concerns a request.
    pub(super) fn strikes(&self, path: &str) -> bool {
        let login = path.starts_with("/login");
        match self {
            Fault::Login(_) => login,
            Fault::NoHistory(_) => path.contains("histor") || path.contains("past-range"),
            _ => !login,
        }
    }

    /// What is answered instead of data; `None` where data are spoilt.
    pub(super) fn instead(&self) -> Option<Reply> {
        let answer = |status, headers: String, body: &str| {
            Some(Reply::Answer { status, headers, body: body.to_owned() })
        };
        match self {
            Fault::Status { status, retry_after, body } => {
                let headers = retry_after.as_ref().map(|it| format!("retry-after: {it}\r\n"));
                answer(*status, headers.unwrap_or_default(), body)
            }
            Fault::Login(status) | Fault::NoHistory(status) => {
                answer(*status, String::new(), r#"{"error":"Invalid scope"}"#)
            }
            Fault::Html => answer(200, String::new(), "<!DOCTYPE html><title>Sign in</title>"),
            Fault::Redirect => answer(302, "location: http://127.0.0.1:1/\r\n".to_owned(), ""),
            Fault::Blanks(bytes) => Some(Reply::Blanks(*bytes)),
            Fault::Closed => Some(Reply::Nothing),
            Fault::Silent => Some(Reply::Silence),
            _ => None,
        }
    }
}
