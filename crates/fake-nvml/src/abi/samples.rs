//! The ring of recent readings that the driver keeps.

use super::call::Device;
use super::{Array, Out, exports};
use crate::counter::PowerSource;
use crate::driver::DeviceHandle;
use crate::nvml_error::NvmlError;
use crate::quantity::Microwatts;
use crate::time::UnixTime;
use nvml_wrapper_sys::bindings::{
    nvmlSample_t, nvmlSamplingType_enum_NVML_GPU_UTILIZATION_SAMPLES as GPU_UTILIZATION,
    nvmlSamplingType_enum_NVML_MEMORY_UTILIZATION_SAMPLES as MEMORY_UTILIZATION,
    nvmlSamplingType_enum_NVML_TOTAL_POWER_SAMPLES as POWER, nvmlValue_t,
    nvmlValueType_enum_NVML_VALUE_TYPE_UNSIGNED_INT as UNSIGNED_INT, nvmlValueType_t,
};
use std::ffi::{c_uint, c_ulonglong};

/// Time between two samples.
const SAMPLE_EVERY_NANOS: i64 = 20_000_000;

/// How many samples the ring holds.
const RING: u32 = 120;

exports! {
    fn nvmlDeviceGetSamples(
        device: DeviceHandle, kind: c_uint, seen_until: c_ulonglong, value_type: Out<nvmlValueType_t>,
        count: Out<c_uint>, list: Array<nvmlSample_t>,
    ) |call| {
        let device = call.gpu(device)?;
        if !device.samples(kind) {
            return Err(NvmlError::NotSupported);
        }
        value_type.set(UNSIGNED_INT)?;
        if list.is_null() {
            return count.set(RING);
        }
        let samples = device.recent(kind, seen_until);
        if samples.is_empty() { Err(NvmlError::NotFound) } else { list.fill(&count, samples) }
    };
}

impl Device {
    /// Whether the ring holds readings of this kind.
    fn samples(&self, kind: c_uint) -> bool {
        match kind {
            POWER => self.gpu().reports_power,
            GPU_UTILIZATION | MEMORY_UTILIZATION => self.gpu().mig == 0,
            _ => false,
        }
    }

    /// The samples after `seen_until` (microseconds since the epoch), the oldest first.
    fn recent(&self, kind: c_uint, seen_until: u64) -> Vec<nvmlSample_t> {
        let latest = self.at.floor_to(SAMPLE_EVERY_NANOS);
        let times =
            (0..i64::from(RING)).rev().map(|back| latest.plus_nanos(-back * SAMPLE_EVERY_NANOS));
        let sample = |time: UnixTime| nvmlSample_t {
            timeStamp: micros(time),
            sampleValue: nvmlValue_t { ullVal: self.reading(kind, time).into() },
        };
        times.filter(|time| micros(*time) > seen_until).map(sample).collect()
    }

    fn reading(&self, kind: c_uint, time: UnixTime) -> u32 {
        let then = Self { node: self.node.clone(), at: time };
        match kind {
            POWER => Microwatts::as_milliwatts(self.node.live.power.at(time)),
            GPU_UTILIZATION => then.utilization_percent().0,
            _ => then.utilization_percent().1,
        }
    }
}

fn micros(time: UnixTime) -> u64 {
    u64::try_from(time.as_nanos() / 1_000).unwrap_or_default()
}
