//! What GPUs draw at one moment, from a page of the exporter's metrics.

use gpu_carbon_core::Power;

/// The exporter's metric of a GPU's power.
const METRIC: &str = "gpu_carbon_gpu_power_watts";

/// The power of all GPUs on one page, and how many they are.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PowerNow {
    /// Their sum.
    pub power: Power,
    /// How many of them answered: a GPU that does not has no power there.
    pub gpus: usize,
}

/// Why a page gives no power.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExpositionError {
    /// It has no such metric.
    #[error(
        "there is no {METRIC} on this page: is it of gpu-carbon-exporter, and do its GPUs answer?"
    )]
    NoPower,
    /// A line of the metric has no value, or one that is no power.
    #[error("line {line}: {METRIC} must be a finite number of watts, zero or more, got `{found}`")]
    Value {
        /// Its number, from 1.
        line: usize,
        /// What stands there.
        found: String,
    },
}

/// Reads a page of metrics: the Prometheus text format, or OpenMetrics.
///
/// ```
/// let page = "# TYPE gpu_carbon_gpu_power_watts gauge\n\
///     gpu_carbon_gpu_power_watts{gpu=\"0\",uuid=\"GPU-a\"} 250.5\n\
///     gpu_carbon_gpu_power_watts{gpu=\"1\",uuid=\"GPU-b\"} 300\n";
/// let now = gpu_carbon_feeds::exposition_reader::power_now(page)?;
/// assert_eq!((now.power.as_watts(), now.gpus), (550.5, 2));
/// # Ok::<(), gpu_carbon_feeds::exposition_reader::ExpositionError>(())
/// ```
///
/// # Errors
///
/// When no GPU's power is there, or one is no power.
pub fn power_now(page: &str) -> Result<PowerNow, ExpositionError> {
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
        gpus => Ok(PowerNow { power: powers.into_iter().sum(), gpus }),
    }
}

/// What follows a metric's name and its labels; `None` where the name goes on.
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
    Some("") // the labels do not end: there is no value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_may_hold_anything_and_other_names_are_left_alone() {
        let page = "gpu_carbon_gpu_power_watts_other 9\n\
            gpu_carbon_gpu_power_watts{a=\"}\\\"{ \",b=\"\\\\\"} 1.5e2 1700000000000\r\n\
            gpu_carbon_gpu_power_watts 3\n# gpu_carbon_gpu_power_watts 7\n";
        let now = power_now(page).unwrap();
        assert_eq!((now.power.as_watts(), now.gpus), (153.0, 2));
    }

    #[test]
    fn what_is_no_power_is_refused_with_its_line() {
        for (page, found) in [
            ("\ngpu_carbon_gpu_power_watts{a=\"b\"} NaN", "NaN"),
            ("\ngpu_carbon_gpu_power_watts -1", "-1"),
            ("\ngpu_carbon_gpu_power_watts{a=\"b", ""),
            ("\ngpu_carbon_gpu_power_watts", ""),
        ] {
            assert_eq!(
                power_now(page),
                Err(ExpositionError::Value { line: 2, found: found.to_owned() })
            );
        }
        assert_eq!(power_now("# EOF\n"), Err(ExpositionError::NoPower));
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "\\PC{0,200}", tail in "[{}\"\\\\a= 0-9e.-]{0,60}") {
            let _ = power_now(&text);
            let _ = power_now(&format!("{METRIC}{tail}"));
        }
    }
}
