//! The paths and their responses. Pure: the arguments are the parts of a request, a snapshot and the time.

use std::sync::Arc;

use bytes::Bytes;
use gpu_carbon_core::Span;
use http::header::{
    ACCEPT, ACCEPT_ENCODING, ALLOW, CACHE_CONTROL, CONNECTION, CONTENT_ENCODING, CONTENT_TYPE, VARY,
};
use http::{HeaderMap, HeaderName, Method, Response, StatusCode};
use http_body_util::Full;

use super::auth::HEALTH_PATH;
use super::operations::Outcome;
use super::{Auth, api, landing, negotiate};
use crate::latest::Latest;
use crate::metrics::{Exposition, Format};
use crate::operator::Operations;
use crate::scrape_schedule::ScrapeSchedule;

/// Everything that the server needs to respond.
#[derive(Debug, Clone)]
pub struct Site {
    /// The newest snapshot.
    pub exposition: Arc<Latest<Exposition>>,
    /// The times at which each client scrapes.
    pub scrape_schedule: Arc<ScrapeSchedule>,
    /// The path of the metrics.
    pub telemetry_path: Arc<str>,
    /// `true` if OpenMetrics has the series `_created`.
    pub openmetrics_created: bool,
    /// Access control.
    pub auth: Arc<Auth>,
    /// The operations that clients may request; `None` if there are none.
    pub operations: Option<Operations>,
}

const JSON: &str = "application/json";
const PLAIN: &str = "text/plain; charset=utf-8";

/// The response to a request that is not valid HTTP, after which the connection is closed.
pub(super) fn bad_request(reason: &'static str) -> Response<Full<Bytes>> {
    let mut page = Page::new(StatusCode::BAD_REQUEST, PLAIN, reason);
    page.headers.push((CONNECTION, "close"));
    page.into_response()
}

/// The response to a request that was to change the exporter.
pub(super) fn operation_response(outcome: Outcome) -> Response<Full<Bytes>> {
    let Outcome { status, text } = outcome;
    let mut page = Page::new(status, PLAIN, text);
    if status == StatusCode::METHOD_NOT_ALLOWED {
        page.headers.push((ALLOW, "POST"));
    }
    page.into_response()
}

impl Site {
    /// `true` if a request is a scrape.
    pub fn is_scrape(&self, method: &Method, path: &str) -> bool {
        method == Method::GET && path == &*self.telemetry_path
    }

    /// The response to a request; `awake` is the time since boot without suspend.
    pub fn respond(
        &self,
        method: &Method,
        path: &str,
        query: Option<&str>,
        headers: &HeaderMap,
        awake: Span,
    ) -> Response<Full<Bytes>> {
        if api::is_api(path) && path != &*self.telemetry_path {
            return self.api(method, path, query).into_response();
        }
        let page = if path == &*self.telemetry_path {
            self.metrics(headers)
        } else {
            match path {
                "/" => Page::new(StatusCode::OK, "text/html; charset=utf-8", self.landing(awake)),
                HEALTH_PATH => Page::new(StatusCode::OK, PLAIN, "healthy\n"),
                "/-/ready" => self.readiness(awake),
                _ => {
                    Page::new(StatusCode::NOT_FOUND, PLAIN, "404: no such path; / has the links\n")
                }
            }
        };
        if page.status != StatusCode::NOT_FOUND && method != Method::GET && method != Method::HEAD {
            let why = "405: this path allows GET and HEAD\n";
            let mut page = Page::new(StatusCode::METHOD_NOT_ALLOWED, PLAIN, why);
            page.headers.push((ALLOW, "GET, HEAD"));
            return page.into_response();
        }
        page.into_response() // hyper leaves out the body for HEAD
    }

    fn metrics(&self, headers: &HeaderMap) -> Page {
        let exposition = self.exposition.read();
        let format = match negotiate::format(&joined(headers, &ACCEPT)) {
            Format::OpenMetrics if self.openmetrics_created => Format::OpenMetricsWithCreated,
            format => format,
        };
        let gzip = negotiate::accepts_gzip(&joined(headers, &ACCEPT_ENCODING));
        let body = if gzip { exposition.gzipped_page(format) } else { exposition.page(format) };
        let mut page = Page::new(StatusCode::OK, format.content_type(), body);
        page.headers.push((VARY, "Accept, Accept-Encoding"));
        if gzip {
            page.headers.push((CONTENT_ENCODING, "gzip"));
        }
        page
    }

    fn readiness(&self, awake: Span) -> Page {
        match self.exposition.read().snapshot.readiness(awake) {
            Ok(()) => Page::new(StatusCode::OK, PLAIN, "ready\n"),
            Err(why) => {
                Page::new(StatusCode::SERVICE_UNAVAILABLE, PLAIN, format!("not ready: {why}\n"))
            }
        }
    }

    fn api(&self, method: &Method, path: &str, query: Option<&str>) -> Page {
        let exposition = self.exposition.read();
        let api::Answer { status, json } = api::respond(method, path, query, &exposition.snapshot);
        let mut page = Page::new(status, JSON, json);
        if status == StatusCode::METHOD_NOT_ALLOWED {
            page.headers.push((ALLOW, "GET, HEAD"));
        }
        page
    }

    fn landing(&self, awake: Span) -> String {
        landing::page(&self.exposition.read().snapshot, &self.telemetry_path, awake)
    }
}

/// The values of a header that may be sent in several lines, as one list.
fn joined(headers: &HeaderMap, name: &HeaderName) -> String {
    let lines: Vec<_> = headers.get_all(name).iter().filter_map(|v| v.to_str().ok()).collect();
    lines.join(",")
}

struct Page {
    status: StatusCode,
    headers: Vec<(HeaderName, &'static str)>,
    body: Bytes,
}

impl Page {
    fn new(status: StatusCode, content_type: &'static str, body: impl Into<Bytes>) -> Page {
        let headers = vec![(CONTENT_TYPE, content_type), (CACHE_CONTROL, "no-store")];
        Page { status, headers, body: body.into() }
    }

    fn into_response(self) -> Response<Full<Bytes>> {
        let mut response = Response::new(Full::new(self.body));
        *response.status_mut() = self.status;
        for (name, value) in self.headers {
            response.headers_mut().insert(name, http::HeaderValue::from_static(value));
        }
        response
    }
}
