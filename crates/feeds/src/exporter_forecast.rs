//! The forecast that `gpu-carbon-exporter` publishes at `/api/v1/forecast`.

use gpu_carbon_core::{Quality, Signal, Span};
use serde::Deserialize;

use crate::error::FeedError;
use crate::response::{ResponseBuilder, ServiceResponse};
use crate::{exporter_intensity, json};

const NAME: &str = "gpu-carbon-exporter";

#[derive(Deserialize)]
struct Answer {
    grid_zone: String,
    signal: String,
    scope: Option<String>,
    step_seconds: f64,
    intensities: Vec<Value>,
}

#[derive(Deserialize)]
struct Value {
    start: String,
    grams_per_kilowatt_hour: Option<f64>,
}

/// Parses an answer of the exporter.
///
/// # Errors
///
/// The first error, with its place.
///
/// ```
/// let text = r#"{"grid_zone": "DE", "signal": "average", "step_seconds": 900, "intensities": [
///     {"start": "2026-06-01T00:00:00Z", "grams_per_kilowatt_hour": 300.5}]}"#;
/// let response = gpu_carbon_feeds::exporter_forecast::parse(text)?;
/// assert_eq!((response.zone.as_deref(), response.points.len()), (Some("DE"), 1));
/// # Ok::<(), gpu_carbon_feeds::FeedError>(())
/// ```
pub fn parse(text: &str) -> Result<ServiceResponse, FeedError> {
    let answer: Answer = json::read(text, NAME)?;
    let signal = Signal::named(&answer.signal).ok_or_else(|| FeedError::Signal {
        found: json::excerpt(&answer.signal),
        expected: "marginal or average",
    })?;
    let step = Span::from_seconds_f64(answer.step_seconds).filter(|step| *step > Span::ZERO);
    let step = step.ok_or_else(|| FeedError::Shape {
        service: NAME,
        reason: format!("step_seconds must be above 0, got {}", answer.step_seconds),
    })?;
    let mut builder = ResponseBuilder::default();
    for value in answer.intensities {
        let at = json::time(&value.start, builder.position())?;
        builder.push(at, value.grams_per_kilowatt_hour, 1.0, Quality::Forecast)?;
    }
    let scope = exporter_intensity::scope(answer.scope.as_deref())?;
    let response = builder.finish(Some(answer.grid_zone), signal, Some(step), step)?;
    Ok(ServiceResponse { scope, ..response })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::any_text::assert_read_or_refused;

    const ANSWER: &str = r#"{"grid_zone": "DE", "signal": "marginal", "scope": "co2_direct", "source": "file", "step_seconds": 900,
        "time": "2026-06-01T00:00:00Z", "intensities": [
        {"start": "2026-06-01T00:00:00Z", "grams_per_kilowatt_hour": 0},
        {"start": "2026-06-01T00:15:00Z", "grams_per_kilowatt_hour": 1.5}]}"#;

    #[test]
    fn what_is_wrong_is_refused_with_its_place() {
        let parsed = parse(ANSWER).unwrap();
        assert_eq!((parsed.signal, parsed.step), (Signal::Marginal, Span::from_seconds(900)));
        for (right, wrong, reason) in [
            ("\"marginal\"", "\"both\"", "signal"),
            ("co2_direct", "co3", "scope"),
            ("900", "0", "shape"),
            ("900", "-900", "shape"),
            ("900", "1e300", "shape"),
            ("1.5", "-1.5", "negative"),
            (
                "1.5",
                "null}, {\"start\": \"2026-06-01T00:15:00Z\", \"grams_per_kilowatt_hour\": 1",
                "duplicate",
            ),
            ("00:15:00Z", "00:15", "time"),
            ("]}", "", "truncated"),
            ("grid_zone", "zone", "shape"),
        ] {
            let error = parse(&ANSWER.replace(right, wrong)).unwrap_err();
            assert_eq!(error.reason(), reason, "{wrong}: {error}");
        }
        let refused = parse(r#"{"error": "the source of intensity has no forecast"}"#).unwrap_err();
        assert_eq!(refused.reason(), "refused");
    }

    #[test]
    fn any_text_is_an_answer_or_an_error() {
        assert_read_or_refused(ANSWER, parse);
    }
}
