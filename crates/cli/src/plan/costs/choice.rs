//! The choices of a region and a plan, each with its emissions and its money.

use gpu_carbon_core::what_if::{Outlay, Plan, Plans, Request};
use gpu_carbon_core::{Energy, Intensity, Mass, Scope, Signal, Span, transfer};
use gpu_carbon_feeds::calendar;

use super::args::CostArgs;
use super::prices::Prices;
use crate::usage_error::UsageError;

/// The name of the plan without a pause.
pub(crate) const BEST_START: &str = "best start";

/// The name of the plan with pauses.
pub(crate) const WITH_PAUSES: &str = "with pauses";

/// A plan in a region, before its money and its moving are known.
#[derive(Debug, Clone)]
pub(crate) struct Candidate {
    pub(crate) region: String,
    pub(crate) signal: Signal,
    /// The scope, where the data name it.
    pub(crate) scope: Option<Scope>,
    /// True where the data know the hour.
    pub(crate) is_hourly: bool,
    /// The name of the plan.
    pub(crate) plan: &'static str,
    pub(crate) emissions: Mass,
    /// The time for which the job runs or restores itself; the rest of its pauses is left out.
    pub(crate) running: Span,
    /// The emissions of a start at once, of which the intensity of the region follows.
    pub(crate) at_once: Mass,
}

/// A plan in a region, with its money and its moving.
#[derive(Debug, Clone)]
pub(crate) struct Choice {
    pub(crate) candidate: Candidate,
    /// The emissions of moving the data to the region, of the same kind as those of the plan; `None` where they are unknown.
    pub(crate) moving: Option<Mass>,
    /// The price of running, in USD; `None` where it is unknown.
    pub(crate) running_usd: Option<f64>,
    /// The price of moving, in USD.
    pub(crate) moving_usd: f64,
    /// True where no choice of the same kind is at least as good in emissions and money and better in one; `None` where one
    /// of the two is unknown.
    pub(crate) is_unbeaten: Option<bool>,
}

/// All choices, and the factors that they share.
#[derive(Debug, Clone)]
pub(crate) struct Costs {
    pub(crate) choices: Vec<Choice>,
    pub(crate) gigabytes: Option<f64>,
    /// The energy to move 1 GB.
    pub(crate) energy_per_gigabyte: Energy,
    /// The source of that energy.
    pub(crate) source: String,
}

impl Candidate {
    /// The plans of a region that may be best in emissions or in money: the best start, and the plan with pauses where it
    /// emits less; the best start is left out where pauses cost no time.
    pub(crate) fn all_of(plans: &Plans<'_>, region: String, request: &Request) -> Vec<Candidate> {
        let duration = request.job.duration();
        let candidate = |plan: &'static str, of: &Plan, running: Span| Candidate {
            region: region.clone(),
            signal: plans.region.signal,
            scope: plans.region.scope,
            is_hourly: true,
            plan,
            emissions: of.emissions,
            running,
            at_once: plans.baseline.emissions,
        };
        let (unbroken, paused) = (&plans.flexible_start, &plans.pause_and_resume.plan);
        let lengths = paused.schedule.intervals().iter().map(|run| run.length());
        let worked = lengths.fold(Span::ZERO, |sum, length| sum + length);
        // At the end of each pause, the job restores itself for that time.
        let running =
            (0..paused.schedule.pauses()).fold(worked, |sum, _| sum + request.pause_costs.time);
        let mut all = Vec::new();
        let pauses_pay = paused.emissions < unbroken.emissions;
        if !pauses_pay || running > duration {
            all.push(candidate(BEST_START, unbroken, duration));
        }
        if pauses_pay {
            all.push(candidate(WITH_PAUSES, paused, running));
        }
        all
    }

    /// Reports whether the emissions of two candidates may be compared.
    fn is_comparable(&self, other: &Candidate) -> bool {
        let kind = |it: &Candidate| (it.signal, it.scope, it.is_hourly);
        kind(self) == kind(other)
    }

    /// The mean intensity of a start at once.
    fn intensity(&self, request: &Request) -> Option<Intensity> {
        let kilowatt_hours = request.energy.as_kilowatt_hours() * request.pue.as_number();
        Intensity::from_grams_per_kilowatt_hour(self.at_once.as_grams() / kilowatt_hours).ok()
    }
}

impl Choice {
    /// The emissions of running and moving together.
    pub(crate) fn emissions(&self) -> Option<Mass> {
        Some(self.candidate.emissions + self.moving?)
    }

    /// The price of running and moving together, in USD.
    pub(crate) fn usd(&self) -> Option<f64> {
        Some(self.running_usd? + self.moving_usd)
    }

