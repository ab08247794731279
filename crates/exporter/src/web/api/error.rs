//! The errors of the API: what was wrong, with which value, and what is allowed.

use http::{Method, StatusCode};
use serde::Serialize;

/// The most characters of a request that an error repeats.
const LONGEST_QUOTE: usize = 100;

/// An error, which is sent as JSON.
#[derive(Debug, Serialize)]
pub(super) struct ApiError {
    #[serde(skip)]
    status: StatusCode,
    /// The reason in one line.
    error: String,
    /// The parameter that is wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    parameter: Option<String>,
    /// The value of the parameter.
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<String>,
    /// The values that are allowed.
    #[serde(skip_serializing_if = "Option::is_none")]
    allowed: Option<String>,
}

impl ApiError {
    fn new(status: StatusCode, error: String) -> ApiError {
        ApiError { status, error, parameter: None, value: None, allowed: None }
    }

    /// The data for an answer are not known now.
    pub(super) fn unknown(error: impl Into<String>) -> ApiError {
        ApiError::new(StatusCode::SERVICE_UNAVAILABLE, error.into())
    }

    /// A parameter cannot be used, or is missing if it has no value.
    pub(super) fn parameter(name: &str, value: Option<&str>, allowed: &str) -> ApiError {
        let (name, value) = (excerpt(name), value.map(excerpt));
        let error = match &value {
            Some(value) => {
                format!("the parameter `{name}` is not allowed to be `{value}`: {allowed}")
            }
            None => format!("the parameter `{name}` is missing: {allowed}"),
        };
        ApiError {
            parameter: Some(name),
            value,
            allowed: Some(allowed.to_owned()),
            ..ApiError::new(StatusCode::BAD_REQUEST, error)
        }
    }

    /// The query has a parameter that the path does not know, or one twice.
    pub(super) fn query(name: &str, problem: &str, allowed: &[&str]) -> ApiError {
        let allowed = match allowed {
            [] => "none, this path has no parameters".to_owned(),
            names => format!("{}, each once", names.join(" and ")),
        };
        let name = excerpt(name);
        ApiError {
            error: format!("the parameter `{name}` {problem}; allowed: {allowed}"),
            parameter: Some(name),
            allowed: Some(allowed),
            ..ApiError::new(StatusCode::BAD_REQUEST, String::new())
        }
    }

    /// The path has no document.
    pub(super) fn no_such_path(path: &str) -> ApiError {
        let allowed =
            "/api/v1/intensity, /api/v1/forecast, /api/v1/best-start and /api/v1/workload";
        let error = format!("there is no `{}`; there are {allowed}", excerpt(path));
        ApiError {
            allowed: Some(allowed.to_owned()),
            ..ApiError::new(StatusCode::NOT_FOUND, error)
        }
    }

    /// The configuration leaves out what was asked for.
    pub(super) fn not_configured(error: impl Into<String>) -> ApiError {
        ApiError::new(StatusCode::NOT_FOUND, error.into())
    }

    /// The path does not allow a method.
    pub(super) fn method(method: &Method) -> ApiError {
        let error =
            format!("the method {} is not allowed: GET and HEAD are", excerpt(method.as_str()));
        ApiError {
            allowed: Some("GET and HEAD".to_owned()),
            ..ApiError::new(StatusCode::METHOD_NOT_ALLOWED, error)
        }
    }

    /// The answer has a number that JSON does not have.
    pub(super) fn internal() -> ApiError {
        let error = "the answer cannot be written".to_owned();
        ApiError::new(StatusCode::INTERNAL_SERVER_ERROR, error)
    }

    /// The status of the response.
    pub(super) const fn status(&self) -> StatusCode {
        self.status
    }
}

/// The begin of a text, in one line.
fn excerpt(text: &str) -> String {
    let printable = |it: char| if it.is_control() { char::REPLACEMENT_CHARACTER } else { it };
    text.chars().take(LONGEST_QUOTE).map(printable).collect()
}
