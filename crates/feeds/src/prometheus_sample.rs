//! One number from Prometheus: the answer to an instant query whose result is a scalar, or a vector of one element.

use serde::Deserialize;

use crate::error::FeedError;
use crate::json;

const NAME: &str = "Prometheus";

#[derive(Deserialize)]
struct Answer {
    data: Data,
}

#[derive(Deserialize)]
#[serde(tag = "resultType", content = "result", rename_all = "lowercase")]
enum Data {
    Vector(Vec<Element>),
    Scalar((f64, String)),
    Matrix(serde::de::IgnoredAny),
    String(serde::de::IgnoredAny),
}

#[derive(Deserialize)]
struct Element {
    value: (f64, String),
}

/// Parses the answer. `None` where no series matches the query: that is unknown, and not 0.
///
/// # Errors
///
/// When the text is another answer, has several results, or no number.
///
/// ```
/// let answer = r#"{"status": "success", "data": {"resultType": "vector", "result": [
///     {"metric": {}, "value": [1590969600, "250.5"]}]}}"#;
/// assert_eq!(gpu_carbon_feeds::prometheus_sample::parse(answer)?, Some(250.5));
/// # Ok::<(), gpu_carbon_feeds::FeedError>(())
/// ```
pub fn parse(text: &str) -> Result<Option<f64>, FeedError> {
    let Answer { data } = json::read(text, NAME)?;
    let wrong = |reason: String| FeedError::Shape { service: NAME, reason };
    let value = match data {
        Data::Scalar((_, value)) => value,
        Data::Vector(elements) => match elements.as_slice() {
            [] => return Ok(None),
            [Element { value: (_, value) }] => value.clone(),
            several => {
                let count = several.len();
                return Err(wrong(format!(
                    "the query has {count} results, and must have one: add them up, as by sum()"
                )));
            }
        },
        Data::Matrix(_) | Data::String(_) => {
            return Err(wrong("the result must be a vector or a scalar".to_owned()));
        }
    };
    let number = value.parse().ok().filter(|number: &f64| number.is_finite());
    let not_a_number =
        || wrong(format!("the value must be a finite number, got `{}`", json::excerpt(&value)));
    number.map(Some).ok_or_else(not_a_number)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(data: &str) -> Result<Option<f64>, FeedError> {
        parse(&format!(r#"{{"status": "success", "data": {data}}}"#))
    }

    #[test]
    fn one_number_is_read_and_none_is_unknown() {
        let scalar = r#"{"resultType": "scalar", "result": [1.5, "7"]}"#;
        assert_eq!(answer(scalar), Ok(Some(7.0)));
        assert_eq!(answer(r#"{"resultType": "vector", "result": []}"#), Ok(None));
    }

    #[test]
    fn other_answers_are_errors() {
        let element = r#"{"metric": {}, "value": [1, "1"]}"#;
        let two = format!(r#"{{"resultType": "vector", "result": [{element}, {element}]}}"#);
        let nan = r#"{"resultType": "scalar", "result": [1, "NaN"]}"#;
        let matrix = r#"{"resultType": "matrix", "result": []}"#;
        for (data, expected) in
            [(two.as_str(), "has 2 results"), (nan, "got `NaN`"), (matrix, "a vector or a scalar")]
        {
            let error = answer(data).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
        let refused = r#"{"status": "error", "errorType": "bad_data", "error": "parse error"}"#;
        let error = parse(refused).unwrap_err().to_string();
        assert!(error.contains("parse error"), "{error}");
        assert!(parse("<html>").is_err() && parse("").is_err());
    }
}
