//! Measured power: Prometheus' answer to a range query, and the exporter's page.

use gpu_carbon_core::Span;
use gpu_carbon_core::job::Job;
use gpu_carbon_feeds::{prometheus, exposition_reader};

/// A text is either the power of a run, which is a job with the reported energy, or refused in one line.
pub(crate) fn run(input: &[u8]) {
    let Ok(text) = str::from_utf8(input) else { return };
    match prometheus::power_profile(text) {
        Ok(measured) => {
            assert!(measured.duration > Span::ZERO);
            let (energy, joules) = (measured.energy, measured.energy.as_joules());
            let job = Job::of_profile(measured.duration, measured.profile).unwrap();
            let found = job.energy().as_joules();
            assert!((found - joules).abs() <= 1e-9 * joules.max(1.0), "{found} J, not {energy:?}");
        }
        Err(error) => crate::is_one_line(&error),
    }
    match exposition_reader::current_power(text) {
        Ok(now) => assert!(now.gpus > 0),
        Err(error) => crate::is_one_line(&error),
    }
}
