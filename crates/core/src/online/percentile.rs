//! The percentile policy: run in the cheapest slots of the forecast.

use alloc::vec::Vec;

use super::policy::{Policy, SLOTS_PER_DAY, View, ago, smallest};

/// A policy that runs if the present slot is at or below a percentile of the forecast up to the deadline, the present
/// included. Without a forecast it uses the same hours of the day before.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Percentile {
    /// The percentile, as a share from 0 to 1. `None`: the share of the remaining slots that the job needs.
    pub share: Option<f64>,
}

impl Policy for Percentile {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a share of a length"
    )]
    fn runs(&mut self, view: &View<'_>) -> bool {
        let ahead = view.slots.saturating_sub(1);
        let mut values: Vec<f64> = if view.forecast.is_empty() {
            let yesterday = |slot: usize| ago(view.past, SLOTS_PER_DAY.checked_sub(slot)?);
            (1..=ahead).map_while(yesterday).collect()
        } else {
            view.forecast.iter().take(ahead).copied().collect()
        };
        values.push(view.present());
        let share = self.share.unwrap_or(view.left as f64 / view.slots as f64).clamp(0.0, 1.0);
        let rank = ((share * values.len() as f64 + 0.5) as usize).max(1);
        smallest(&mut values, rank).is_none_or(|threshold| view.present() <= threshold)
    }
}
