//! Run when the present is among the cheapest slots that the usual day leads one to expect.

use alloc::vec::Vec;

use super::predict::{DAYS, usual};
use super::{Policy, View, smallest};

/// Expects of each slot the mean of the last fourteen days at its time of day, and that the present's
/// departure from it halves every three hours. Runs when the present is among the cheapest slots needed.
/// It needs no forecast, and makes no account of what a pause costs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Diurnal;

/// Half in 36 slots: 0.5^(1/36).
const FADE: f64 = 0.980_930_2;

impl Policy for Diurnal {
    fn runs(&mut self, view: &View<'_>) -> bool {
        let present = view.present();
        let Some(now) = usual(view.past, 0, DAYS) else {
            return true; // nothing is known that would say to wait
        };
        let mut departure = present - now;
        let mut ahead: Vec<f64> = (1..view.slots)
            .map(|slot| {
                departure *= FADE;
                usual(view.past, slot, DAYS).unwrap_or(now) + departure
            })
            .collect();
        smallest(&mut ahead, view.left).is_none_or(|threshold| present <= threshold)
    }
}
