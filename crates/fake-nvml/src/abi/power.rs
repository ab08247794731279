//! Power, its limits, and energy.

use super::device::Device;
use super::exports::exports;
use super::pointers::{Array, Out};
use crate::driver::DeviceHandle;
use crate::nvml_error::NvmlError;
use crate::power_reading;
use crate::quantity::{Femtojoules, Microwatts};
use crate::script::Gpu;
use nvml_wrapper_sys::bindings::field_id::{
    NVML_FI_DEV_POWER_AVERAGE, NVML_FI_DEV_POWER_INSTANT, NVML_FI_DEV_TOTAL_ENERGY_CONSUMPTION,
};
use nvml_wrapper_sys::bindings::{
    NVML_POWER_SCOPE_GPU, NVML_POWER_SCOPE_MODULE, nvmlFieldValue_t, nvmlValue_t,
    nvmlValueType_enum_NVML_VALUE_TYPE_UNSIGNED_INT as UNSIGNED_INT,
    nvmlValueType_enum_NVML_VALUE_TYPE_UNSIGNED_LONG_LONG as UNSIGNED_LONG_LONG, nvmlValueType_t,
};
use std::ffi::{c_int, c_uint, c_ulonglong};
use std::sync::atomic::{AtomicU32, Ordering};

/// The window of [`NVML_FI_DEV_POWER_AVERAGE`]: one second (NVML API Reference, "Field Value Enums").
const AVERAGE_WINDOW_MS: u32 = 1_000;

exports! {
    fn nvmlDeviceGetPowerUsage(device: DeviceHandle, milliwatts: Out<c_uint>) |call| {
        let device = call.gpu(device)?;
        let power = power(&device, device.gpu().power_window_ms)?;
        milliwatts.set(bad_sample(&device).unwrap_or(power.as_milliwatts()))
    };
    fn nvmlDeviceGetTotalEnergyConsumption(device: DeviceHandle, millijoules: Out<c_ulonglong>) |call| {
        let device = call.gpu(device)?;
        let energy = energy_millijoules(&device)?;
        millijoules.set(bad_counter_value(&device).unwrap_or(energy))
    };
    fn nvmlDeviceGetEnforcedPowerLimit(device: DeviceHandle, milliwatts: Out<c_uint>) |call| {
        milliwatts.set(limit_milliwatts(&call.gpu(device)?, |gpu| gpu.power_limit_watts)?)
    };
    fn nvmlDeviceGetPowerManagementLimit(device: DeviceHandle, milliwatts: Out<c_uint>) |call| {
        milliwatts.set(limit_milliwatts(&call.gpu(device)?, |gpu| gpu.power_limit_watts)?)
    };
    fn nvmlDeviceGetPowerManagementDefaultLimit(device: DeviceHandle, milliwatts: Out<c_uint>) |call| {
        milliwatts.set(limit_milliwatts(&call.gpu(device)?, |gpu| gpu.model.preset().limits.default_watts)?)
    };
    fn nvmlDeviceGetPowerManagementLimitConstraints(device: DeviceHandle, lowest: Out<c_uint>, highest: Out<c_uint>) |call| {
        let device = call.gpu(device)?;
        lowest.set(limit_milliwatts(&device, |gpu| gpu.model.preset().limits.lowest_watts)?)?;
        highest.set(limit_milliwatts(&device, |gpu| gpu.model.preset().limits.highest_watts)?)
    };
    fn nvmlDeviceGetPowerManagementMode(device: DeviceHandle, mode: Out<c_uint>) |call| {
        mode.set(c_uint::from(call.gpu(device)?.gpu().reports_power))
    };
    fn nvmlDeviceGetFieldValues(device: DeviceHandle, count: c_int, values: Array<nvmlFieldValue_t>) |call| {
        let device = call.gpu(device)?;
        let count = usize::try_from(count).ok().filter(|count| *count > 0).ok_or(NvmlError::InvalidArgument)?;
        (0..count).try_for_each(|index| answer_field(&device, &values.at(index)))
    };
}

