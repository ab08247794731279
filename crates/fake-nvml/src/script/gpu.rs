//! One GPU of a script, and what is true of it.

use crate::counter;
use crate::model::Model;
use crate::nvml_error::NvmlError;
use crate::pci::PciBusId;
use crate::time::{UnixTime, boot_time};
use crate::waveform::Waveform;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One GPU, with every default filled in. Each field is a key of the script's `[[gpu]]`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Gpu {
    /// What it is, for all that no other field says.
    pub model: Model,
    /// Its name as NVML gives it.
    pub name: String,
    /// Its UUID, `GPU-...`. It is what tells one GPU from another when a script is read again.
    pub uuid: String,
    /// Its serial number.
    pub serial: String,
    /// Where it sits on the bus.
    pub pci_bus_id: PciBusId,
    /// The power that it draws.
    pub power: Waveform,
    /// The power of the whole module (field values with the MODULE scope); not supported without it.
    pub module_power: Option<Waveform>,
    /// Whether power can be read at all.
    pub reports_power: bool,
    /// A power reading is the mean over this many past milliseconds; 0 for the power at the instant.
    pub power_window_ms: u32,
    /// Whether it has an energy counter.
    pub counter: bool,
    /// The counter moves at multiples of this since the epoch only, in milliseconds; 0 for always.
    pub counter_step_ms: u32,
    /// When the driver was loaded and the counter stood at 0, in Unix seconds.
    pub loaded_at: f64,
    /// When the driver was loaded again, in Unix seconds, the earliest first.
    pub resets: Vec<f64>,
    /// Whether it has fallen off the bus.
    pub lost: bool,
    /// How long each call on its handle takes, in milliseconds.
    pub hang_ms: u64,
    /// How long calls of single functions take, in milliseconds; a look-up by index, UUID or bus address, too.
    pub hangs: BTreeMap<String, u64>,
    /// What single functions answer instead. A name without `_v2` or such stands for all its versions.
    pub errors: BTreeMap<String, NvmlError>,
    /// What single fields of `nvmlDeviceGetFieldValues` answer instead, by number.
    pub field_errors: BTreeMap<String, NvmlError>,
    /// How many MIG instances it is cut into; 0 for MIG off.
    pub mig: u32,
    /// What runs on it.
    pub processes: Vec<Process>,
    /// The power at which it is idle: utilization and temperature follow the power from here to the limit.
    pub idle_watts: f64,
    /// The power limit.
    pub power_limit_watts: f64,
    /// Its memory, in MiB.
    pub memory_total_mib: u64,
    /// Memory in use, in MiB; without it, what the processes hold.
    pub memory_used_mib: Option<u64>,
    /// Utilization; without it, it follows the power.
    pub utilization_percent: Option<u32>,
    /// Utilization of the memory bus; without it, half that of the GPU.
    pub memory_utilization_percent: Option<u32>,
    /// Temperature; without it, it follows the power.
    pub temperature_celsius: Option<u32>,
    /// The speed of its fans, where it has any; without it, it follows the power.
    pub fan_percent: Option<u32>,
}

/// A process on a GPU.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Process {
    /// Its process id.
    pub pid: u32,
    /// Memory that it holds, in MiB.
    #[serde(default)]
    pub memory_mib: u64,
    /// Its share of the SMs' time.
    #[serde(default)]
    pub sm_percent: u32,
    /// Its name, for `nvmlSystemGetProcessName`.
    #[serde(default = "Process::default_name")]
    pub name: String,
    /// Whether it draws (`nvmlDeviceGetGraphicsRunningProcesses`) instead of computing.
    #[serde(default)]
    pub graphics: bool,
    /// The MIG instance that it runs on.
    #[serde(default)]
    pub instance: u32,
}

impl Process {
    fn default_name() -> String {
        "python".to_owned()
    }
}