    fn outlay(&self) -> Option<Outlay> {
        Some(Outlay { emissions: self.emissions()?, money: self.usd()? })
    }
}

impl Costs {
    /// Adds money and moving to some plans; `None` where the arguments ask for neither. `home` is the region in which the data
    /// are.
    ///
    /// # Errors
    ///
    /// When the prices cannot be read, or none is of a region of the plan.
    pub(crate) fn of(
        args: &CostArgs,
        request: &Request,
        home: &str,
        candidates: Vec<Candidate>,
    ) -> Result<Option<Costs>, UsageError> {
        if !args.are_asked() {
            return Ok(None);
        }
        let prices = args.price.as_ref().map(Prices::open).transpose()?;
        if let (Some(prices), Some(first)) = (&prices, candidates.first())
            && candidates.iter().all(|candidate| prices.of(&candidate.region).is_none())
        {
            return Err(UsageError::CommandLine(format!(
                "--price: the file has prices of {}, and none of a region of the plan, such as {}: write its regions as the plan does",
                prices.examples(),
                first.region
            )));
        }
        let year = calendar::year_of(request.start).unwrap_or_default();
        let energy_per_gigabyte =
            args.move_energy.unwrap_or_else(|| transfer::energy_per_gigabyte(year));
        let source = match args.move_energy {
            Some(_) => "--move-energy".to_owned(),
            None => format!("{}; here for {year}", transfer::SOURCE),
        };
        let moving = Moving {
            gigabytes: args.move_gigabytes.unwrap_or_default(),
            energy_per_gigabyte,
            usd_per_gigabyte: args.move_price.unwrap_or_default(),
            home,
        };
        let home_of = |candidate: &Candidate| {
            candidates.iter().find(|it| it.region == home && it.is_comparable(candidate))
        };
        let choice = |candidate: &Candidate| {
            let price = prices.as_ref().and_then(|prices| prices.of(&candidate.region));
            let hours = candidate.running.as_seconds() / 3600.0;
            Choice {
                moving: moving.emissions(request, candidate, home_of(candidate)),
                running_usd: price.map(|price| price * hours),
                moving_usd: moving.usd(candidate),
                is_unbeaten: None,
                candidate: candidate.clone(),
            }
        };
        let mut choices: Vec<Choice> = candidates.iter().map(choice).collect();
        let unbeaten: Vec<_> = choices.iter().map(|it| is_unbeaten(it, &choices)).collect();
        for (choice, is_unbeaten) in choices.iter_mut().zip(unbeaten) {
            choice.is_unbeaten = is_unbeaten;
        }
        Ok(Some(Costs { choices, gigabytes: args.move_gigabytes, energy_per_gigabyte, source }))
    }

    /// The choice of a region that nothing beats, else its first one.
    pub(crate) fn of_region(&self, region: &str, signal: Signal) -> Option<&Choice> {
        let of_region = || {
            let is_of =
                |it: &&Choice| it.candidate.region == region && it.candidate.signal == signal;
            self.choices.iter().filter(is_of)
        };
        of_region().find(|it| it.is_unbeaten == Some(true)).or_else(|| of_region().next())
    }
}

fn is_unbeaten(choice: &Choice, choices: &[Choice]) -> Option<bool> {
    let comparable = choices.iter().filter(|it| it.candidate.is_comparable(&choice.candidate));
    let all: Vec<Outlay> = comparable.filter_map(Choice::outlay).collect();
    Some(choice.outlay()?.is_unbeaten_among(&all))
}

/// The data that move where the job does not run at home.
struct Moving<'a> {
    gigabytes: f64,
    energy_per_gigabyte: Energy,
    usd_per_gigabyte: f64,
    home: &'a str,
}

impl Moving<'_> {
    /// The emissions of moving: half of the energy at home and half in the region, at the intensities of a start at once there;
    /// all of it in the region where home has no data of that kind.
    fn emissions(
        &self,
        request: &Request,
        to: &Candidate,
        from: Option<&Candidate>,
    ) -> Option<Mass> {
        if to.region == self.home || self.gigabytes == 0.0 {
            return Some(Mass::ZERO);
        }
        let there = to.intensity(request)?;
        let here = match from {
            Some(home) => home.intensity(request)?,
            None => there,
        };
        let energy = self.energy_per_gigabyte.as_kilowatt_hours() * self.gigabytes;
        let energy = Energy::from_kilowatt_hours(energy).ok()?;
        Some(transfer::emissions(energy, here, there))
    }

    fn usd(&self, to: &Candidate) -> f64 {
        if to.region == self.home { 0.0 } else { self.gigabytes * self.usd_per_gigabyte }
    }
}
