//! What follows from a GPU's power where the script does not say: how busy, how warm, how fast.

use super::call::Device;
use crate::counter::PowerSource;
use crate::script::Process;

/// The temperature of an idle GPU, and how much warmer it is at its power limit, in degrees Celsius.
const TEMPERATURE: (f64, f64) = (32.0, 48.0);

/// The share of its highest clock at which an idle GPU runs.
const IDLE_CLOCK: f64 = 0.15;

impl Device {
    /// How far the power is on its way from idle (0) to the limit (1).
    pub(super) fn load(&self) -> f64 {
        let gpu = self.gpu();
        let watts = self.node.live.power.at(self.at).as_watts();
        let room = gpu.power_limit_watts - gpu.idle_watts;
        if room > 0.0 { ((watts - gpu.idle_watts) / room).clamp(0.0, 1.0) } else { 0.0 }
    }

    /// The GPU's utilization and its memory's, in percent.
    pub(super) fn utilization_percent(&self) -> (u32, u32) {
        let busy = self.gpu().utilization_percent.unwrap_or_else(|| self.share_of(100.0));
        (busy, self.gpu().memory_utilization_percent.unwrap_or(busy / 2))
    }

    pub(super) fn temperature_celsius(&self) -> u32 {
        self.gpu()
            .temperature_celsius
            .unwrap_or_else(|| whole(TEMPERATURE.0 + TEMPERATURE.1 * self.load()))
    }

    pub(super) fn fan_percent(&self) -> u32 {
        self.gpu().fan_percent.unwrap_or_else(|| whole(30.0 + 50.0 * self.load()))
    }

    /// A clock that may reach `most` MHz.
    pub(super) fn clock_mhz(&self, most: u32) -> u32 {
        whole(f64::from(most) * (IDLE_CLOCK + (1.0 - IDLE_CLOCK) * self.load()))
    }

    /// A number that is 0 when idle and `most` at the power limit.
    pub(super) fn share_of(&self, most: f64) -> u32 {
        whole(most * self.load())
    }

    /// The processes on the device: on a MIG instance its own, on a whole GPU all.
    pub(super) fn processes(&self) -> impl Iterator<Item = &Process> {
        let mine = |process: &&Process| {
            self.node.instance.is_none_or(|instance| process.instance == instance)
        };
        self.gpu().processes.iter().filter(mine)
    }

    /// The device's memory and how much of it is in use, in bytes.
    pub(super) fn memory_bytes(&self) -> (u64, u64) {
        let gpu = self.gpu();
        let held =
            || self.processes().map(|process| process.memory_mib).fold(0, u64::saturating_add);
        let (total, used) = match self.node.instance {
            Some(_) => (gpu.memory_total_mib / u64::from(gpu.mig.max(1)), held()),
            None => (gpu.memory_total_mib, gpu.memory_used_mib.unwrap_or_else(held)),
        };
        (total.saturating_mul(MIB), used.min(total).saturating_mul(MIB))
    }
}

/// Bytes in a MiB.
pub(super) const MIB: u64 = 1 << 20;

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a float cast saturates"
)]
fn whole(number: f64) -> u32 {
    number.round() as u32
}
