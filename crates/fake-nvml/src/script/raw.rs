//! The script as it is written, where every key may be missing.

use super::gpu::Gpu;
use super::meter::{BadCounter, BadPower, CounterScope};
use super::process::{Process, SampleFaults};
use crate::model::Model;
use crate::nvml_error::NvmlError;
use crate::pci::PciBusId;
use crate::waveform::Waveform;
use serde::de::value::StrDeserializer;
use serde::{Deserialize, Deserializer, Serializer};
use std::collections::BTreeMap;

/// A script.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawScript {
    pub(super) driver_version: Option<String>,
    pub(super) cuda_version: Option<String>,
    #[serde(default, deserialize_with = "read_init")]
    pub(super) init: Option<NvmlError>,
    pub(super) refuse_init: Option<NvmlError>,
    pub(super) refuse_count: Option<NvmlError>,
    pub(super) count: Option<u32>,
    #[serde(default)]
    pub(super) init_hang_ms: u64,
    #[serde(default)]
    pub(super) count_hang_ms: u64,
    #[serde(default)]
    pub(super) shutdown_hang_ms: u64,
    pub(super) loaded_at: Option<f64>,
    #[serde(default)]
    pub(super) gpu: Vec<RawGpu>,
}

/// One GPU of a script.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawGpu {
    model: Option<Model>,
    name: Option<String>,
    uuid: Option<String>,
    serial: Option<String>,
    pci_bus_id: Option<PciBusId>,
    power: Option<Waveform>,
    watts_per_percent: Option<f64>,
    module_power: Option<Waveform>,
    reports_power: Option<bool>,
    power_window_ms: Option<u32>,
    bad_power: Option<BadPower>,
    counter: Option<bool>,
    counter_step_ms: Option<u32>,
    #[serde(default)]
    counter_scope: CounterScope,
    counter_factor: Option<f64>,
    counter_stops_at: Option<f64>,
    bad_counter: Option<BadCounter>,
    loaded_at: Option<f64>,
    #[serde(default)]
    resets: Vec<f64>,
    #[serde(default)]
    lost: bool,
    lost_to_sessions_before: Option<f64>,
    answers_one_in: Option<u32>,
    #[serde(default)]
    hang_ms: u64,
    #[serde(default)]
    hangs: BTreeMap<String, u64>,
    #[serde(default)]
    errors: BTreeMap<String, NvmlError>,
    #[serde(default)]
    field_errors: BTreeMap<String, NvmlError>,
    #[serde(default)]
    mig: u32,
    #[serde(default)]
    mig_slices: Vec<u32>,
    #[serde(default)]
    processes: Vec<Process>,
    sample_ring: Option<u32>,
    sample_faults: Option<SampleFaults>,
    idle_watts: Option<f64>,
    power_limit_watts: Option<f64>,
    memory_total_mib: Option<u64>,
    memory_used_mib: Option<u64>,
    utilization_percent: Option<u32>,
    memory_utilization_percent: Option<u32>,
    temperature_celsius: Option<u32>,
    fan_percent: Option<u32>,
}

impl RawGpu {
    /// The GPU with all defaults filled in.
    pub(super) fn with_defaults(self, index: usize, loaded_at: f64) -> Gpu {
        let preset = Gpu::preset(self.model.unwrap_or(Model::H100), index);
        let mut resets = self.resets;
        resets.sort_by(f64::total_cmp);
        Gpu {
            model: preset.model,
            name: self.name.unwrap_or(preset.name),
            uuid: self.uuid.unwrap_or(preset.uuid),
            serial: self.serial.unwrap_or(preset.serial),
            pci_bus_id: self.pci_bus_id.unwrap_or(preset.pci_bus_id),
            power: self.power.unwrap_or(preset.power),
            watts_per_percent: self.watts_per_percent.unwrap_or(preset.watts_per_percent),
            module_power: self.module_power,
            reports_power: self.reports_power.unwrap_or(preset.reports_power),
            power_window_ms: self.power_window_ms.unwrap_or(preset.power_window_ms),
            bad_power: self.bad_power,
            counter: self.counter.unwrap_or(preset.counter),
            counter_step_ms: self.counter_step_ms.unwrap_or(preset.counter_step_ms),
            counter_scope: self.counter_scope,
            counter_factor: self.counter_factor.unwrap_or(preset.counter_factor),
            counter_stops_at: self.counter_stops_at,
            bad_counter: self.bad_counter,
            loaded_at: self.loaded_at.unwrap_or(loaded_at),
            resets,
            lost: self.lost,
            lost_to_sessions_before: self.lost_to_sessions_before,
            answers_one_in: self.answers_one_in.unwrap_or(preset.answers_one_in),
            hang_ms: self.hang_ms,
            hangs: self.hangs,
            errors: self.errors,
            field_errors: self.field_errors,
            mig: self.mig,
            mig_slices: self.mig_slices,
            processes: self.processes,
            sample_ring: self.sample_ring.unwrap_or(preset.sample_ring),
            sample_faults: self.sample_faults,
            idle_watts: self.idle_watts.unwrap_or(preset.idle_watts),
            power_limit_watts: self.power_limit_watts.unwrap_or(preset.power_limit_watts),
            memory_total_mib: self.memory_total_mib.unwrap_or(preset.memory_total_mib),
            memory_used_mib: self.memory_used_mib,
            utilization_percent: self.utilization_percent,
            memory_utilization_percent: self.memory_utilization_percent,
            temperature_celsius: self.temperature_celsius,
            fan_percent: self.fan_percent,
        }
    }
}

fn read_init<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<NvmlError>, D::Error> {
    match String::deserialize(deserializer)?.as_str() {
        "ok" => Ok(None),
        name => NvmlError::deserialize(StrDeserializer::new(name)).map(Some),
    }
}

#[expect(clippy::ref_option, reason = "serde passes a reference")]
pub(super) fn write_init<S: Serializer>(
    init: &Option<NvmlError>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match init {
        None => serializer.serialize_str("ok"),
        Some(error) => serializer.serialize_some(error),
    }
}
