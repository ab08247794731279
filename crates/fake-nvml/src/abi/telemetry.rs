//! How busy, how warm, how fast.

use super::call::Device;
use super::{Call, Out, exports};
use crate::driver::DeviceHandle;
use crate::nvml_error::NvmlError;
use crate::script::Gpu;
use nvml_wrapper_sys::bindings::{
    nvmlClockType_enum_NVML_CLOCK_GRAPHICS as GRAPHICS,
    nvmlClockType_enum_NVML_CLOCK_MEM as MEMORY, nvmlClockType_enum_NVML_CLOCK_SM as SM,
    nvmlClockType_enum_NVML_CLOCK_VIDEO as VIDEO, nvmlTemperature_v1_t, nvmlUtilization_t,
};
use std::ffi::{c_int, c_uint, c_ulonglong};

/// Over how long NVML takes its means, in microseconds.
const SAMPLING_PERIOD_US: u32 = 167_000;

/// `nvmlClocksEventReasonGpuIdle`: the clocks are low because nothing runs.
const REASON_IDLE: u64 = 1;

exports! {
    fn nvmlDeviceGetUtilizationRates(device: DeviceHandle, rates: Out<nvmlUtilization_t>) |call| {
        let device = call.gpu(device)?;
        if device.gpu().mig > 0 {
            return Err(NvmlError::NotSupported);
        }
        let (gpu, memory) = device.utilization_percent();
        rates.set(nvmlUtilization_t { gpu, memory })
    };
    fn nvmlDeviceGetEncoderUtilization(device: DeviceHandle, percent: Out<c_uint>, period_us: Out<c_uint>) |call| {
        no_video(&call, device, &percent, &period_us)
    };
    fn nvmlDeviceGetDecoderUtilization(device: DeviceHandle, percent: Out<c_uint>, period_us: Out<c_uint>) |call| {
        no_video(&call, device, &percent, &period_us)
    };

    fn nvmlDeviceGetTemperature(device: DeviceHandle, sensor: c_uint, celsius: Out<c_uint>) |call| {
        let device = call.gpu(device)?;
        if sensor == 0 { celsius.set(device.temperature_celsius()) } else { Err(NvmlError::InvalidArgument) }
    };
    fn nvmlDeviceGetTemperatureV(device: DeviceHandle, answer: Out<nvmlTemperature_v1_t>) |call| {
        let device = call.gpu(device)?;
        let [version, sensor] = answer.leading_words()?;
        if version != super::version_of::<nvmlTemperature_v1_t>(1) {
            return Err(NvmlError::ArgumentVersionMismatch);
        }
        let temperature = c_int::try_from(device.temperature_celsius()).unwrap_or(c_int::MAX);
        answer.set(nvmlTemperature_v1_t { version, sensorType: sensor, temperature })
    };
    fn nvmlDeviceGetTemperatureThreshold(device: DeviceHandle, threshold: c_uint, celsius: Out<c_uint>) |call| {
        call.gpu(device)?;
        let limits = [92, 89, 95, 87];
        let limit = usize::try_from(threshold).ok().and_then(|threshold| limits.get(threshold));
        celsius.set(*limit.ok_or(NvmlError::NotSupported)?)
    };
    fn nvmlDeviceGetNumFans(device: DeviceHandle, count: Out<c_uint>) |call| {
        count.set(call.gpu(device)?.gpu().model.preset().fans)
    };
    fn nvmlDeviceGetFanSpeed(device: DeviceHandle, percent: Out<c_uint>) |call| fan_speed(&call, device, 0, &percent);
    fn nvmlDeviceGetFanSpeed_v2(device: DeviceHandle, fan: c_uint, percent: Out<c_uint>) |call| {
        fan_speed(&call, device, fan, &percent)
    };

    fn nvmlDeviceGetClockInfo(device: DeviceHandle, kind: c_uint, mhz: Out<c_uint>) |call| {
        let device = call.gpu(device)?;
        mhz.set(device.clock_mhz(highest_clock(device.gpu(), kind)?))
    };
    fn nvmlDeviceGetClock(device: DeviceHandle, kind: c_uint, which: c_uint, mhz: Out<c_uint>) |call| {
        let device = call.gpu(device)?;
        let most = highest_clock(device.gpu(), kind)?;
        mhz.set(if which == 0 { device.clock_mhz(most) } else { most })
    };
    fn nvmlDeviceGetMaxClockInfo(device: DeviceHandle, kind: c_uint, mhz: Out<c_uint>) |call| {
        mhz.set(highest_clock(call.gpu(device)?.gpu(), kind)?)
    };
    fn nvmlDeviceGetMaxCustomerBoostClock(device: DeviceHandle, kind: c_uint, mhz: Out<c_uint>) |call| {
        mhz.set(highest_clock(call.gpu(device)?.gpu(), kind)?)
    };
    fn nvmlDeviceGetApplicationsClock(device: DeviceHandle, kind: c_uint, mhz: Out<c_uint>) |call| {
        mhz.set(highest_clock(call.gpu(device)?.gpu(), kind)?)
    };
    fn nvmlDeviceGetDefaultApplicationsClock(device: DeviceHandle, kind: c_uint, mhz: Out<c_uint>) |call| {
        mhz.set(highest_clock(call.gpu(device)?.gpu(), kind)?)
    };
    fn nvmlDeviceGetCurrentClocksEventReasons(device: DeviceHandle, reasons: Out<c_ulonglong>) |call| {
        reasons.set(call.gpu(device)?.clock_reasons())
    };
    fn nvmlDeviceGetCurrentClocksThrottleReasons(device: DeviceHandle, reasons: Out<c_ulonglong>) |call| {
        reasons.set(call.gpu(device)?.clock_reasons())
    };
    fn nvmlDeviceGetSupportedClocksEventReasons(device: DeviceHandle, reasons: Out<c_ulonglong>) |call| {
        call.gpu(device).and_then(|_| reasons.set(REASON_IDLE))
    };
    fn nvmlDeviceGetSupportedClocksThrottleReasons(device: DeviceHandle, reasons: Out<c_ulonglong>) |call| {
        call.gpu(device).and_then(|_| reasons.set(REASON_IDLE))
    };
    fn nvmlDeviceGetPerformanceState(device: DeviceHandle, state: Out<c_uint>) |call| {
        state.set(call.gpu(device)?.performance_state())
    };
    fn nvmlDeviceGetPowerState(device: DeviceHandle, state: Out<c_uint>) |call| {
        state.set(call.gpu(device)?.performance_state())
    };
}

