//! Numbers and names as the documents write them.

use gpu_carbon_core::disclosure::Disclosure;
use gpu_carbon_core::{Interval, format};
use gpu_carbon_feeds::rfc3339;

use crate::sci::project::Run;

/// The number of significant digits in documents for people: enough for their sums to close, and to follow them by hand.
const DIGITS: usize = 6;

/// Returns a number with six significant digits; a large or a tiny one with an exponent.
pub(super) fn number(number: f64) -> String {
    let rounded: f64 = format!("{number:.*e}", DIGITS - 1).parse().unwrap_or(number);
    if rounded == 0.0 || (1e-4..1e9).contains(&rounded.abs()) {
        format!("{rounded}")
    } else {
        format!("{rounded:e}")
    }
}

/// Returns a score with its unit.
pub(super) fn score(disclosure: &Disclosure, score: f64) -> String {
    format!("{} {}", number(score), disclosure.score_unit())
}

/// Returns the M of a run in grams, with the share of its GPU time for which it is known, if that is not all.
pub(super) fn manufacture(run: &Run) -> String {
    let Some(mass) = run.embodied else { return "unknown".to_owned() };
    let grams = number(mass.as_grams());
    match run.embodied_known_ratio {
        Some(ratio) if ratio < 1.0 => {
            format!("{grams} (known for {})", format::percent(ratio))
        }
        _ => grams,
    }
}

/// Returns the start and the end of a time.
pub(super) fn timespan(time: Interval) -> String {
    format!("{} - {}", rfc3339::format(time.start()), rfc3339::format(time.end()))
}

/// Returns a text as a string of YAML and of JSON.
pub(super) fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_six_digits() {
        for (found, expected) in [
            (number(0.0), "0"),
            (number(1.0 / 3.0), "0.333333"),
            (number(123_456_789.0), "123457000"),
            (number(2.3e10), "2.3e10"),
            (number(4e-18), "4e-18"),
            (number(130.0), "130"),
        ] {
            assert_eq!(found, expected);
        }
    }
}
