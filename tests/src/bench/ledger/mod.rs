//! What the ledger costs: a year of 16 GPUs, made as an exporter makes it.

pub mod measure;
pub mod year;

use super::limit::Limit;
use measure::Measured;

/// Each goal in a line, with whether it is met and the values.
#[must_use]
pub fn verdicts(measured: &Measured) -> Vec<String> {
    let once = |value: f64| vec![(String::new(), value)];
    vec![
        Limit::Below(50.0).verdict("MB for a year of 16 GPUs", &once(measured.bytes / 1e6)),
        Limit::Below(0.2).verdict(
            "s to open it and to know where each GPU stands",
            &[("at best".to_owned(), measured.start.0), ("at worst".to_owned(), measured.start.1)],
        ),
    ]
}
