//! Readings of a power source: its energy counter, and its mean power.

use crate::power_source::PowerSource;
use crate::quantity::{Femtojoules, Microwatts};
use crate::time::UnixTime;

/// The energy that a counter shows at a time: from its origin to its latest step.
pub(crate) fn counter_energy(
    power: &impl PowerSource,
    origin: UnixTime,
    step_ms: u32,
    time: UnixTime,
) -> Femtojoules {
    let latest_step = time.floor_to(i64::from(step_ms) * 1_000_000);
    if latest_step <= origin {
        Femtojoules::ZERO
    } else {
        power.cumulative_energy(latest_step) - power.cumulative_energy(origin)
    }
}

/// The mean power over the past window, or for a window of 0 the power at the time.
pub(crate) fn mean_power(power: &impl PowerSource, time: UnixTime, window_ms: u32) -> Microwatts {
    if window_ms == 0 {
        return power.power_at(time);
    }
    let window = i64::from(window_ms) * 1_000_000;
    let start = time.plus_nanos(-window);
    (power.cumulative_energy(time) - power.cumulative_energy(start)).mean_power(window)
}
