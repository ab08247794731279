//! `gpu-carbon simulate`: what policies without an oracle keep of what pausing could save.

mod answer;
mod args;
mod csv;
mod forecast_input;
mod json;
mod policy;
mod starts;
mod text;

use anyhow::Result;
use clap::ValueEnum;
use gpu_carbon_core::evaluate::steps;
use gpu_carbon_core::job::Job;
use gpu_carbon_core::{Energy, Intensity, Mass, Pue, SLOT, Signal, Span};
use gpu_carbon_feeds::forecasts::Forecasts;

use crate::flag_enums::Format;
use crate::region::{self, Region};
use crate::usage_error::UsageError;
use answer::Answer;

pub use args::{Args, StartsArg};
pub use policy::PolicyArg;

/// A job, where and when it runs, and which policies decide.
#[derive(Debug)]
struct Request {
    regions: Vec<Region>,
    forecasts: Option<Forecasts>,
    policies: Vec<PolicyArg>,
    duration: Span,
    energy: Energy,
    /// What the job uses in one slot.
    slot: Energy,
    window: Span,
    /// Slots of work, and slots to spare.
    work: usize,
    wait: usize,
    pause: Energy,
    pue: Pue,
    signal: Signal,
    starts: StartsArg,
    year: Option<i32>,
}

/// Plays the job by each policy, and writes what was kept.
///
/// # Errors
///
/// A [`UsageError`] when what was given cannot be used; another error for anything else.
pub fn run(args: &Args) -> Result<String> {
    let request = Request::new(args)?;
    let answer = Answer::to(&request)?;
    match args.format {
        Format::Text => Ok(text::write(&answer)),
        Format::Json => json::write(&answer),
        Format::Csv => Ok(csv::write(&answer)),
    }
}

impl Request {
    fn new(args: &Args) -> Result<Request> {
        let refused = |text: &str| UsageError::CommandLine(text.to_owned());
        let duration = args.duration.unwrap_or_else(|| args.job.duration());
        let job = match (args.power, args.energy) {
            (Some(power), _) => Job::of_power(duration, power),
            (None, energy) => Job::of_energy(duration, energy.unwrap_or_else(|| args.job.energy())),
        };
        let job = job.map_err(UsageError::Job)?;
        let slot = job.constant_power().unwrap_or_default() * SLOT;
        if slot == Energy::default() {
            return Err(refused("the job draws nothing, so that no policy can save: give more by --energy or --power").into());
        }
        let work = steps(duration);
        if work == 0 {
            return Err(refused("--duration is less than 2.5 minutes, and rounds to no whole five minutes: give a longer one").into());
        }
        let signal = args.signal.into();
        let mut regions = region::open(&args.intensity, signal)?;
        region::check_names(&regions)?;
        let forecasts = match args.forecasts.as_slice() {
            [] => None,
            files => Some(forecast_input::open(files)?),
        };
        if let Some(forecasts) = &forecasts {
            match regions.len() {
                0 => regions.push(forecast_input::region(&args.forecasts, forecasts, signal)?),
                1 => {}
                many => return Err(refused(&format!(
                    "--forecasts are of one region, and --intensity has {many}: give one of them"
                ))
                .into()),
            }
        }
        let window = args.window.of(duration);
        let policies = match args.policies.as_slice() {
            [] => PolicyArg::value_variants().to_vec(),
            some => some.to_vec(),
        };
        Ok(Request {
            regions,
            forecasts,
            policies,
            duration,
            energy: job.energy(),
            slot,
            window,
            work,
            wait: steps(window),
            pause: args.pause_energy.unwrap_or_default(),
            pue: args.pue,
            signal,
            starts: args.starts,
            year: args.year,
        })
    }

    /// What a pause uses, as a share of what the job uses in a slot.
    fn pause_cost(&self) -> f64 {
        self.pause.as_kilowatt_hours() / self.slot.as_kilowatt_hours()
    }

    /// Of so many g/kWh times slots.
    fn emissions_of(&self, exposure: f64) -> Mass {
        let intensity = Intensity::from_grams_per_kilowatt_hour(exposure.max(0.0));
        self.slot * self.pue * intensity.unwrap_or_default()
    }
}
