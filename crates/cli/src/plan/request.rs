//! The question: a job, when it may start, and the factors.

use std::fs;
use std::path::Path;

use gpu_carbon_core::job::{Job, PaperJob};
use gpu_carbon_core::schedule::PauseCosts;
use gpu_carbon_core::{Energy, Interval, Power, Ratio, Signal, Span, Timestamp};

use super::args::Args;
use crate::profile;
use crate::refusal::Refusal;

/// A job, when it may start, and the factors that hold in every region.
#[derive(Debug, Clone)]
pub(super) struct Request {
    pub(super) job: Job,
    /// As it was given, where it was, and not by way of the power.
    pub(super) energy: Energy,
    /// The job of the paper that it was made from.
    pub(super) paper_job: Option<PaperJob>,
    pub(super) start: Timestamp,
    pub(super) window: Span,
    pub(super) pause_costs: PauseCosts,
    pub(super) pue: Ratio,
    pub(super) signal: Signal,
}

impl Request {
    pub(super) fn new(args: &Args) -> Result<Request, Refusal> {
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
        Ok(Request {
            energy: energy.unwrap_or_else(|| job.energy()),
            job,
            paper_job: preset,
            start: args.start,
            window: args.window.of(duration),
            pause_costs: args.pause_costs(),
            pue: args.pue,
            signal: args.signal.into(),
        })
    }

    /// Whether the cheapest intervals are the best ones: pauses are free, and so is their number and length,
    /// and each slice of the job draws the same.
    pub(super) fn pauses_are_free(&self) -> bool {
        self.pause_costs == PauseCosts::default() && self.job.constant_power().is_some()
    }

    /// All the time in which the job may run.
    pub(super) fn horizon(&self) -> Interval {
        Interval::new(self.start, self.start + self.window + self.job.duration())
    }
}

fn read_profile(path: &Path) -> Result<Vec<(Span, Power)>, Refusal> {
    let text = fs::read_to_string(path)
        .map_err(|error| Refusal::Unreadable { path: path.to_owned(), error })?;
    profile::parse(&text).map_err(|error| Refusal::Profile { path: path.to_owned(), error })
}
