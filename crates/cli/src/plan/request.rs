//! The question: a job, the time in which it may start, and the factors.

use std::fs;
use std::path::Path;

use gpu_carbon_core::job::{Job, PaperJob};
use gpu_carbon_core::{Power, Span, what_if};
use gpu_carbon_feeds::{profile, prometheus};

use super::args::Args;
use crate::time_zone::Zone;
use crate::usage_error::UsageError;

/// The request to the core, and the names and the time zone of its text.
#[derive(Debug, Clone)]
pub(super) struct Question {
    pub(super) request: what_if::Request,
    /// The job of the paper that --job names.
    pub(super) paper_job: Option<PaperJob>,
    /// The time zone of the hours in the text.
    pub(super) zone: Zone,
}

impl Question {
    /// Checks the arguments, and reads the profile.
    ///
    /// # Errors
    ///
    /// When the duration or the energy is missing, or the profile cannot be used.
    pub(super) fn new(args: &Args) -> Result<Question, UsageError> {
        let preset = args.job;
        let profile = args.profile.as_deref().map(Profile::open).transpose()?;
        let measured = profile.as_ref().and_then(|profile| profile.duration);
        let duration = args.duration.or(measured).or(preset.map(|job| job.duration()));
        let duration = duration.ok_or_else(|| UsageError::CommandLine(NO_DURATION.to_owned()))?;
        let (job, energy) = match (profile, args.power, args.energy) {
            (Some(profile), ..) => (Job::of_profile(duration, profile.rows), None),
            (None, Some(power), _) => (Job::of_power(duration, power), None),
            (None, None, energy) => {
                let energy =
                    energy.or(preset.map(|job| job.energy())).ok_or(UsageError::NoEnergy)?;
                (Job::of_energy(duration, energy), Some(energy))
            }
        };
        let job = job.map_err(UsageError::Job)?;
        let request = what_if::Request {
            energy: energy.unwrap_or_else(|| job.energy()),
            job,
            start: args.start,
            window: args.window.of(duration),
            pause_costs: args.pause_costs(),
            pue: args.pue,
            home: args.home.clone(),
            signal: None,
        };
        Ok(Question { request, paper_job: preset, zone: args.time_zone })
    }
}

const NO_DURATION: &str = "--duration is missing: only a job of the paper and a profile measured by Prometheus have their own";

/// A power that changes over time.
struct Profile {
    /// Each offset from the start, and the power from there on.
    rows: Vec<(Span, Power)>,
    /// The duration, where the file contains it.
    duration: Option<Span>,
}

impl Profile {
    /// Reads a CSV, or the JSON of a Prometheus answer.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, or is neither.
    fn open(path: &Path) -> Result<Profile, UsageError> {
        let text = fs::read_to_string(path)
            .map_err(|error| UsageError::Unreadable { path: path.to_owned(), error })?;
        if text.trim_start_matches('\u{feff}').trim_start().starts_with(['{', '[', '<']) {
            let measured = prometheus::power_profile(&text)
                .map_err(|error| UsageError::Measured { path: path.to_owned(), error })?;
            return Ok(Profile { rows: measured.profile, duration: Some(measured.duration) });
        }
        let rows = profile::parse(&text)
            .map_err(|error| UsageError::Profile { path: path.to_owned(), error })?;
        Ok(Profile { rows, duration: None })
    }
}
