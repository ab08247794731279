//! Costs of the ledger: a year of 16 GPUs, made as an exporter makes it.

pub mod measure;
pub mod report;
pub mod year;

use super::limit::Limit;
use measure::Measured;
use report::Reported;

/// A line for each goal: whether it is met, and the values.
#[must_use]
pub fn verdicts(measured: &Measured) -> Vec<String> {
    let report = |of: &Reported| {
        [(format!("by {}, at best", of.by), of.best), (format!("by {}, at worst", of.by), of.worst)]
    };
    let reports: Vec<_> = measured.reports.iter().flat_map(report).collect();
    let starts = measured
        .starts
        .iter()
        .zip(["a clean stop", "a kill"])
        .map(|(start, after)| (format!("after {after}, as a rule"), start.time.1));
    let starts: Vec<_> = starts.collect();
    let once = |value: f64| vec![(String::new(), value)];
    vec![
        Limit::Below(50.0).verdict("MB for a year of 16 GPUs", &once(measured.bytes / 1e6)),
        Limit::Below(0.2)
            .verdict("s to open it, to check it and to know where each GPU stands", &starts),
        Limit::Below(0.5).verdict("s to report the year", &reports),
    ]
}
