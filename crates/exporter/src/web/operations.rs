//! The requests that change the exporter: a reload of the configuration, and a release of the GPUs.

use std::ops::RangeInclusive;
use std::time::Duration;

use gpu_carbon_core::Span;
use gpu_carbon_feeds::rfc3339;
use http::header::ORIGIN;
use http::{HeaderMap, Method, StatusCode};

use super::auth::Auth;
use super::client::Client;
use crate::clock;
use crate::operator::{Operations, RELEASE_TIME};
use crate::sampler::ReleaseOutcome;

const RELOAD_PATH: &str = "/-/reload";
const RELEASE_PATH: &str = "/-/release";
const RESUME_PATH: &str = "/-/resume";

/// The times for which GPUs may be released.
const RELEASE_TIMES: RangeInclusive<Duration> =
    Duration::from_secs(1)..=Duration::from_secs(86_400);

/// The response to a request that changes the exporter.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Outcome {
    pub(super) status: StatusCode,
    pub(super) text: String,
}

impl Outcome {
    fn new(status: StatusCode, text: impl Into<String>) -> Outcome {
        Outcome { status, text: text.into() }
    }
}

/// A request that is allowed and well-formed.
#[derive(Debug, PartialEq, Eq)]
enum Operation {
    Reload,
    Release(Duration),
    Resume,
}

/// True if requests of a path change the exporter.
pub(super) fn is_operation(path: &str) -> bool {
    [RELOAD_PATH, RELEASE_PATH, RESUME_PATH].contains(&path)
}

/// The parts of a request.
#[derive(Debug, Clone, Copy)]
pub(super) struct Parts<'a> {
    pub(super) method: &'a Method,
    pub(super) path: &'a str,
    pub(super) query: Option<&'a str>,
    pub(super) headers: &'a HeaderMap,
}

/// Carries out a request that was authorized. Without authentication, only clients of a private listener may make it.
pub(super) async fn carry_out(
    operations: Option<&Operations>,
    auth: &Auth,
    client: Client,
    parts: Parts<'_>,
) -> Outcome {
    let operation = match check(parts, auth.identifies_clients() || client.is_of_private_listener) {
        Ok(operation) => operation,
        Err(outcome) => return outcome,
    };
    let Some(operations) = operations else {
        return Outcome::new(StatusCode::SERVICE_UNAVAILABLE, "503: the exporter cannot do this\n");
    };
    match operation {
        Operation::Reload => match operations.reload().await {
            Ok(()) => Outcome::new(StatusCode::OK, "the configuration is in force\n"),
            Err(error) => {
                let text = format!("500: the configuration in force stays: {error}\n");
                Outcome::new(StatusCode::INTERNAL_SERVER_ERROR, text)
            }
        },
        Operation::Resume => {
            operations.resume().await;
            Outcome::new(StatusCode::OK, "the GPUs are being read again\n")
        }
        Operation::Release(duration) => release(operations, duration).await,
    }
}

async fn release(operations: &Operations, duration: Duration) -> Outcome {
    let micros = u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
    let until = rfc3339::format(clock::now() + Span::from_micros(micros));
    match operations.release(duration).await {
        Some(ReleaseOutcome::Complete) => {
            Outcome::new(StatusCode::OK, format!("all GPUs are released until {until}\n"))
        }
        Some(ReleaseOutcome::Pending) => {
            let text = format!(
                "released until {until}, but calls to the driver do not return: NVML stays loaded until they do; see \
                 dmesg\n"
            );
            Outcome::new(StatusCode::ACCEPTED, text)
        }
        None => {
            Outcome::new(StatusCode::CONFLICT, "409: the release was ended by another request\n")
        }
    }
}

/// Checks a request. The error is the response to one that is not allowed.
fn check(parts: Parts<'_>, is_trusted: bool) -> Result<Operation, Outcome> {
    let Parts { method, path, query, headers } = parts;
    if method != Method::POST {
        let text = format!("405: {path} allows POST\n");
        return Err(Outcome::new(StatusCode::METHOD_NOT_ALLOWED, text));
    }
    // A browser sends it with a request that another site makes.
    if headers.contains_key(ORIGIN) {
        let text = "403: a request with an Origin header, as browsers send it, may not change the exporter\n";
        return Err(Outcome::new(StatusCode::FORBIDDEN, text));
    }
    if !is_trusted {
        let text = "403: this changes the exporter: it needs a password or a verified client certificate \
            (--web.config.file), or a listener on a loopback address or a Unix socket\n";
        return Err(Outcome::new(StatusCode::FORBIDDEN, text));
    }
    let invalid = |text: String| Outcome::new(StatusCode::BAD_REQUEST, text);
    match (path, query.filter(|query| !query.is_empty())) {
        (RELEASE_PATH, None) => Ok(Operation::Release(RELEASE_TIME)),
        (RELEASE_PATH, Some(query)) => {
            let duration = query.strip_prefix("for=").and_then(|text| {
                humantime::parse_duration(&text.replace("%20", " ").replace('+', " ")).ok()
            });
            let duration = duration.filter(|duration| RELEASE_TIMES.contains(duration));
            duration.map(Operation::Release).ok_or_else(|| {
                invalid(format!("400: `{query}` is not allowed: for=10m, from 1s to 24h\n"))
            })
        }
        (_, Some(query)) => {
            Err(invalid(format!("400: `{query}` is not allowed: {path} has no parameters\n")))
        }
        (RESUME_PATH, None) => Ok(Operation::Resume),
        (_, None) => Ok(Operation::Reload),
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn checked(method: &Method, target: &str, is_trusted: bool) -> Result<Operation, u16> {
        let (path, query) =
            target.split_once('?').map_or((target, None), |(path, query)| (path, Some(query)));
        let parts = Parts { method, path, query, headers: &HeaderMap::new() };
        check(parts, is_trusted).map_err(|outcome| outcome.status.as_u16())
    }

    #[test]
    fn only_a_trusted_post_changes_the_exporter() {
        let release = |seconds| Ok(Operation::Release(Duration::from_secs(seconds)));
        for (target, expected) in [
            ("/-/release", release(600)),
            ("/-/release?", release(600)),
            ("/-/release?for=30s", release(30)),
            ("/-/release?for=1h%2030m", release(5400)),
            ("/-/release?for=0s", Err(400)),
            ("/-/release?for=25h", Err(400)),
            ("/-/release?for=", Err(400)),
            ("/-/release?for=10", Err(400)),
            ("/-/release?until=10m", Err(400)),
            ("/-/reload", Ok(Operation::Reload)),
            ("/-/reload?x", Err(400)),
            ("/-/resume", Ok(Operation::Resume)),
        ] {
            assert_eq!(checked(&Method::POST, target, true), expected, "{target}");
            assert_eq!(checked(&Method::POST, target, false), Err(403), "{target}");
            assert_eq!(checked(&Method::GET, target, true), Err(405), "{target}");
        }
    }

    #[test]
    fn a_site_in_a_browser_changes_nothing() {
        let headers =
            [(ORIGIN, HeaderValue::from_static("http://x.example"))].into_iter().collect();
        let parts =
            Parts { method: &Method::POST, path: RELEASE_PATH, query: None, headers: &headers };
        assert_eq!(check(parts, true).unwrap_err().status, StatusCode::FORBIDDEN);
    }
}
