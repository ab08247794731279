//! Plans for a job, in the formats of `gpu-carbon plan`.

use std::borrow::Cow;

use gpu_carbon_core::what_if::{self, Answer, Plans};
use gpu_carbon_schema::{FieldError, PlanDocument, Request, csv, explain_error};

use crate::json::json;
use crate::{InputError, Region};

/// Plans a job in some regions: the JSON document of `gpu-carbon plan --format json`.
///
/// # Errors
///
/// The first invalid field of the request, or the reason why a region has no plan.
pub fn plan(request: &what_if::Request, regions: &[&Region]) -> Result<String, InputError> {
    json(&PlanDocument::of(&answer(request, regions)?))
}

/// Plans a job in some regions: the table of `gpu-carbon plan --format csv`.
///
/// # Errors
///
/// The same as those of [`plan()`].
pub fn plan_csv(request: &what_if::Request, regions: &[&Region]) -> Result<String, InputError> {
    Ok(csv::write(&answer(request, regions)?))
}

fn answer<'a>(
    request: &'a what_if::Request,
    regions: &[&'a Region],
) -> Result<Answer<'a>, FieldError> {
    let plans = regions.iter().map(|region| {
        Plans::with(request, region.to_core_region(), Cow::Borrowed(&region.exposures))
    });
    let plans = plans.collect::<Result<_, _>>().map_err(|error| explain_error(&error))?;
    Answer::of(request, plans).map_err(|error| explain_error(&error))
}

/// Parses and validates a request in JSON.
///
/// # Errors
///
/// The first invalid field.
pub fn parse_request(request: &str) -> Result<what_if::Request, InputError> {
    Ok(Request::from_json(request)?.validate()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read;

    const DAY: &str = "timestamp_utc,gco2_per_kwh\n2020-06-01T00:00:00Z,400\n2020-06-01T01:00:00Z,100\n2020-06-01T02:00:00Z,400\n";

    fn plan_json(request: &str) -> Result<String, InputError> {
        let region = Region::from_reading(
            "north",
            read::csv("north", DAY, "marginal", &[]).unwrap().reading,
        );
        plan(&parse_request(request)?, &[&region])
    }

    #[test]
    fn a_flexible_start_waits_for_the_cleanest_hour() {
        let answer = plan_json(
            r#"{"job": {"duration_seconds": 3600, "energy_kilowatt_hours": 2}, "start": "2020-06-01T00:00:00Z", "window_seconds": 7200}"#,
        );
        let answer: serde_json::Value = serde_json::from_str(&answer.unwrap()).unwrap();
        let waiting = &answer["shifts"]["waiting"];
        assert_eq!(waiting["emissions_grams"], 200.0);
        assert_eq!(waiting["saving_ratio"], 0.75);
        assert_eq!(answer["regions"][0]["flexible_start"]["start"], "2020-06-01T01:00:00Z");
    }

    #[test]
    fn an_error_has_the_name_of_its_field() {
        let field = |request: String| plan_json(&request).unwrap_err().field.unwrap();
        let job = r#""job": {"duration_seconds": 3600, "power_watts": 1}"#;
        let start = r#""start": "2020-06-01T00:00:00Z""#;
        assert_eq!(field(format!("{{{job}, {start}, \"window_seconds\": -1}}")), "window_seconds");
        assert_eq!(field(format!("{{{job}, {start}, \"window_seconds\": 90000}}")), "start");
        assert_eq!(
            field(format!("{{{job}, {start}, \"window_seconds\": 0, \"home_region\": \"south\"}}")),
            "home_region"
        );
    }
}