impl Gpu {
    /// A GPU as it is without further words: idle, loaded when the system booted, its UUID and bus address from `index`.
    pub fn preset(model: Model, index: usize) -> Self {
        let preset = model.preset();
        Self {
            model,
            name: preset.name.to_owned(),
            uuid: format!("GPU-fa4e0000-0000-4000-8000-{index:012x}"),
            serial: format!(
                "{:013}",
                1_320_000_000_000_u64.saturating_add(u64::try_from(index).unwrap_or_default())
            ),
            pci_bus_id: PciBusId::of_index(index),
            power: Waveform::idle(preset.idle_watts),
            module_power: None,
            reports_power: preset.reports_power,
            power_window_ms: 0,
            counter: preset.counter,
            counter_step_ms: 100,
            loaded_at: boot_time().as_seconds(),
            resets: Vec::new(),
            lost: false,
            hang_ms: 0,
            hangs: BTreeMap::new(),
            errors: BTreeMap::new(),
            field_errors: BTreeMap::new(),
            mig: 0,
            processes: Vec::new(),
            idle_watts: preset.idle_watts,
            power_limit_watts: preset.default_limit_watts,
            memory_total_mib: preset.memory_mib,
            memory_used_mib: None,
            utilization_percent: None,
            memory_utilization_percent: None,
            temperature_celsius: None,
            fan_percent: None,
        }
    }

    /// The power that the GPU draws at an instant, in watts: the waveform itself, whatever window a reading has.
    pub fn power_watts_at(&self, unix_seconds: f64) -> f64 {
        self.power.watts_at(unix_seconds)
    }

    /// The energy that the GPU takes between two instants, in joules: the waveform's integral, whatever the counter does.
    pub fn energy_joules_between(&self, from_unix_seconds: f64, to_unix_seconds: f64) -> f64 {
        self.power.joules_between(from_unix_seconds, to_unix_seconds)
    }

    /// What the energy counter shows at an instant, in millijoules; `None` where the GPU has none.
    ///
    /// It holds for a script that has been the same since the counter's start: a library that read another waveform before
    /// carries on from there.
    pub fn counter_millijoules_at(&self, unix_seconds: f64) -> Option<u64> {
        self.counter_millijoules_at_time(UnixTime::from_seconds(unix_seconds))
    }

    /// As [`Gpu::counter_millijoules_at`], to the nanosecond.
    pub fn counter_millijoules_at_time(&self, time: UnixTime) -> Option<u64> {
        self.counter.then(|| counter::energy_at(self, &self.power, time).as_millijoules())
    }

    /// The UUID of one of the GPU's MIG instances.
    pub fn mig_uuid(&self, instance: u32) -> String {
        // FNV-1a: any hash that stays the same.
        let mix = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        let hash = self.uuid.bytes().fold(0xcbf2_9ce4_8422_2325, mix);
        format!("MIG-{:08x}-{:04x}-5000-8000-{instance:012x}", hash >> 32, hash & 0xffff)
    }

    /// The latest load of the driver that is not after `time`.
    pub(crate) fn counter_origin(&self, time: UnixTime) -> UnixTime {
        let loads = self
            .resets
            .iter()
            .map(|reset| UnixTime::from_seconds(*reset))
            .filter(|reset| *reset <= time);
        loads.fold(UnixTime::from_seconds(self.loaded_at), UnixTime::max)
    }

    /// What a function answers instead, if the script says so.
    pub(crate) fn error_of(&self, function: &str) -> Option<NvmlError> {
        by_function(&self.errors, function).copied()
    }

    /// What a field of `nvmlDeviceGetFieldValues` answers instead, if the script says so.
    pub(crate) fn field_error(&self, field: u32) -> Option<NvmlError> {
        if self.field_errors.is_empty() {
            None
        } else {
            self.field_errors.get(&field.to_string()).copied()
        }
    }

    /// How long a function hangs, in milliseconds, beyond [`Gpu::hang_ms`].
    pub(crate) fn hang_of(&self, function: &str) -> Option<u64> {
        by_function(&self.hangs, function).copied()
    }
}

/// A map's value for a function, by its own name or by its name without a version.
fn by_function<'a, T>(map: &'a BTreeMap<String, T>, function: &str) -> Option<&'a T> {
    if map.is_empty() {
        return None;
    }
    map.get(function).or_else(|| map.get(unversioned(function)?))
}

/// `nvmlDeviceGetCount` of `nvmlDeviceGetCount_v2`; `None` where there is no version.
pub(crate) fn unversioned(function: &str) -> Option<&str> {
    let (name, version) = function.rsplit_once("_v")?;
    version.bytes().all(|byte| byte.is_ascii_digit()).then_some(name)
}
