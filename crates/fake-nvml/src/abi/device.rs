//! A device at the time of a call, and its readings. Where the script does not set a reading, it follows from the power.

use crate::driver::Node;
use crate::power_source::PowerSource;
use crate::script::{Gpu, Process};
use crate::time::UnixTime;

/// The temperature of an idle GPU, in degrees Celsius.
const IDLE_CELSIUS: f64 = 32.0;

/// The difference of the temperature between idle and the power limit, in degrees Celsius.
const LOAD_CELSIUS: f64 = 48.0;

/// The fan speed of an idle GPU, and the difference between idle and the power limit, in percent.
const IDLE_FAN_PERCENT: f64 = 30.0;
const LOAD_FAN_PERCENT: f64 = 50.0;

/// The share of its highest clock at which an idle GPU runs.
const IDLE_CLOCK: f64 = 0.15;

/// The number of bytes in a MiB.
pub(super) const MIB: u64 = 1 << 20;

/// A device at the time of a call: a GPU, or one of its MIG instances.
pub(super) struct Device {
    pub(super) node: Node,
    pub(super) at: UnixTime,
}

/// The utilization of a GPU.
pub(super) struct Utilization {
    pub(super) gpu_percent: u32,
    pub(super) memory_percent: u32,
}

/// The memory of a device.
pub(super) struct Memory {
    pub(super) total_bytes: u64,
    pub(super) used_bytes: u64,
}

impl Device {
    /// The GPU, also for a MIG instance.
    pub(super) fn gpu(&self) -> &Gpu {
        &self.node.live.gpu
    }

    /// The UUID of the GPU or of the MIG instance.
    pub(super) fn uuid(&self) -> String {
        self.node
            .instance
            .map_or_else(|| self.gpu().uuid.clone(), |instance| self.gpu().mig_uuid(instance))
    }

    /// The name of the GPU or of the MIG instance.
    pub(super) fn name(&self) -> String {
        let name = &self.gpu().name;
        let Some(instance) = self.node.instance else { return name.clone() };
        let slices = self.gpu().slices_of(instance);
        format!("{name} MIG {slices}g.{}gb", self.memory().total_bytes / 1_000_000_000)
    }

    /// The load: 0 at idle power, 1 at the power limit.
    pub(super) fn load(&self) -> f64 {
        let gpu = self.gpu();
        let watts = self.node.live.histories.power.power_at(self.at).as_watts();
        let range = gpu.power_limit_watts - gpu.idle_watts;
        if range > 0.0 { ((watts - gpu.idle_watts) / range).clamp(0.0, 1.0) } else { 0.0 }
    }

    /// The utilization of the GPU and of its memory bus.
    pub(super) fn utilization(&self) -> Utilization {
        let gpu_percent = self.gpu().utilization_percent.unwrap_or_else(|| self.scaled(100.0));
        let memory_percent = self.gpu().memory_utilization_percent.unwrap_or(gpu_percent / 2);
        Utilization { gpu_percent, memory_percent }
    }

    /// The temperature, in degrees Celsius.
    pub(super) fn temperature_celsius(&self) -> u32 {
        self.gpu()
            .temperature_celsius
            .unwrap_or_else(|| rounded(IDLE_CELSIUS + LOAD_CELSIUS * self.load()))
    }

    /// The speed of the fans, in percent.
    pub(super) fn fan_percent(&self) -> u32 {
        self.gpu()
            .fan_percent
            .unwrap_or_else(|| rounded(IDLE_FAN_PERCENT + LOAD_FAN_PERCENT * self.load()))
    }

    /// The present value of a clock that reaches `highest` MHz.
    pub(super) fn clock_mhz(&self, highest: u32) -> u32 {
        rounded(f64::from(highest) * (IDLE_CLOCK + (1.0 - IDLE_CLOCK) * self.load()))
    }

    /// A number that is 0 at idle power and `highest` at the power limit.
    pub(super) fn scaled(&self, highest: f64) -> u32 {
        rounded(highest * self.load())
    }

    /// The processes that run on the device now: all of a GPU, or those of a MIG instance.
    pub(super) fn processes(&self) -> impl Iterator<Item = &Process> {
        let is_here = |process: &&Process| {
            process.runs_at(self.at)
                && self.node.instance.is_none_or(|instance| process.instance == instance)
        };
        self.gpu().processes.iter().filter(is_here)
    }

    /// The memory of the GPU or of the MIG instance.
    pub(super) fn memory(&self) -> Memory {
        let gpu = self.gpu();
        let by_processes =
            || self.processes().map(|process| process.memory_mib).fold(0, u64::saturating_add);
        let (total_mib, used_mib) = match self.node.instance {
            Some(instance) => {
                let [slices, all] =
                    [gpu.slices_of(instance), gpu.all_slices().max(1)].map(u64::from);
                (gpu.memory_total_mib * slices / all, by_processes())
            }
            None => (gpu.memory_total_mib, gpu.memory_used_mib.unwrap_or_else(by_processes)),
        };
        Memory {
            total_bytes: total_mib.saturating_mul(MIB),
            used_bytes: used_mib.min(total_mib).saturating_mul(MIB),
        }
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a float cast saturates"
)]
fn rounded(number: f64) -> u32 {
    number.round() as u32
}
