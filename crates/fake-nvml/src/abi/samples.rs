//! The recent readings that the driver stores.

use super::device::Device;
use super::exports::exports;
use super::pointers::{Array, Out};
use crate::driver::DeviceHandle;
use crate::nvml_error::NvmlError;
use crate::power_source::PowerSource;
use crate::time::UnixTime;
use nvml_wrapper_sys::bindings::{
    nvmlSample_t, nvmlSamplingType_enum_NVML_GPU_UTILIZATION_SAMPLES as GPU_UTILIZATION,
    nvmlSamplingType_enum_NVML_MEMORY_UTILIZATION_SAMPLES as MEMORY_UTILIZATION,
    nvmlSamplingType_enum_NVML_TOTAL_POWER_SAMPLES as POWER, nvmlValue_t,
    nvmlValueType_enum_NVML_VALUE_TYPE_UNSIGNED_INT as UNSIGNED_INT, nvmlValueType_t,
};
use std::ffi::{c_uint, c_ulonglong};

/// The period of the samples.
const SAMPLE_PERIOD_NANOS: i64 = 20_000_000;

/// The number of samples that are stored.
const CAPACITY: u32 = 120;

exports! {
    fn nvmlDeviceGetSamples(
        device: DeviceHandle, kind: c_uint, seen_until: c_ulonglong, value_type: Out<nvmlValueType_t>,
        count: Out<c_uint>, list: Array<nvmlSample_t>,
    ) |call| {
        let device = call.gpu(device)?;
        if !has_samples(&device, kind) {
            return Err(NvmlError::NotSupported);
        }
        value_type.set(UNSIGNED_INT)?;
        if list.is_null() {
            return count.set(CAPACITY);
        }
        let samples = recent_samples(&device, kind, seen_until);
        if samples.is_empty() { Err(NvmlError::NotFound) } else { list.fill(&count, samples) }
    };
}

/// Reports whether the driver stores readings of this kind.
fn has_samples(device: &Device, kind: c_uint) -> bool {
    match kind {
        POWER => device.gpu().reports_power,
        GPU_UTILIZATION | MEMORY_UTILIZATION => device.gpu().mig == 0,
        _ => false,
    }
}

/// The samples after `seen_until` (microseconds since the epoch), the oldest first.
fn recent_samples(device: &Device, kind: c_uint, seen_until: u64) -> Vec<nvmlSample_t> {
    let latest = device.at.floor_to(SAMPLE_PERIOD_NANOS);
    let times =
        (0..i64::from(CAPACITY)).rev().map(|back| latest.plus_nanos(-back * SAMPLE_PERIOD_NANOS));
    let sample = |time: UnixTime| nvmlSample_t {
        timeStamp: micros(time),
        sampleValue: nvmlValue_t { ullVal: reading(device, kind, time).into() },
    };
    times.filter(|time| micros(*time) > seen_until).map(sample).collect()
}

/// A reading of this kind at a past time: milliwatts or percent.
fn reading(device: &Device, kind: c_uint, time: UnixTime) -> u32 {
    let then = Device { node: device.node.clone(), at: time };
    match kind {
        POWER => device.node.live.histories.power.power_at(time).as_milliwatts(),
        GPU_UTILIZATION => then.utilization().gpu_percent,
        _ => then.utilization().memory_percent,
    }
}

fn micros(time: UnixTime) -> u64 {
    u64::try_from(time.as_nanos() / 1_000).unwrap_or_default()
}
