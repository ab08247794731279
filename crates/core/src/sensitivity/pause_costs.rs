//! Up to which energy of a pause pausing pays.

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
    /// What saving and restoring uses at each pause.
    pub energy: Energy,
    /// What the plan emits.
    pub emissions: Mass,
    /// How often it pauses.
    pub pauses: usize,
}

/// The exact plan as the energy of a pause grows; all else that a pause costs stays as it is.
#[derive(Debug, Clone, PartialEq)]
pub struct PauseCostStudy {
    /// From nothing to somewhat more than what stops paying, close together at first: there the pauses go.
    pub points: Vec<PauseCostPoint>,
    /// From this energy on no plan with a pause beats the best start: zero where none does even when that energy is
    /// nothing. `None` where pausing goes on paying, as it may where the grid emits nothing when a pause ends.
    pub stops_paying_at: Option<Energy>,
    /// What the best start emits.
    pub flexible_start: Mass,
}

/// In how many steps the energies grow, each by as much more than the one before.
const STEPS: u32 = 16;

/// Each round lands on the crossing of the best start with one more schedule; a handful do.
const MAX_ROUNDS: usize = 64;

/// Finds where pausing stops paying, and the plans up to there.
///
/// What a schedule emits grows in a straight line with the energy of a pause, so that the best of them all is concave: from
/// the plan at one energy, the energy at which its line meets the best start is a bound that is not too high. There the
/// plan is made again, until none is better than the best start. This ends at the very crossing, where a bisection comes near.
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

/// The energy at which a schedule emits as much as the best start; `None` where its pauses end when the grid emits
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

/// By how many grams a schedule emits more for each joule that each of its pauses uses.
fn grams_per_joule(
    schedule: &Schedule,
    job: &Job,
    exposures: &Exposures<'_>,
) -> Result<f64, CoverageError> {
    let megajoule = Energy::saturating(1e6);
    let costs = PauseCosts { energy: megajoule, ..PauseCosts::default() };
    Ok(costs.emissions(schedule, job, exposures)?.as_grams() / 1e6)
}

/// A part of an energy.
fn part(energy: Energy, numerator: u32, denominator: u32) -> Energy {
    Energy::saturating(energy.as_joules() * f64::from(numerator) / f64::from(denominator))
}
