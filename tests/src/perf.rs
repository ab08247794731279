//! The energy that `perf stat` reads of RAPL, beside the exporter's.

use std::collections::BTreeMap;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

/// The events of `perf stat`, each with the exporter's component.
pub const EVENTS: [(&str, &str); 2] =
    [("power/energy-pkg/", "cpu"), ("power/energy-ram/", "memory")];

/// Counts the joules of each event that the machine has, over a time in seconds, by a program such as `perf`.
///
/// # Errors
///
/// When the program does not run, or counts nothing.
pub fn joules_over(program: &str, seconds: f64) -> Result<BTreeMap<String, f64>> {
    let mut perf = Command::new(program);
    perf.args(["stat", "--all-cpus", "--field-separator=,"]);
    for (event, _) in EVENTS {
        perf.args(["--event", event]);
    }
    perf.args(["--", "sleep", &seconds.to_string()]).stdin(Stdio::null());
    let output = perf.output().with_context(|| {
        format!("{program} does not run; install it (linux-perf), and run this as root")
    })?;
    let text = String::from_utf8_lossy(&output.stderr);
    let joules = parse(&text);
    ensure!(!joules.is_empty(), "{program} counts no energy: {}", text.trim());
    Ok(joules)
}

/// The joules by event in the output of `perf stat` with commas. An event that is not supported has none.
#[must_use]
pub fn parse(text: &str) -> BTreeMap<String, f64> {
    let event = |line: &str| {
        let mut fields = line.split(',');
        let (value, unit, event) = (fields.next()?, fields.next()?, fields.next()?);
        let joules: f64 = value.trim().parse().ok()?;
        (unit == "Joules").then(|| (event.to_owned(), joules))
    };
    text.lines().filter_map(event).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn supported_events_have_joules() {
        let text = "# started on Tue\n\n3012.45,Joules,power/energy-pkg/,60000123456,100.00,,\n\
            <not supported>,Joules,power/energy-ram/,0,100.00,,\n17,,cycles,1,100.00,,\n";
        assert_eq!(parse(text), [("power/energy-pkg/".to_owned(), 3012.45)].into());
        assert!(parse("Access to performance monitoring is limited.").is_empty());
    }
}
