//! The API for programs: the carbon intensity now and ahead, the best start of a job, and what a workload has used, as JSON. It is
//! answered from the snapshot, as `/metrics` is, and changes nothing.

mod best_start;
mod error;
mod factors;
mod forecast;
mod intensity;
mod query;
mod workload;

use http::{Method, StatusCode};
use serde::Serialize;

use crate::snapshot::Snapshot;

use error::ApiError;
use query::Parameters;

const INTENSITY_PATH: &str = "/api/v1/intensity";
const FORECAST_PATH: &str = "/api/v1/forecast";
const BEST_START_PATH: &str = "/api/v1/best-start";
const WORKLOAD_PATH: &str = "/api/v1/workload";

/// A response in JSON.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) json: String,
}

/// True if a path belongs to the API, whether there is a document or not.
pub(super) fn is_api(path: &str) -> bool {
    path.starts_with("/api/")
}

/// The response to a request.
pub(super) fn respond(
    method: &Method,
    path: &str,
    query: Option<&str>,
    snapshot: &Snapshot,
) -> Answer {
    document(method, path, query, snapshot).unwrap_or_else(|error| Answer {
        status: error.status(),
        json: json(&error).unwrap_or_default(),
    })
}

fn document(
    method: &Method,
    path: &str,
    query: Option<&str>,
    snapshot: &Snapshot,
) -> Result<Answer, ApiError> {
    let parameters: &[&str] = match path {
        INTENSITY_PATH | FORECAST_PATH => &[],
        BEST_START_PATH => &best_start::PARAMETERS,
        WORKLOAD_PATH => &workload::PARAMETERS,
        _ => return Err(ApiError::no_such_path(path)),
    };
    if method != Method::GET && method != Method::HEAD {
        return Err(ApiError::method(method));
    }
    let parameters = Parameters::parse(query.unwrap_or_default(), parameters)?;
    let json = match path {
        INTENSITY_PATH => json(&intensity::document(snapshot)?),
        FORECAST_PATH => json(&forecast::document(snapshot)?),
        WORKLOAD_PATH => json(&workload::document(snapshot, &parameters)?),
        _ => json(&best_start::document(snapshot, &parameters)?),
    };
    let json = json.ok_or_else(ApiError::internal)?;
    Ok(Answer { status: StatusCode::OK, json })
}

fn json(document: &impl Serialize) -> Option<String> {
    serde_json::to_string(document).ok().map(|text| text + "\n")
}

#[cfg(test)]
mod tests;
