//! The present intensity that `gpu-carbon-exporter` publishes at `/api/v1/intensity`.

use gpu_carbon_core::{Intensity, Quality, Scope, Signal};
use serde::Deserialize;

use crate::error::FeedError;
use crate::json;

const NAME: &str = "gpu-carbon-exporter";

/// The intensity at the time of the answer, with its factors.
#[derive(Debug, Clone, PartialEq)]
pub struct PresentIntensity {
    /// The zone.
    pub zone: String,
    /// The intensity.
    pub intensity: Intensity,
    /// The signal: marginal or average.
    pub signal: Signal,
    /// The scope; `None` where it is unknown.
    pub scope: Option<Scope>,
    /// The name of the source.
    pub source: String,
    /// The quality of the value.
    pub quality: Quality,
}

#[derive(Deserialize)]
struct Answer {
    grid_zone: String,
    signal: String,
    scope: Option<String>,
    source: String,
    quality: String,
    grams_per_kilowatt_hour: f64,
}

/// Parses an answer of the exporter.
///
/// # Errors
///
/// The first error.
///
/// ```
/// let text = r#"{"grid_zone": "DE", "signal": "average", "scope": "co2e_lifecycle", "source": "energy_charts",
///     "quality": "estimated", "grams_per_kilowatt_hour": 300.5}"#;
/// let present = gpu_carbon_feeds::exporter_intensity::parse(text)?;
/// assert_eq!(present.intensity.as_grams_per_kilowatt_hour(), 300.5);
/// # Ok::<(), gpu_carbon_feeds::FeedError>(())
/// ```
pub fn parse(text: &str) -> Result<PresentIntensity, FeedError> {
    let answer: Answer = json::read(text, NAME)?;
    let signal = Signal::named(&answer.signal).ok_or_else(|| FeedError::Signal {
        found: json::excerpt(&answer.signal),
        expected: "marginal or average",
    })?;
    let quality = Quality::named(&answer.quality).ok_or_else(|| FeedError::Shape {
        service: NAME,
        reason: format!(
            "quality must be measured, estimated, forecast or fallback, got {}",
            json::excerpt(&answer.quality)
        ),
    })?;
    let grams = answer.grams_per_kilowatt_hour;
    let intensity =
        Intensity::from_grams_per_kilowatt_hour(grams).map_err(|_| FeedError::Shape {
            service: NAME,
            reason: format!("grams_per_kilowatt_hour must be a number of 0 or more, got {grams}"),
        })?;
    let scope = scope(answer.scope.as_deref())?;
    let zone = json::excerpt(&answer.grid_zone);
    Ok(PresentIntensity {
        zone,
        intensity,
        signal,
        scope,
        source: json::excerpt(&answer.source),
        quality,
    })
}

/// The scope of an answer of the exporter, which is `null` where it is unknown.
pub(crate) fn scope(name: Option<&str>) -> Result<Option<Scope>, FeedError> {
    let known = |name: &str| {
        Scope::named(name).ok_or_else(|| FeedError::Scope {
            found: json::excerpt(name),
            expected: "co2_direct or co2e_lifecycle",
        })
    };
    name.map(known).transpose()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::any_text::assert_read_or_refused;

    const ANSWER: &str = r#"{"grid_zone": "GB", "signal": "average", "scope": "co2_direct", "source": "gb",
        "quality": "forecast", "time": "2026-06-01T00:00:00Z", "age_seconds": 1.5, "grams_per_kilowatt_hour": 120}"#;

    #[test]
    fn what_is_wrong_is_refused() {
        let parsed = parse(ANSWER).unwrap();
        assert_eq!((parsed.scope, parsed.quality), (Some(Scope::Co2Direct), Quality::Forecast));
        assert_eq!(parse(&ANSWER.replace("\"co2_direct\"", "null")).unwrap().scope, None);
        for (right, wrong, reason) in [
            ("\"average\"", "\"both\"", "signal"),
            ("co2_direct", "co3", "scope"),
            ("\"forecast\"", "\"good\"", "shape"),
            ("120", "-1", "shape"),
            ("120", "null", "shape"),
            ("120}", "120", "truncated"),
            ("\"source\"", "\"from\"", "shape"),
        ] {
            let error = parse(&ANSWER.replace(right, wrong)).unwrap_err();
            assert_eq!(error.reason(), reason, "{wrong}: {error}");
        }
        assert_eq!(parse(r#"{"error": "no value"}"#).unwrap_err().reason(), "refused");
    }

    #[test]
    fn any_text_is_an_answer_or_an_error() {
        assert_read_or_refused(ANSWER, parse);
    }
}
