//! The question: a job, the regions and starts, and the policies that decide.

use anyhow::Result;
use clap::ValueEnum;
use gpu_carbon_core::SLOT;
use gpu_carbon_core::boundary::HostShare;
use gpu_carbon_core::evaluate::steps;
use gpu_carbon_core::format;
use gpu_carbon_core::job::Job;
use gpu_carbon_core::online::{PauseShares, SlotJob};
use gpu_carbon_core::{Energy, Intensity, Mass, Power, Pue, Signal, Span};
use gpu_carbon_feeds::forecasts::Forecasts;

use super::args::{Args, StartsArg};
use super::forecast_input;
use super::policy::PolicyArg;
use crate::gaps::GapsArg;
use crate::region::{self, Region};
use crate::usage_error::UsageError;

/// A job, the regions and starts, and the policies that decide.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) regions: Vec<Region>,
    pub(super) forecasts: Option<Forecasts>,
    pub(super) policies: Vec<PolicyArg>,
    pub(super) duration: Span,
    pub(super) energy: Energy,
    /// The energy of the job in one slot.
    pub(super) slot: Energy,
    pub(super) window: Span,
    /// The length of the job in slots.
    pub(super) work: usize,
    /// The length of the window in slots.
    pub(super) wait: usize,
    /// The energy of one pause.
    pub(super) pause: Energy,
    /// The power of the job while it is paused.
    pub(super) paused_power: Power,
    /// The bound on losses, as a share of the job's emissions at the greatest intensity before its start.
    pub(super) max_loss: Option<f64>,
    pub(super) pue: Pue,
    /// The boundary of the energy.
    pub(super) host_share: HostShare,
    pub(super) signal: Signal,
    pub(super) starts: StartsArg,
    pub(super) year: Option<i32>,
    /// The rule by which gaps were filled.
    pub(super) gaps: GapsArg,
}

impl Request {
    /// Checks the arguments, and reads the series and the forecasts.
    ///
    /// # Errors
    ///
    /// A [`UsageError`] when an argument or a file cannot be used; another error for anything else.
    pub(super) fn new(args: &Args) -> Result<Request> {
        let refused = |text: &str| UsageError::CommandLine(text.to_owned());
        let duration = args.duration.unwrap_or_else(|| args.job.duration());
        let job = match (args.power, args.energy) {
            (Some(power), _) => Job::of_power(duration, power),
            (None, energy) => Job::of_energy(duration, energy.unwrap_or_else(|| args.job.energy())),
        };
        let job = job.map_err(UsageError::Job)?.times(args.host_share.energy_factor());
        let slot = job.constant_power().unwrap_or_default() * SLOT;
        if slot == Energy::default() {
            return Err(refused(
                "the job uses no energy, so no policy can save any: give more by --energy or --power",
            )
            .into());
        }
        let paused_power = args.paused_power.unwrap_or_default();
        if let Some(power) = job.constant_power().filter(|power| *power <= paused_power) {
            let text = format!(
                "--paused-power must be less than the power of the job, {}, got {}",
                format::power(power),
                format::power(paused_power)
            );
            return Err(refused(&text).into());
        }
        let work = steps(duration);
        if work == 0 {
            return Err(refused(
                "--duration is less than 2.5 minutes, which rounds to zero steps of five minutes: give a longer one",
            )
            .into());
        }
        let signal = args.signal.map(Signal::from);
        let mut regions = region::open(&args.intensity, signal)?;
        region::check_names(&regions)?;
        region::fill_gaps(&mut regions, args.gaps)?;
        let forecasts = match args.forecasts.as_slice() {
            [] => None,
            files => Some(forecast_input::open(files)?),
        };
        if let Some(forecasts) = &forecasts {
            match regions.len() {
                0 => regions.push(forecast_input::region(&args.forecasts, forecasts, signal)?),
                1 => {}
                many => {
                    let text = format!(
                        "--forecasts are of one region, and --intensity has {many}: give one of them"
                    );
                    return Err(refused(&text).into());
                }
            }
        }
        let signal = region::common_signal(&regions)?;
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
            paused_power,
            max_loss: args.max_loss,
            pue: args.pue,
            host_share: args.host_share,
            signal,
            starts: args.starts,
            year: args.year,
            gaps: args.gaps,
        })
    }

    /// Returns the job in slots, with the costs of its pauses.
    pub(super) fn slot_job(&self) -> SlotJob {
        let share = |energy: Energy| energy.as_kilowatt_hours() / self.slot.as_kilowatt_hours();
        let costs =
            PauseShares { resume: share(self.pause), paused: share(self.paused_power * SLOT) };
        SlotJob { work: self.work, window: self.wait, costs }
    }

    /// Returns the emissions of an exposure, which is in g/kWh times slots.
    pub(super) fn emissions_of(&self, exposure: f64) -> Mass {
        let intensity = Intensity::from_grams_per_kilowatt_hour(exposure.max(0.0));
        self.slot * self.pue * intensity.unwrap_or_default()
    }
}
