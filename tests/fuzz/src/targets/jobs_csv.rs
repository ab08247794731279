//! The CSV of jobs.

use gpu_carbon_cli::evaluate::parse_jobs;
use gpu_carbon_core::Span;

/// A text is either jobs that take some time, each with its own name, or refused in one line.
pub(crate) fn run(input: &[u8]) {
    let Ok(text) = str::from_utf8(input) else { return };
    match parse_jobs(text) {
        Ok(jobs) => {
            assert!(!jobs.is_empty() && jobs.iter().all(|job| job.duration > Span::ZERO));
            let mut names: Vec<&str> = jobs.iter().map(|job| job.name.as_str()).collect();
            names.sort_unstable();
            assert!(names.is_sorted_by(|before, after| before < after), "{names:?}");
        }
        Err(error) => crate::is_one_line(&error),
    }
}
