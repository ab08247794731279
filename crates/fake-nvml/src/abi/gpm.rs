//! GPU performance monitoring (GPM), from Hopper on: the utilization of a GPU or a MIG instance between two samples.

use super::device::Device;
use super::exports::exports;
use super::pointers::Out;
use crate::driver::{DRIVER, DeviceHandle, GpmSample, SampleHandle};
use crate::nvml_error::NvmlError;
use nvml_wrapper_sys::bindings::{
    NVML_GPM_METRICS_GET_VERSION, NVML_GPM_SUPPORT_VERSION, nvmlGpmMetric_t,
    nvmlGpmMetric_t__bindgen_ty_1, nvmlGpmMetricId_t_NVML_GPM_METRIC_GRAPHICS_UTIL,
    nvmlGpmMetricId_t_NVML_GPM_METRIC_SM_UTIL, nvmlGpmSupport_t,
};
use std::ffi::c_uint;
use std::ptr::null_mut;

/// The first architecture with GPM: Hopper.
const FIRST_ARCHITECTURE: u32 = 9;

/// The begin of `nvmlGpmMetricsGet_t`, which its metrics follow.
#[repr(C)]
#[derive(Clone, Copy)]
struct MetricsHead {
    version: c_uint,
    count: c_uint,
    samples: [SampleHandle; 2],
}

exports! {
    fn nvmlGpmQueryDeviceSupport(device: DeviceHandle, support: Out<nvmlGpmSupport_t>) |call| {
        let device = call.gpu(device)?;
        let [version] = support.leading_words()?;
        if version != NVML_GPM_SUPPORT_VERSION {
            return Err(NvmlError::ArgumentVersionMismatch);
        }
        support.set(nvmlGpmSupport_t { version, isSupportedDevice: has_gpm(&device).into() })
    };
    fn nvmlGpmSampleAlloc(sample: Out<SampleHandle>) |call| {
        call.world()?;
        sample.set(DRIVER.new_gpm_sample())
    };
    fn nvmlGpmSampleFree(sample: SampleHandle) |call| {
        call.world()?;
        DRIVER.free_gpm_sample(sample)
    };
    fn nvmlGpmSampleGet(device: DeviceHandle, sample: SampleHandle) |call| {
        let device = call.gpu(device)?;
        take(&device, None, sample)
    };
    fn nvmlGpmMigSampleGet(device: DeviceHandle, instance: c_uint, sample: SampleHandle) |call| {
        let device = call.gpu(device)?;
        // The id of an instance is one more than its number: 0 is the whole GPU.
        let number = instance.checked_sub(1).filter(|number| *number < device.gpu().mig);
        take(&device, Some(number.ok_or(NvmlError::InvalidArgument)?), sample)
    };
    fn nvmlGpmMetricsGet(metrics: Out<MetricsHead>) |call| {
        call.world()?;
        get(&metrics)
    };
}

fn has_gpm(device: &Device) -> bool {
    device.gpu().model.preset().architecture >= FIRST_ARCHITECTURE
}

/// Fills a sample.
fn take(device: &Device, instance: Option<u32>, sample: SampleHandle) -> Result<(), NvmlError> {
    if !has_gpm(device) {
        return Err(NvmlError::NotSupported);
    }
    let live = device.node.live.clone();
    DRIVER.fill_gpm_sample(sample, GpmSample { live, instance, at: device.at })
}

/// Writes each metric of the request.
fn get(metrics: &Out<MetricsHead>) -> Result<(), NvmlError> {
    let MetricsHead { version, count, samples } = metrics.get()?;
    if version != NVML_GPM_METRICS_GET_VERSION {
        return Err(NvmlError::ArgumentVersionMismatch);
    }
    let [before, after] = samples.map(|sample| DRIVER.gpm_sample(sample));
    let percent = percent(&before?, &after?)?;
    let results = metrics.following::<nvmlGpmMetric_t>();
    for index in 0..usize::try_from(count).map_err(|_| NvmlError::InvalidArgument)? {
        let result = results.at(index);
        let [metric] = result.leading_words()?;
        let is_known = [
            nvmlGpmMetricId_t_NVML_GPM_METRIC_GRAPHICS_UTIL,
            nvmlGpmMetricId_t_NVML_GPM_METRIC_SM_UTIL,
        ]
        .contains(&metric);
        let no_name = nvmlGpmMetric_t__bindgen_ty_1 {
            shortName: null_mut(),
            longName: null_mut(),
            unit: null_mut(),
        };
        result.set(nvmlGpmMetric_t {
            metricId: metric,
            nvmlReturn: if is_known { 0 } else { NvmlError::NotSupported.code() },
            value: if is_known { percent } else { 0.0 },
            metricInfo: no_name,
        })?;
    }
    Ok(())
}

/// The utilization of the SMs of the GPU or the instance between two samples of it.
fn percent(before: &GpmSample, after: &GpmSample) -> Result<f64, NvmlError> {
    let is_same = before.live.handle == after.live.handle && before.instance == after.instance;
    let nanos = after.at.as_nanos().saturating_sub(before.at.as_nanos());
    if !is_same || nanos <= 0 {
        return Err(NvmlError::InvalidArgument);
    }
    // By the present script, as if it had been in force before.
    let gpu = &after.live.gpu;
    let used = match after.instance {
        Some(instance) => {
            gpu.use_of_instance(instance, after.at) - gpu.use_of_instance(instance, before.at)
        }
        None => gpu.use_of_all(after.at) - gpu.use_of_all(before.at),
    };
    Ok(used.mean_power(nanos).as_watts().min(100.0))
}
