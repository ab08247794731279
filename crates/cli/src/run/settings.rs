//! The settings of a run, from its arguments.

use gpu_carbon_core::steer::{PauseLimits, Policy, Promise, Settings, Unknown};
use gpu_carbon_core::{Intensity, Power, Span, Timestamp};

use super::args::{Args, PauseArg, PolicyArg};
use crate::flag_enums::UnknownArg;
use crate::plan::Times;
use crate::usage_error::UsageError;
use crate::value_parsers::Window;

/// The share of --below at which a paused job resumes.
const RESUME: f64 = 0.95;

/// The window of a job whose duration alone is given.
const WINDOW: Window = Window::Span(Span::from_days(1));

/// Returns the settings of the state machine of a run that begins at a time, on a clock of a speed.
///
/// # Errors
///
/// Where the arguments contradict each other.
pub(crate) fn of(
    args: &Args,
    begin: Timestamp,
    speed: f64,
    times: &Times,
) -> Result<Settings, UsageError> {
    let promise = args.duration.map(|duration| {
        let finish_by = finish_by(args, begin, times, duration)?;
        Ok::<_, UsageError>(Promise { duration, margin: args.margin, finish_by })
    });
    let never = args.pause == Some(PauseArg::None);
    // A faster clock leaves less time for the same work of the processor.
    let lateness = Settings::LATENESS.as_seconds() * speed;
    Ok(Settings {
        policy: policy(args)?,
        promise: promise.transpose()?,
        power: power(args)?,
        pauses: PauseLimits {
            energy: args.pause_energy.unwrap_or_default(),
            time: args.pause_time.unwrap_or_default(),
            paused_power: args.paused_power.unwrap_or_default(),
            min_run: args.min_run.unwrap_or_default(),
            min_pause: args.min_pause.unwrap_or_default(),
            max_pauses: if never { Some(0) } else { args.max_pauses },
        },
        unknown: match args.unknown {
            UnknownArg::Run => Unknown::Run,
            UnknownArg::Hold => Unknown::Hold,
            UnknownArg::Fail => Unknown::Fail,
        },
        lateness: Span::from_seconds_f64(lateness).unwrap_or(Settings::LATENESS),
    })
}

fn policy(args: &Args) -> Result<Policy, UsageError> {
    let given = args.policy.unwrap_or(match args.below {
        Some(_) => PolicyArg::Threshold,
        None => PolicyArg::Replan,
    });
    match (given, args.below) {
        (PolicyArg::Threshold, Some(below)) => {
            let lower = Intensity::from_grid_grams(below.as_grams_per_kilowatt_hour() * RESUME);
            let resume_below = args.resume_below.or(lower).unwrap_or(below);
            Ok(Policy::Threshold { below, resume_below })
        }
        (PolicyArg::Threshold, None) => {
            Err(usage("--policy threshold: give the threshold by --below"))
        }
        (_, Some(_)) => {
            Err(usage("--below is the threshold of --policy threshold: leave one of the two out"))
        }
        (PolicyArg::Plan, None) => Ok(Policy::Plan),
        (PolicyArg::Replan, None) => Ok(Policy::Replan),
    }
}

fn power(args: &Args) -> Result<Power, UsageError> {
    let of_gpus = args.gpus.as_ref().map(|gpus| gpus.board_power() * args.load);
    if let Some(power) = args.power.or(of_gpus) {
        return Ok(power);
    }
    let of_energy = args.energy.zip(args.duration).map(|(energy, duration)| {
        Power::from_watts(energy.as_joules() / duration.as_seconds())
            .map_err(|error| usage(&format!("--energy: {error}")))
    });
    Ok(of_energy.transpose()?.unwrap_or_default())
}

/// The latest end: as given, or from the window.
fn finish_by(
    args: &Args,
    now: Timestamp,
    times: &Times,
    duration: Span,
) -> Result<Timestamp, UsageError> {
    let Some(end) = args.finish_by else {
        return Ok(now + duration + args.window.unwrap_or(WINDOW).of(duration));
    };
    let end = times.resolve("--finish-by", end)?;
    let first_end = now + duration;
    if first_end <= end {
        return Ok(end);
    }
    let second = Span::from_seconds(1);
    let [first_end, end] = [first_end, end].map(|time| times.zone.readable(time.floor_to(second)));
    Err(usage(&format!(
        "--finish-by: a command that starts now ends at {first_end}, which is later than {end}: give a later time or a shorter --duration"
    )))
}

fn usage(text: &str) -> UsageError {
    UsageError::CommandLine(text.to_owned())
}
