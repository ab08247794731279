//! The question: a job, when it may start, and the factors.

use std::fs;
use std::path::Path;

use gpu_carbon_core::job::{Job, PaperJob};
use gpu_carbon_core::{Power, Span, what_if};

use super::args::Args;
use crate::profile;
use crate::refusal::Refusal;

/// What is asked of the core, and how to say it.
#[derive(Debug, Clone)]
pub(super) struct Question {
    pub(super) request: what_if::Request,
    /// The job of the paper that it was made from.
    pub(super) paper_job: Option<PaperJob>,
}

impl Question {
    pub(super) fn new(args: &Args) -> Result<Question, Refusal> {
        let preset = args.job;
        let no_duration = || Refusal::CommandLine("--duration is missing".to_owned());
        let duration =
            args.duration.or(preset.map(|job| job.duration())).ok_or_else(no_duration)?;
        let energy = match (args.power, &args.profile) {
            (None, None) => {
                Some(args.energy.or(preset.map(|job| job.energy())).ok_or(Refusal::NoDraw)?)
            }
            _ => None,
        };
        let job = match (energy, args.power, &args.profile) {
            (Some(energy), ..) => Job::of_energy(duration, energy),
            (None, Some(power), _) => Job::of_power(duration, power),
            (None, None, Some(path)) => Job::of_profile(duration, read_profile(path)?),
            (None, None, None) => return Err(Refusal::NoDraw),
        };
        let job = job.map_err(Refusal::Job)?;
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
        Ok(Question { request, paper_job: preset })
    }
}

fn read_profile(path: &Path) -> Result<Vec<(Span, Power)>, Refusal> {
    let text = fs::read_to_string(path)
        .map_err(|error| Refusal::Unreadable { path: path.to_owned(), error })?;
    profile::parse(&text).map_err(|error| Refusal::Profile { path: path.to_owned(), error })
}
