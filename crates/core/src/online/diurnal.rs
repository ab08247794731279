//! The diurnal policy: run in the cheapest slots of the usual day.

use alloc::vec::Vec;

use super::history::{DAYS, mean};
use super::policy::{Policy, SLOTS_PER_DAY, View, ago, smallest};

/// A policy that expects each slot to have the mean of the last fourteen days at its time of day, plus the present
/// departure from it, which halves every three hours. The job runs if the present slot is among the cheapest of those
/// that it needs. The policy uses no forecast and ignores the costs of pauses.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Diurnal;

/// The factor of each slot: one half in 36 slots, 0.5^(1/36).
const FADE: f64 = 0.980_930_2;

impl Policy for Diurnal {
    fn runs(&mut self, view: &View<'_>) -> bool {
        let present = view.present();
        let Some(now) = usual(view.past, 0) else {
            return true; // without a usual day there is no reason to wait
        };
        let mut departure = present - now;
        let mut ahead: Vec<f64> = (1..view.slots)
            .map(|slot| {
                departure *= FADE;
                usual(view.past, slot).unwrap_or(now) + departure
            })
            .collect();
        smallest(&mut ahead, view.left).is_none_or(|threshold| present <= threshold)
    }
}

/// The mean of the last fourteen known days at the time of day of the slot `ahead` of the last of `past`; `None` with
/// less than a day of past.
fn usual(past: &[f64], ahead: usize) -> Option<f64> {
    let first = ahead.div_ceil(SLOTS_PER_DAY).max(1);
    let values = (first..first + DAYS).map_while(|day| ago(past, day * SLOTS_PER_DAY - ahead));
    let mut values = values.peekable();
    values.peek().is_some().then(|| mean(values))
}
