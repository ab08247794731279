//! The energy of a pause up to which pausing pays.

use alloc::vec::Vec;

use crate::exposure::{CoverageError, Exposures};
use crate::job::Job;
use crate::schedule::{
    ExactError, ExactPlan, PauseCosts, Schedule, exact_given_baseline, flexible_start_by,
};
use crate::time::{Span, Timestamp};
use crate::units::{Energy, Mass};

/// The exact plan at one energy of a pause.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PauseCostPoint {
    /// The energy to save and restore at each pause.
    pub energy: Energy,
    /// The emissions of the plan.
    pub emissions: Mass,
    /// The number of pauses.
    pub pauses: usize,
}

/// The exact plan as the energy of a pause grows; all other costs of a pause stay the same.
#[derive(Debug, Clone, PartialEq)]
pub struct PauseCostStudy {
    /// The plans from an energy of zero to somewhat more than that at which pausing stops paying; close together at
    /// first, where the number of pauses falls.
    pub points: Vec<PauseCostPoint>,
    /// The energy from which on no plan with a pause beats the best start: zero if none does even at an energy of
    /// zero. `None` if pausing always pays, which is possible if the grid emits nothing when a pause ends.
    pub stops_paying_at: Option<Energy>,
    /// The emissions of the best start.
    pub flexible_start: Mass,
}

/// The number of steps in which the energies grow, each by as much more than the one before.
const STEPS: u32 = 16;

/// The most rounds. Each lands on the crossing of the best start with one more schedule; a handful suffice.
const MAX_ROUNDS: usize = 64;

/// Finds the energy at which pausing stops paying, and the plans up to there.
///
/// The emissions of a schedule grow linearly with the energy of a pause, so the minimum over all schedules is concave.
/// From the plan at one energy, the energy at which its line meets the best start is therefore a bound that is not too
/// high. There the plan is made again, until none is better than the best start. This ends exactly at the crossing,
/// which a bisection would only approach.
///
/// # Errors
///
/// As [`exact`](crate::schedule::exact).
pub fn pause_costs(
    job: &Job,
    earliest: Timestamp,
    window: Span,
    costs: &PauseCosts,
    exposures: &Exposures<'_>,
) -> Result<PauseCostStudy, ExactError> {
    let unbroken = flexible_start_by(&costs.milestones, job, earliest, window, exposures)?;
    let plan = |energy| {
        let costs = PauseCosts { energy, ..costs.clone() };
        exact_given_baseline(&unbroken, job, earliest, window, &costs, exposures)
    };
    let unbroken = unbroken.emissions;
    let mut stops_paying_at = Some(Energy::ZERO);
    for _ in 0..MAX_ROUNDS {
        let Some(energy) = stops_paying_at else { break };
        let here = plan(energy)?;
        if !pays(&here, unbroken) {
            break;
        }
        let more = crossing(&here, energy, unbroken, job, exposures)?;
        if more.is_some_and(|more| more <= energy) {
            break; // nearer than numbers are apart
        }
        stops_paying_at = more;
    }
    let most = stops_paying_at.filter(|&energy| energy > Energy::ZERO);
    let most = most.map_or_else(|| part(job.energy(), 1, 20), |energy| part(energy, 5, 4));
    let points = (0..=STEPS).map(|step| {
        let energy = part(most, step * step, STEPS * STEPS);
        let plan = plan(energy)?;
        Ok(PauseCostPoint { energy, emissions: plan.emissions, pauses: plan.pauses })
    });
    Ok(PauseCostStudy {
        points: points.collect::<Result<_, ExactError>>()?,
        stops_paying_at,
        flexible_start: unbroken,
    })
}

fn pays(plan: &ExactPlan, unbroken: Mass) -> bool {
    plan.pauses > 0 && plan.emissions < unbroken
}

/// The energy at which a schedule emits as much as the best start; `None` if its pauses end when the grid emits
/// nothing, so that no energy is too much.
fn crossing(
    plan: &ExactPlan,
    energy: Energy,
    unbroken: Mass,
    job: &Job,
    exposures: &Exposures<'_>,
) -> Result<Option<Energy>, CoverageError> {
    let slope = grams_per_joule(&plan.schedule, job, exposures)?;
    let left = unbroken.saturating_sub(plan.emissions).as_grams();
    let more = Energy::from_joules(left / slope).ok();
    Ok(more.map(|more| energy + more))
}

/// The additional grams of a schedule for each joule of each of its pauses.
fn grams_per_joule(
    schedule: &Schedule,
    job: &Job,
    exposures: &Exposures<'_>,
) -> Result<f64, CoverageError> {
    let megajoule = Energy::saturating(1e6);
    let costs = PauseCosts { energy: megajoule, ..PauseCosts::default() };
    Ok(costs.emissions(schedule, job, exposures)?.as_grams() / 1e6)
}

/// A fraction of an energy.
fn part(energy: Energy, numerator: u32, denominator: u32) -> Energy {
    Energy::saturating(energy.as_joules() * f64::from(numerator) / f64::from(denominator))
}