/// The power of the GPU: the mean over a past window, or for a window of 0 the power now.
fn power(device: &Device, window_ms: u32) -> Result<Microwatts, NvmlError> {
    if device.gpu().reports_power {
        Ok(power_reading::mean_power(&device.node.live.histories.power, device.at, window_ms))
    } else {
        Err(NvmlError::NotSupported)
    }
}

/// The value of a sample that the script makes bad, in milliwatts.
fn bad_sample(device: &Device) -> Option<u32> {
    let bad = device.gpu().bad_power?;
    is_bad(&device.node.live.samples, bad.one_in).then_some(bad.milliwatts)
}

/// The value of the energy counter that the script makes bad, in millijoules.
fn bad_counter_value(device: &Device) -> Option<u64> {
    let bad = device.gpu().bad_counter?;
    is_bad(&device.node.live.counter_values, bad.one_in).then_some(bad.millijoules)
}

/// Counts a reading, and reports whether it is the last one of so many.
fn is_bad(readings: &AtomicU32, one_in: u32) -> bool {
    readings.fetch_add(1, Ordering::Relaxed) % one_in == one_in - 1
}

/// The power of the module around the GPU, as [`power`].
fn module_power(device: &Device, window_ms: u32) -> Result<Microwatts, NvmlError> {
    let power = device.gpu().module_power.as_ref().ok_or(NvmlError::NotSupported)?;
    Ok(power_reading::mean_power(power, device.at, window_ms))
}

fn energy_millijoules(device: &Device) -> Result<u64, NvmlError> {
    let energy = device.gpu().counter_energy_at(&device.node.live.histories.counted, device.at);
    energy.map(Femtojoules::as_millijoules).ok_or(NvmlError::NotSupported)
}

fn limit_milliwatts(device: &Device, watts: impl FnOnce(&Gpu) -> f64) -> Result<u32, NvmlError> {
    let limit = Microwatts::from_watts(watts(device.gpu()));
    let limit = limit.filter(|_| device.gpu().reports_power);
    limit.map(Microwatts::as_milliwatts).ok_or(NvmlError::NotSupported)
}

/// The value of a field, with its type.
struct FieldContent {
    value_type: nvmlValueType_t,
    value: nvmlValue_t,
}

/// Answers one value of `nvmlDeviceGetFieldValues`, which has an error code of its own.
fn answer_field(device: &Device, value: &Out<nvmlFieldValue_t>) -> Result<(), NvmlError> {
    let [field, scope] = value.leading_words()?;
    let (code, content) = match field_content(device, field, scope) {
        Ok(content) => (0, content),
        Err(error) => {
            let value = nvmlValue_t { ullVal: 0 };
            (error.code(), FieldContent { value_type: UNSIGNED_INT, value })
        }
    };
    value.set(nvmlFieldValue_t {
        fieldId: field,
        scopeId: scope,
        timestamp: device.at.as_nanos() / 1_000,
        latencyUsec: 0,
        valueType: content.value_type,
        nvmlReturn: code,
        value: content.value,
    })
}

fn field_content(device: &Device, field: u32, scope: u32) -> Result<FieldContent, NvmlError> {
    if let Some(error) = device.gpu().field_error(field) {
        return Err(error);
    }
    let power = |window| match scope {
        NVML_POWER_SCOPE_GPU => power(device, window),
        NVML_POWER_SCOPE_MODULE => module_power(device, window),
        _ => Err(NvmlError::NotSupported),
    };
    let milliwatts = |power: Microwatts| FieldContent {
        value_type: UNSIGNED_INT,
        value: nvmlValue_t { ullVal: power.as_milliwatts().into() },
    };
    match field {
        NVML_FI_DEV_TOTAL_ENERGY_CONSUMPTION => Ok(FieldContent {
            value_type: UNSIGNED_LONG_LONG,
            value: nvmlValue_t { ullVal: energy_millijoules(device)? },
        }),
        NVML_FI_DEV_POWER_AVERAGE => power(AVERAGE_WINDOW_MS).map(milliwatts),
        NVML_FI_DEV_POWER_INSTANT => power(0).map(milliwatts),
        _ => Err(NvmlError::NotSupported),
    }
}
