//! The question: a job, the time in which it may start, and the factors.

use std::path::Path;

use gpu_carbon_core::boundary::HostShare;
use gpu_carbon_core::job::Job;
use gpu_carbon_core::schedule::PauseCosts;
use gpu_carbon_core::{Power, SLOT, Series, Span, Timestamp, format, what_if};
use gpu_carbon_feeds::{profile, prometheus};

use super::args::Args;
use super::pue::{PueFlags, SourcedPue};
use super::window::WindowArg;
use crate::input;
use crate::time_arg::{MilestoneArg, TimeArg};
use crate::time_zone::Zone;
use crate::usage_error::UsageError;

/// The request to the core, and the names and the time zone of its text.
#[derive(Debug, Clone)]
pub(crate) struct Question {
    pub(crate) request: what_if::Request,
    /// True where the window reaches to the end of the data; that of the request is then the default.
    pub(super) window_to_end: bool,
    /// The job in words: the one of the paper that --job names, or the GPUs of --gpus.
    pub(super) title: Option<String>,
    /// The time zone of the hours in the text.
    pub(super) zone: Zone,
    /// The source of the power usage effectiveness, if it is that of a region.
    pub(super) pue_source: Option<String>,
}

impl Question {
    /// Checks the arguments, and reads the profile.
    ///
    /// # Errors
    ///
    /// When the duration or the energy is missing, the profile cannot be used, a time of day does not exist once, or the job
    /// cannot finish by its deadline.
    pub(super) fn new(args: &Args, now: Timestamp) -> Result<Question, UsageError> {
        let preset = args.job;
        let profile = args.profile.as_deref().map(Profile::open).transpose()?;
        let measured = profile.as_ref().and_then(|profile| profile.duration);
        let duration = args.duration.or(measured).or(preset.map(|job| job.duration()));
        let duration = duration.ok_or_else(|| UsageError::CommandLine(NO_DURATION.to_owned()))?;
        let power = args.gpus.as_ref().map(|gpus| gpus.board_power() * args.load);
        let (job, energy) = match (profile, args.power.or(power), args.energy) {
            (Some(profile), ..) => (Job::of_profile(duration, profile.rows), None),
            (None, Some(power), _) => (Job::of_power(duration, power), None),
            (None, None, energy) => {
                let energy =
                    energy.or(preset.map(|job| job.energy())).ok_or(UsageError::NoEnergy)?;
                (Job::of_energy(duration, energy), Some(energy))
            }
        };
        let job = job.map_err(UsageError::Job)?;
        let SourcedPue { pue, source: pue_source } = PueFlags {
            pue: args.pue,
            data: args.pue_data.as_deref(),
            year: args.pue_year,
            regions: &args.region,
        }
        .resolve()?;
        let times = Times { zone: args.time_zone, now };
        let start = times.resolve("--start", args.start)?;
        let window = match (args.finish_by, args.window) {
            (Some(end), _) => times.window_until(end, start, duration)?,
            (None, WindowArg::Length(window)) => window.of(duration),
            (None, WindowArg::End) => WindowArg::DEFAULT_LENGTH,
        };
        let request = what_if::Request {
            energy: energy.unwrap_or_else(|| job.energy()),
            job,
            start,
            window,
            pause_costs: times.pause_costs(args)?,
            pue,
            host_share: HostShare::GPUS_ONLY,
            home: args.home.clone(),
            signal: None,
        };
        let request = request.with_host_share(args.host_share);
        let window_to_end = args.finish_by.is_none() && args.window == WindowArg::End;
        let paper = preset.map(|job| format!("{} ({})", job.title, job.gpus));
        let gpus = args.gpus.as_ref().map(|gpus| {
            let (count, name, load) = (gpus.count, &gpus.model.name, args.load.as_number() * 100.0);
            format!("{count} {name} at {load:.0} % of {}", format::power(gpus.board_power()))
        });
        Ok(Question {
            request,
            window_to_end,
            title: gpus.or(paper),
            zone: args.time_zone,
            pue_source,
        })
    }

    /// A question for the start of a job alone. At constant power, no start depends on how much that is: it is 1 kW.
    ///
    /// # Errors
    ///
    /// When the duration is out of range.
    pub(crate) fn of_start(
        duration: Span,
        start: Timestamp,
        window: Span,
        zone: Zone,
    ) -> Result<Question, UsageError> {
        let power = Power::from_watts(1000.0).unwrap_or_default();
        let job = Job::of_power(duration, power).map_err(UsageError::Job)?;
        let request = what_if::Request { window, ..what_if::Request::new(job, start) };
        Ok(Question { request, window_to_end: false, title: None, zone, pue_source: None })
    }

    /// Lengthens the window to the end of the series that end first, where the question asks for that.
    pub(super) fn fit_window<'a>(&mut self, series: impl Iterator<Item = &'a Series>) {
        if let Some(end) = series.map(|series| series.extent().end()).min()
            && self.window_to_end
        {
            self.request.window = window_to(&self.request, end).unwrap_or(Span::ZERO);
        }
    }
}

/// The longest window, in whole steps of five minutes, with which a job ends by a time; `None` where even a start at once
/// ends later.
pub(crate) fn window_to(request: &what_if::Request, end: Timestamp) -> Option<Span> {
    let first_end = request.start + request.job.duration();
    let window = end.duration_since(first_end).as_micros();
    (first_end <= end).then(|| Span::from_micros(window - window % SLOT.as_micros()))
}

/// The present, and the zone of the times that are given without an offset.
pub(crate) struct Times {
    pub(crate) zone: Zone,
    pub(crate) now: Timestamp,
}

impl Times {
    /// Returns the time that a flag gives.
    ///
    /// # Errors
    ///
    /// When it does not exist once, with the name of the flag.
    pub(crate) fn resolve(&self, flag: &str, time: TimeArg) -> Result<Timestamp, UsageError> {
        let resolved = time.resolve(self.zone, self.now);
        resolved.map_err(|why| UsageError::CommandLine(format!("{flag}: {why}")))
    }

    /// The window with which a job ends by a deadline.
    fn window_until(
        &self,
        end: TimeArg,
        start: Timestamp,
        duration: Span,
    ) -> Result<Span, UsageError> {
        let end = self.resolve("--finish-by", end)?;
        let first_end = start + duration;
        if first_end <= end {
            return Ok(end.duration_since(first_end));
        }
        Err(UsageError::CommandLine(format!(
            "--finish-by: a job of {} that starts at {} ends at {}, which is later than {}: give a later --finish-by, an earlier --start or a shorter --duration",
            format::span(duration),
            self.zone.readable(start),
            self.zone.readable(first_end),
            self.zone.readable(end)
        )))
    }

    /// The costs of pauses, and their limits.
    fn pause_costs(&self, args: &Args) -> Result<PauseCosts, UsageError> {
        let resolved = |it: &MilestoneArg| {
            let resolved = it.resolve(self.zone, self.now);
            resolved.map_err(|why| UsageError::CommandLine(format!("--milestone: {why}")))
        };
        Ok(PauseCosts {
            energy: args.pause_energy.unwrap_or_default(),
            time: args.pause_time.unwrap_or_default(),
            paused_power: args.paused_power.unwrap_or_default(),
            least_run: args.min_run.unwrap_or_default(),
            most_pauses: args.max_pauses,
            milestones: args.milestone.iter().map(resolved).collect::<Result<_, _>>()?,
        })
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
        let text = input::text(path)?;
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
