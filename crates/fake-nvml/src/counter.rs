//! The energy counter as a function of the clock.

use crate::quantity::{Femtojoules, Microwatts};
use crate::script::Gpu;
use crate::time::UnixTime;
use crate::waveform::Waveform;

/// Power over time that has an antiderivative.
pub(crate) trait PowerSource {
    /// The power at an instant.
    fn at(&self, time: UnixTime) -> Microwatts;

    /// The antiderivative; only differences mean anything.
    fn cumulative(&self, time: UnixTime) -> Femtojoules;
}

impl PowerSource for Waveform {
    fn at(&self, time: UnixTime) -> Microwatts {
        Waveform::at(self, time)
    }

    fn cumulative(&self, time: UnixTime) -> Femtojoules {
        self.since_epoch(time)
    }
}

/// The energy that a GPU's counter shows: from the latest load of the driver to the latest step of the counter.
pub(crate) fn energy_at(gpu: &Gpu, power: &impl PowerSource, time: UnixTime) -> Femtojoules {
    let origin = gpu.counter_origin(time);
    let shown = time.floor_to(i64::from(gpu.counter_step_ms) * 1_000_000);
    if shown <= origin {
        Femtojoules::ZERO
    } else {
        power.cumulative(shown) - power.cumulative(origin)
    }
}

/// The mean power over the past window, or the power at the instant where the window is 0.
pub(crate) fn mean_power(power: &impl PowerSource, time: UnixTime, window_ms: u32) -> Microwatts {
    if window_ms == 0 {
        return power.at(time);
    }
    let window = i64::from(window_ms) * 1_000_000;
    (power.cumulative(time) - power.cumulative(time.plus_nanos(-window))).over_nanos(window)
}
