//! The counters of a workload of an exporter.

use gpu_carbon_feeds::exporter_workload;

/// An answer is read, or refused in one line.
pub(crate) fn run(input: &[u8]) {
    let Ok(text) = str::from_utf8(input) else { return };
    if let Err(error) = exporter_workload::parse(text) {
        crate::is_one_line(&error);
    }
}