impl Device {
    fn clock_reasons(&self) -> u64 {
        if self.load() > 0.0 { 0 } else { REASON_IDLE }
    }

    /// Cards for a desk fall back to P8 when idle, those for a data centre stay at P0.
    fn performance_state(&self) -> u32 {
        if self.gpu().model.preset().fans > 0 && self.load() <= 0.0 { 8 } else { 0 }
    }
}

/// The clock in MHz that a clock of this kind may reach.
fn highest_clock(gpu: &Gpu, kind: c_uint) -> Result<u32, NvmlError> {
    let (sm, memory) = gpu.model.preset().clocks_mhz;
    match kind {
        GRAPHICS | SM => Ok(sm),
        MEMORY => Ok(memory),
        VIDEO => Ok(sm / 10 * 9),
        _ => Err(NvmlError::InvalidArgument),
    }
}

fn no_video(
    call: &Call,
    device: DeviceHandle,
    percent: &Out<c_uint>,
    period_us: &Out<c_uint>,
) -> Result<(), NvmlError> {
    call.gpu(device)?;
    percent.set(0)?;
    period_us.set(SAMPLING_PERIOD_US)
}

fn fan_speed(
    call: &Call,
    device: DeviceHandle,
    fan: c_uint,
    percent: &Out<c_uint>,
) -> Result<(), NvmlError> {
    let device = call.gpu(device)?;
    match device.gpu().model.preset().fans {
        0 => Err(NvmlError::NotSupported),
        fans if fan >= fans => Err(NvmlError::InvalidArgument),
        _ => percent.set(device.fan_percent()),
    }
}
