//! One GPU of a script, and its true power and energy.

use super::error::ScriptError;
use super::meter::{BadCounter, BadPower, CounterScope};
use super::process::{Process, ProcessSample, SampleFaults};
use super::text_limit::text_fits;
use crate::device_functions::{is_device_function, without_version};
use crate::load::Draw;
use crate::model::Model;
use crate::nvml_error::NvmlError;
use crate::pci::PciBusId;
use crate::power_reading;
use crate::power_source::PowerSource;
use crate::quantity::{Femtojoules, Microwatts};
use crate::time::{UnixTime, boot_time};
use crate::waveform::Waveform;
use serde::Serialize;
use std::collections::BTreeMap;

/// One GPU, with all defaults filled in. Each field is a key of the script's `[[gpu]]`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Gpu {
    /// The model, which gives the properties that no other field sets.
    pub model: Model,
    /// The name that NVML returns.
    pub name: String,
    /// The UUID, `GPU-...`. It identifies the GPU when a script is read again.
    pub uuid: String,
    /// The serial number.
    pub serial: String,
    /// The address on the PCI bus.
    pub pci_bus_id: PciBusId,
    /// The power, without that of the processes by `watts_per_percent`.
    pub power: Waveform,
    /// The power that each percent of a process' utilization adds, in watts.
    pub watts_per_percent: f64,
    /// The power of the whole module (field values with the MODULE scope); not supported without it.
    pub module_power: Option<Waveform>,
    /// True if power and its limits can be read.
    pub reports_power: bool,
    /// The window of a power reading in milliseconds: the reading is the mean over it; 0 for the present power.
    pub power_window_ms: u32,
    /// Samples of power that cannot be true, among the true ones of `nvmlDeviceGetPowerUsage`.
    pub bad_power: Option<BadPower>,
    /// True if the GPU has an energy counter.
    pub counter: bool,
    /// The step of the counter, in milliseconds: it changes at multiples of this since the epoch; 0 for continuously.
    pub counter_step_ms: u32,
    /// The scope of the counter: the GPU, or the whole module, whose power is `module_power`.
    pub counter_scope: CounterScope,
    /// The number by which the counter multiplies the energy: 1000 for one that counts microjoules, 0 for a dead one.
    pub counter_factor: f64,
    /// The time from which the counter stands still, in Unix seconds.
    pub counter_stops_at: Option<f64>,
    /// Values of the counter that cannot be true, among the true ones of `nvmlDeviceGetTotalEnergyConsumption`.
    pub bad_counter: Option<BadCounter>,
    /// The time at which the driver was loaded and the counter was 0, in Unix seconds.
    pub loaded_at: f64,
    /// The times at which the driver was loaded again, in Unix seconds, the earliest first.
    pub resets: Vec<f64>,
    /// True if the GPU has fallen off the bus.
    pub lost: bool,
    /// The time, in Unix seconds, before which a session must not have begun: to earlier ones, the GPU is lost.
    pub lost_to_sessions_before: Option<f64>,
    /// The number of calls with the GPU's handle of which the last one answers; the others return an unknown error.
    pub answers_one_in: u32,
    /// The time that each call with the GPU's handle takes, in milliseconds.
    pub hang_ms: u64,
    /// The time that calls of single functions take, in milliseconds, including look-ups by index, UUID or bus address.
    pub hangs: BTreeMap<String, u64>,
    /// Errors that single functions return instead. A name without a version such as `_v2` stands for all versions.
    pub errors: BTreeMap<String, NvmlError>,
    /// Errors that single fields of `nvmlDeviceGetFieldValues` return instead, by number.
    pub field_errors: BTreeMap<String, NvmlError>,
    /// The number of MIG instances; 0 if MIG is off.
    pub mig: u32,
    /// The number of compute slices of each MIG instance; empty where each has one.
    pub mig_slices: Vec<u32>,
    /// The processes on the GPU.
    pub processes: Vec<Process>,
    /// The number of samples of each process' utilization that the driver stores, a sixth of a second each.
    pub sample_ring: u32,
    /// Samples of utilization that cannot be true.
    pub sample_faults: Option<SampleFaults>,
    /// The idle power. Utilization and temperature follow the power from here to the limit.
    pub idle_watts: f64,
    /// The power limit.
    pub power_limit_watts: f64,
    /// The memory, in MiB.
    pub memory_total_mib: u64,
    /// The memory in use, in MiB; by default, the memory of the processes.
    pub memory_used_mib: Option<u64>,
    /// The utilization; by default, it follows the power.
    pub utilization_percent: Option<u32>,
    /// The utilization of the memory bus; by default, half that of the GPU.
    pub memory_utilization_percent: Option<u32>,
    /// The temperature; by default, it follows the power.
    pub temperature_celsius: Option<u32>,
    /// The speed of the fans, if there are any; by default, it follows the power.
    pub fan_percent: Option<u32>,
}

