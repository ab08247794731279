//! The split of a GPU's energy among those who hold the GPU.
//!
//! A holder pays for the GPU while it holds it, also while it idles. Several holders divide the idle part by what they
//! hold, and the rest by what they use. Every split is exact: the largest share takes the remainder of the rounding, so
//! that the shares add up to the whole.
//!
//! ```
//! use gpu_carbon_core::share::{Weight, split};
//! use gpu_carbon_core::{Energy, Flow, Interval, Power, Ratio, Timestamp};
//!
//! // 600 J in a second, 100 J of them idle, shared by a busy holder and one that uses nothing.
//! let second = Interval::new(Timestamp::EPOCH, Timestamp::from_unix_seconds(1));
//! let flow = Flow { interval: second, energy: Energy::from_joules(600.0)? };
//! let holder = |used| Ok::<_, gpu_carbon_core::UnitError>(Weight { held: Ratio::ONE, used: Ratio::from_number(used)? });
//! let shares = split(flow, &[holder(80.0)?, holder(0.0)?], Power::from_watts(100.0)?);
//! assert_eq!(shares[0].as_joules(), 550.0);
//! assert_eq!(shares[1].as_joules(), 50.0);
//! # Ok::<(), gpu_carbon_core::UnitError>(())
//! ```

use alloc::vec;
use alloc::vec::Vec;

use crate::flow::Flow;
use crate::sum::Sum;
use crate::time::{Interval, Timestamp};
use crate::units::{Energy, Power, Ratio};

/// The weight of one holder in the split of a flow.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Weight {
    /// The amount that it holds: 1 for a GPU or a replica of it, the number of slices of a MIG instance.
    pub held: Ratio,
    /// The amount that it used in the interval, such as the sum of its samples of utilisation.
    pub used: Ratio,
}

/// Splits an amount, of any unit, by weights. The largest share takes the remainder, so that the shares add up to the whole.
/// If all weights are zero, the shares are equal; without a weight there is no share. An amount below zero, or that is not
/// a number, counts as zero.
#[must_use]
pub fn apportion(whole: f64, weights: &[Ratio]) -> Vec<f64> {
    let whole = if whole.is_nan() { 0.0 } else { whole.clamp(0.0, f64::MAX) };
    exact(whole, relative(weights).into_iter().map(|part| whole * part).collect())
}

/// Splits a flow among its holders: the energy of the idle power by what they hold, and the rest by what they use, or by
/// what they hold if none of them uses anything. `idle` is the power of the GPU without work; an energy below it is all
/// idle. The shares add up to the energy; without a holder there is none.
#[must_use]
pub fn split(flow: Flow, holders: &[Weight], idle: Power) -> Vec<Energy> {
    let held: Vec<Ratio> = holders.iter().map(|holder| holder.held).collect();
    let used: Vec<Ratio> = holders.iter().map(|holder| holder.used).collect();
    if used.iter().all(|&used| used == Ratio::default()) {
        return energies(apportion(flow.energy.as_joules(), &held));
    }
    let idle = (idle * flow.interval.length()).as_joules().min(flow.energy.as_joules());
    let busy = flow.energy.as_joules() - idle;
    let parts = relative(&held).into_iter().zip(relative(&used));
    let joules = parts.map(|(held, used)| idle * held + busy * used).collect();
    energies(exact(flow.energy.as_joules(), joules))
}

/// Cuts a flow at those of some times that lie inside its interval. Its energy is spread evenly, because nothing else is
/// known about it; the parts are in order of time, and add up to the whole.
#[must_use]
pub fn cut(flow: Flow, times: impl IntoIterator<Item = Timestamp>) -> Vec<Flow> {
    let (start, end) = (flow.interval.start(), flow.interval.end());
    let mut times: Vec<Timestamp> =
        times.into_iter().filter(|&time| start < time && time < end).collect();
    times.sort_unstable();
    times.dedup();
    times.push(end);
    let mut from = start;
    let intervals: Vec<Interval> = times
        .into_iter()
        .map(|until| Interval::new(core::mem::replace(&mut from, until), until))
        .collect();
    let length =
        |interval: &Interval| (interval.length() / flow.interval.length()).unwrap_or(Ratio::ONE);
    let lengths: Vec<Ratio> = intervals.iter().map(length).collect();
    let energies = energies(apportion(flow.energy.as_joules(), &lengths));
    intervals
        .into_iter()
        .zip(energies)
        .map(|(interval, energy)| Flow { interval, energy })
        .collect()
}

/// Weights as parts of their sum; equal parts if all are zero.
fn relative(weights: &[Ratio]) -> Vec<f64> {
    let largest = weights.iter().map(|weight| weight.as_number()).fold(0.0, f64::max);
    if largest <= 0.0 {
        let part = 1.0 / weights.len().max(1) as f64;
        return vec![part; weights.len()];
    }
    // Of the largest weight each is a part of 1 at most, so that the sum of all is finite.
    let parts: Vec<f64> = weights.iter().map(|weight| weight.as_number() / largest).collect();
    let mut sum = Sum::default();
    parts.iter().for_each(|&part| sum.add(part));
    let sum = sum.value();
    parts.into_iter().map(|part| part / sum).collect()
}

/// Shares of which the largest takes what the others leave of the whole.
fn exact(whole: f64, mut shares: Vec<f64>) -> Vec<f64> {
    let mut largest = 0;
    for (index, share) in shares.iter().enumerate() {
        if shares.get(largest).is_some_and(|most| share > most) {
            largest = index;
        }
    }
    let mut rest = Sum::default();
    rest.add(whole);
    let others = shares.iter().enumerate().filter(|(index, _)| *index != largest);
    others.for_each(|(_, share)| rest.add(-share));
    if let Some(share) = shares.get_mut(largest) {
        *share = rest.value().max(0.0);
    }
    shares
}

fn energies(joules: Vec<f64>) -> Vec<Energy> {
    joules.into_iter().map(Energy::saturating).collect()
}
