//! The present power of GPUs, from a page of the exporter's metrics in the Prometheus text format or OpenMetrics.

use gpu_carbon_core::Power;

/// The exporter's metric of the power of a GPU.
const METRIC: &str = "gpu_carbon_gpu_power_watts";

/// The power of all GPUs on one page.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CurrentPower {
    /// The sum over the GPUs.
    pub power: Power,
    /// The number of GPUs with a power on the page: a GPU that does not answer has none.
    pub gpus: usize,
}

/// An error in a page of metrics.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExpositionError {
    /// The page does not have the metric.
    #[error(
        "there is no {METRIC} on this page: is it of gpu-carbon-exporter, and do its GPUs answer?"
    )]
    NoPower,
    /// A line of the metric has no value, or a value that is not a power.
    #[error("line {line}: {METRIC} must be a finite number of watts, zero or more, got `{found}`")]
    Value {
        /// The line number, counted from 1.
        line: usize,
        /// The text found in place of a value.
        found: String,
    },
}

/// Reads the power of all GPUs from a page of metrics.
///
/// ```
/// let page = "# TYPE gpu_carbon_gpu_power_watts gauge\n\
///     gpu_carbon_gpu_power_watts{gpu=\"0\",uuid=\"GPU-a\"} 250.5\n\
///     gpu_carbon_gpu_power_watts{gpu=\"1\",uuid=\"GPU-b\"} 300\n";
/// let current = gpu_carbon_feeds::exposition_reader::current_power(page)?;
/// assert_eq!((current.power.as_watts(), current.gpus), (550.5, 2));
/// # Ok::<(), gpu_carbon_feeds::exposition_reader::ExpositionError>(())
/// ```
///
/// # Errors
///
/// When the page has no power of a GPU, or a value that is not a power.
pub fn current_power(page: &str) -> Result<CurrentPower, ExpositionError> {
    let mut powers = Vec::new();
    for (line, sample) in page.lines().enumerate() {
        let Some(rest) = sample.trim_start().strip_prefix(METRIC) else { continue };
        let Some(value) = after_labels(rest) else { continue };
        let found = value.split_whitespace().next().unwrap_or_default();
        let watts = found.parse().ok().and_then(|watts| Power::from_watts(watts).ok());
        let wrong =
            || ExpositionError::Value { line: line + 1, found: found.chars().take(40).collect() };
        powers.push(watts.ok_or_else(wrong)?);
    }
    match powers.len() {
        0 => Err(ExpositionError::NoPower),
        gpus => Ok(CurrentPower { power: powers.into_iter().sum(), gpus }),
    }
}

/// The text after the labels of a metric, given the text after its prefix; `None` where the prefix is not the whole name.
fn after_labels(rest: &str) -> Option<&str> {
    if rest.starts_with([' ', '\t']) || rest.is_empty() {
        return Some(rest);
    }
    let labels = rest.strip_prefix('{')?;
    let (mut quoted, mut escaped) = (false, false);
    for (at, c) in labels.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            '}' if !quoted => return labels.get(at + 1..),
            _ => {}
        }
    }
    Some("") // the labels are not closed: there is no value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_may_hold_any_text_and_other_metrics_are_ignored() {
        let page = "gpu_carbon_gpu_power_watts_other 9\n\
            gpu_carbon_gpu_power_watts{a=\"}\\\"{ \",b=\"\\\\\"} 1.5e2 1700000000000\r\n\
            gpu_carbon_gpu_power_watts 3\n# gpu_carbon_gpu_power_watts 7\n";
        let current = current_power(page).unwrap();
        assert_eq!((current.power.as_watts(), current.gpus), (153.0, 2));
    }

    #[test]
    fn an_error_names_the_line() {
        for (page, found) in [
            ("\ngpu_carbon_gpu_power_watts{a=\"b\"} NaN", "NaN"),
            ("\ngpu_carbon_gpu_power_watts -1", "-1"),
            ("\ngpu_carbon_gpu_power_watts{a=\"b", ""),
            ("\ngpu_carbon_gpu_power_watts", ""),
        ] {
            assert_eq!(
                current_power(page),
                Err(ExpositionError::Value { line: 2, found: found.to_owned() })
            );
        }
        assert_eq!(current_power("# EOF\n"), Err(ExpositionError::NoPower));
    }

    proptest::proptest! {
        #[test]
        fn any_samples_are_summed_or_an_error_of_their_line(
            text in "\\PC{0,200}",
            samples in proptest::collection::vec(
                "(|\\{gpu=\"[0-9]\"\\}|\\{[{}\"a=]{0,6}\\}) ([0-9]{1,3}|[0-9e.-]{0,6})",
                1..5,
            ),
        ) {
            let _ = current_power(&text);
            let page: String = samples.iter().map(|sample| format!("{METRIC}{sample}\n")).collect();
            match current_power(&page) {
                Ok(current) => proptest::prop_assert_eq!(current.gpus, samples.len()),
                Err(ExpositionError::Value { line, .. }) => proptest::prop_assert!((1..=samples.len()).contains(&line)),
                Err(error) => proptest::prop_assert!(false, "{}: {}", page, error),
            }
        }
    }
}