impl Gpu {
    /// A GPU with all defaults: idle, its driver loaded when the system booted, UUID and bus address made from `index`.
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
            pci_bus_id: PciBusId::from_index(index),
            power: Waveform::idle(preset.idle_watts),
            watts_per_percent: 0.0,
            module_power: None,
            reports_power: preset.reports_power,
            power_window_ms: 0,
            bad_power: None,
            counter: preset.counter,
            counter_step_ms: 100,
            counter_scope: CounterScope::Gpu,
            counter_factor: 1.0,
            counter_stops_at: None,
            bad_counter: None,
            loaded_at: boot_time().as_seconds(),
            resets: Vec::new(),
            lost: false,
            lost_to_sessions_before: None,
            answers_one_in: 1,
            hang_ms: 0,
            hangs: BTreeMap::new(),
            errors: BTreeMap::new(),
            field_errors: BTreeMap::new(),
            mig: 0,
            mig_slices: Vec::new(),
            processes: Vec::new(),
            sample_ring: 1,
            sample_faults: None,
            idle_watts: preset.idle_watts,
            power_limit_watts: preset.limits.default_watts,
            memory_total_mib: preset.memory_mib,
            memory_used_mib: None,
            utilization_percent: None,
            memory_utilization_percent: None,
            temperature_celsius: None,
            fan_percent: None,
        }
    }

    /// The true power at a time, in watts: that of the waveform and the processes, independent of the window of readings.
    pub fn power_watts_at(&self, unix_seconds: f64) -> f64 {
        self.draw().power_at(UnixTime::from_seconds(unix_seconds)).as_watts()
    }

    /// The true energy between two times, in joules: the integral of the power, independent of the counter.
    pub fn energy_joules_between(&self, from_unix_seconds: f64, to_unix_seconds: f64) -> f64 {
        joules_between(&self.draw(), from_unix_seconds, to_unix_seconds)
    }

    /// The true energy of one process between two times, in joules: that by which it raises the GPU's power above its
    /// waveform. Zero for a process that the script does not have.
    pub fn process_joules_between(
        &self,
        pid: u32,
        from_unix_seconds: f64,
        to_unix_seconds: f64,
    ) -> f64 {
        let processes = self.processes.iter().filter(|process| process.pid == pid);
        let loads = processes.map(|process| process.load(self.watts_per_percent));
        loads.map(|load| joules_between(&load, from_unix_seconds, to_unix_seconds)).sum()
    }

    /// The samples of utilization that the driver returns at a time to a program that has seen those until
    /// `seen_until` (microseconds since the epoch), process by process, the oldest first.
    pub fn process_samples(&self, seen_until: u64, time: UnixTime) -> Vec<ProcessSample> {
        let of = |process: &'_ Process| {
            process.samples(seen_until, time, self.sample_ring).collect::<Vec<_>>()
        };
        let mut samples: Vec<ProcessSample> = self.processes.iter().flat_map(of).collect();
        if let Some(faults) = self.sample_faults {
            let running = self.processes.iter().filter(|process| process.runs_at(time));
            let pids: Vec<u32> = running.map(|it| it.host_pid.unwrap_or(it.pid)).collect();
            samples.extend(faults.samples(time, &pids));
        }
        samples
    }

    /// The power of the GPU: that of its waveform, and of its processes.
    pub(crate) fn draw(&self) -> Draw {
        if self.watts_per_percent == 0.0 {
            return self.power.clone().into();
        }
        let load = |process: &Process| process.load(self.watts_per_percent);
        Draw::new(self.power.clone(), self.processes.iter().map(load).collect())
    }

    /// The value of the energy counter at a time, in millijoules; `None` without a counter.
    ///
    /// The waveform must have been the same since the counter's start. A library that read another waveform before
    /// continues from that.
    pub fn counter_millijoules_at(&self, unix_seconds: f64) -> Option<u64> {
        self.counter_millijoules_at_time(UnixTime::from_seconds(unix_seconds))
    }

    /// The value of the energy counter as [`Gpu::counter_millijoules_at`], with the time in nanoseconds.
    pub fn counter_millijoules_at_time(&self, time: UnixTime) -> Option<u64> {
        self.counter_energy_at(&self.counted_power(), time).map(Femtojoules::as_millijoules)
    }

    /// The power that the counter integrates.
    pub(crate) fn counted_power(&self) -> Draw {
        let module = self.module_power.as_ref();
        let module = module.filter(|_| self.counter_scope == CounterScope::Module);
        module.map_or_else(|| self.draw(), |module| module.clone().into())
    }

    /// The energy that the counter shows at a time, where this power was drawn; `None` without a counter.
    pub(crate) fn counter_energy_at(
        &self,
        power: &impl PowerSource,
        time: UnixTime,
    ) -> Option<Femtojoules> {
        let stop = self.counter_stops_at.map(UnixTime::from_seconds);
        let time = stop.map_or(time, |stop| time.min(stop));
        let origin = self.counter_origin(time);
        let energy = || power_reading::counter_energy(power, origin, self.counter_step_ms, time);
        self.counter.then(energy).map(|energy| energy.scaled(self.counter_factor))
    }

    /// Checks that each value is in its range.
    pub(super) fn check(&self) -> Result<(), ScriptError> {
        if !text_fits(&self.name, 95) {
            return Err(ScriptError::value("name", &self.name, "1 to 95 characters"));
        }
        if !self.uuid.is_empty() && !text_fits(&self.uuid, 79) {
            return Err(ScriptError::value("uuid", &self.uuid, "at most 79 characters"));
        }
        if !text_fits(&self.serial, 29) {
            return Err(ScriptError::value("serial", &self.serial, "1 to 29 characters"));
        }
        if let Some(time) =
            self.resets.iter().chain([&self.loaded_at]).find(|time| !time.is_finite())
        {
            let key = if self.loaded_at.is_finite() { "resets" } else { "loaded_at" };
            return Err(ScriptError::value(key, time, "seconds since 1970"));
        }
        for (key, watts) in [
            ("idle_watts", self.idle_watts),
            ("power_limit_watts", self.power_limit_watts),
            ("watts_per_percent", self.watts_per_percent * 100.0),
        ] {
            if Microwatts::from_watts(watts).is_none() {
                return Err(ScriptError::value(key, &watts, "0 to 1000000"));
            }
        }
        if self.answers_one_in == 0 {
            return Err(ScriptError::value("answers_one_in", &0, "at least 1"));
        }
        if let Some(bad) = self.bad_power.filter(|bad| bad.one_in == 0) {
            return Err(ScriptError::value("bad_power.one_in", &bad.one_in, "at least 1"));
        }
        if let Some(bad) = self.bad_counter.filter(|bad| bad.one_in == 0) {
            return Err(ScriptError::value("bad_counter.one_in", &bad.one_in, "at least 1"));
        }
        if !(0.0..=1e6).contains(&self.counter_factor) {
            return Err(ScriptError::value("counter_factor", &self.counter_factor, "0 to 1000000"));
        }
        if let Some(time) = self.counter_stops_at.filter(|time| !time.is_finite()) {
            return Err(ScriptError::value("counter_stops_at", &time, "seconds since 1970"));
        }
        if self.counter_scope == CounterScope::Module && self.module_power.is_none() {
            let wanted = "gpu, or module beside a module_power";
            return Err(ScriptError::value("counter_scope", &"module", wanted));
        }
        let percents = [
            ("utilization_percent", self.utilization_percent),
            ("memory_utilization_percent", self.memory_utilization_percent),
            ("fan_percent", self.fan_percent),
        ];
        if let Some((key, Some(percent))) =
            percents.into_iter().find(|(_, value)| value.is_some_and(|percent| percent > 100))
        {
            return Err(ScriptError::value(key, &percent, "0 to 100"));
        }
        self.processes.iter().try_for_each(Process::check)?;
        self.check_instances()?;
        let functions = [
            ("errors", self.errors.keys().collect::<Vec<_>>()),
            ("hangs", self.hangs.keys().collect()),
        ];
        for (key, names) in functions {
            if let Some(name) = names.into_iter().find(|name| !is_device_function(name)) {
                return Err(ScriptError::value(
                    key,
                    name,
                    "a function of a device that this library has, such as nvmlDeviceGetPowerUsage",
                ));
            }
        }
        if let Some(field) = self.field_errors.keys().find(|field| field.parse::<u32>().is_err()) {
            return Err(ScriptError::value(
                "field_errors",
                field,
                "the number of a field, such as 83",
            ));
        }
        Ok(())
    }

    /// The latest load of the driver that is not after `time`.
    fn counter_origin(&self, time: UnixTime) -> UnixTime {
        let loads = self
            .resets
            .iter()
            .map(|reset| UnixTime::from_seconds(*reset))
            .filter(|reset| *reset <= time);
        loads.fold(UnixTime::from_seconds(self.loaded_at), UnixTime::max)
    }

    /// The error that a function returns instead, if the script sets one.
    pub(crate) fn error_of(&self, function: &str) -> Option<NvmlError> {
        by_function(&self.errors, function).copied()
    }

    /// The error that a field of `nvmlDeviceGetFieldValues` returns instead, if the script sets one.
    pub(crate) fn field_error(&self, field: u32) -> Option<NvmlError> {
        if self.field_errors.is_empty() {
            None
        } else {
            self.field_errors.get(&field.to_string()).copied()
        }
    }

    /// The time that a function hangs in addition to [`Gpu::hang_ms`], in milliseconds.
    pub(crate) fn hang_of(&self, function: &str) -> Option<u64> {
        by_function(&self.hangs, function).copied()
    }
}

/// The energy of a power between two times, in joules.
fn joules_between(power: &impl PowerSource, from: f64, to: f64) -> f64 {
    let [from, to] = [from, to].map(|time| power.cumulative_energy(UnixTime::from_seconds(time)));
    (to - from).as_joules()
}

/// The value of a map for a function, by its name or by its name without a version.
fn by_function<'a, T>(map: &'a BTreeMap<String, T>, function: &str) -> Option<&'a T> {
    if map.is_empty() {
        return None;
    }
    map.get(function).or_else(|| map.get(without_version(function)?))
}
