//! The decisions of a run without a command: on the forecast, or on recorded intensities.

use std::io::Write;

use anyhow::{Context, Result};
use gpu_carbon_core::steer::{Child, Command, Observation, Progress, Settings, Steer};
use gpu_carbon_core::{Span, Timestamp};

use super::args::Args;
use super::meter::Reading;
use super::outcome::{Basis, Facts, Outcome};
use crate::clock::RunClock;
use crate::grid::UnknownError;
use crate::output::CANNOT_WRITE;
use crate::sanitize::sanitize;
use crate::usage_error::UsageError;
use crate::watch::Watch;

/// The longest time that is played: a job may wait forever for a threshold that never comes.
const LONGEST: Span = Span::from_days(366);

/// Shows the decisions on a clock that jumps, or that runs with the speed of the arguments. Returns the exit status.
///
/// # Errors
///
/// A [`UsageError`] when the arguments contradict each other; another error when the output cannot be written.
pub(super) fn run(
    args: &Args,
    settings: Settings,
    (begin, clock): (Timestamp, RunClock),
    watch: Watch,
    out: &mut dyn Write,
) -> Result<u8> {
    let duration = args.duration.ok_or_else(|| {
        UsageError::CommandLine("--dry-run: give the --duration of the command".to_owned())
    })?;
    let usage =
        |error: gpu_carbon_core::steer::SettingsError| UsageError::CommandLine(error.to_string());
    let mut steer = Steer::new(settings.clone(), Progress::default()).map_err(usage)?;
    let mut show = |line: &str| {
        writeln!(out, "{}", sanitize(line)).and_then(|()| out.flush()).context(CANNOT_WRITE)
    };
    let basis = watch.basis.clone().unwrap_or_default();
    show(&format!("by {basis}; times are {}", args.time_zone))?;
    let mut played = Span::ZERO;
    let mut child = Child::NotStarted;
    loop {
        let now: Timestamp = begin + played;
        let intensity = watch.present(now);
        let known = watch.known();
        let seen = Observation { now, elapsed: played, intensity, known, child };
        let decision = steer.step(&seen);
        let next = match decision.command {
            Command::Keep => {
                let worked = steer.progress().worked;
                if child == Child::Ended || played > LONGEST {
                    break;
                }
                if worked >= duration {
                    child = Child::Ended;
                    continue;
                }
                let left = duration.saturating_sub(worked).max(Span::from_seconds(1));
                let step =
                    if child == Child::Running { decision.again.min(left) } else { decision.again };
                if args.speed.is_some() {
                    std::thread::sleep(clock.wait(step));
                }
                played = played + step;
                continue;
            }
            Command::GiveUp => return Err(UnknownError(watch.why_unknown(now)).into()),
            Command::Start => ("start", Child::Running),
            Command::Pause => ("pause", Child::Stopped),
            Command::Resume => ("resume", Child::Running),
        };
        let (word, state) = next;
        child = state;
        show(&format!("{}  {word:<6}  {}", args.time_zone.readable(now), decision.reason))?;
    }
    if child != Child::Ended {
        show("it has not ended within a year: it waits for an intensity that does not come")?;
    }
    let facts = Facts {
        record: steer.record(),
        pauses: steer.progress().pauses,
        settings: &settings,
        pue: args.pue,
        reading: &Reading::NotAsked,
    };
    if let Some(outcome) = Outcome::of(facts, Basis::of(&watch)) {
        for line in outcome.lines(args.time_zone) {
            show(&line)?;
        }
        if let Some(path) = &args.report {
            std::fs::write(path, format!("{:#}\n", outcome.json(0)))
                .with_context(|| format!("--report {}", path.display()))?;
        }
    }
    Ok(0)
}
