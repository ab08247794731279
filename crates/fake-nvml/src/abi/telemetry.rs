//! Utilization, temperature, fans and clocks.

use super::call::Call;
use super::device::{Device, Utilization};
use super::exports::exports;
use super::pointers::Out;
use super::struct_version::struct_version;
use crate::driver::DeviceHandle;
use crate::model::HighestClocks;
use crate::nvml_error::NvmlError;
use crate::script::Gpu;
use nvml_wrapper_sys::bindings::{
    nvmlClockType_enum_NVML_CLOCK_GRAPHICS as GRAPHICS,
    nvmlClockType_enum_NVML_CLOCK_MEM as MEMORY, nvmlClockType_enum_NVML_CLOCK_SM as SM,
    nvmlClockType_enum_NVML_CLOCK_VIDEO as VIDEO, nvmlTemperature_v1_t, nvmlUtilization_t,
};
use std::ffi::{c_int, c_uint, c_ulonglong};

/// The period of NVML's means, in microseconds.
const SAMPLING_PERIOD_US: u32 = 167_000;

/// `nvmlClocksEventReasonGpuIdle`: the clocks are low because the GPU is idle.
const REASON_IDLE: u64 = 1;

exports! {
    fn nvmlDeviceGetUtilizationRates(device: DeviceHandle, rates: Out<nvmlUtilization_t>) |call| {
        let device = call.gpu(device)?;
        if device.gpu().mig > 0 {
            return Err(NvmlError::NotSupported);
        }
        let Utilization { gpu_percent: gpu, memory_percent: memory } = device.utilization();
        rates.set(nvmlUtilization_t { gpu, memory })
    };
    fn nvmlDeviceGetEncoderUtilization(device: DeviceHandle, percent: Out<c_uint>, period_us: Out<c_uint>) |call| {
        idle_codec(&call, device, &percent, &period_us)
    };
    fn nvmlDeviceGetDecoderUtilization(device: DeviceHandle, percent: Out<c_uint>, period_us: Out<c_uint>) |call| {
        idle_codec(&call, device, &percent, &period_us)
    };

    fn nvmlDeviceGetTemperature(device: DeviceHandle, sensor: c_uint, celsius: Out<c_uint>) |call| {
        let device = call.gpu(device)?;
        if sensor == 0 { celsius.set(device.temperature_celsius()) } else { Err(NvmlError::InvalidArgument) }
    };
    fn nvmlDeviceGetTemperatureV(device: DeviceHandle, answer: Out<nvmlTemperature_v1_t>) |call| {
        let device = call.gpu(device)?;
        let [version, sensor] = answer.leading_words()?;
        if version != struct_version::<nvmlTemperature_v1_t>(1) {
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
        let highest = highest_clock(device.gpu(), kind)?;
        mhz.set(if which == 0 { device.clock_mhz(highest) } else { highest })
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
        reasons.set(clock_reasons(&call.gpu(device)?))
    };
    fn nvmlDeviceGetCurrentClocksThrottleReasons(device: DeviceHandle, reasons: Out<c_ulonglong>) |call| {
        reasons.set(clock_reasons(&call.gpu(device)?))
    };
    fn nvmlDeviceGetSupportedClocksEventReasons(device: DeviceHandle, reasons: Out<c_ulonglong>) |call| {
        call.gpu(device).and_then(|_| reasons.set(REASON_IDLE))
    };
    fn nvmlDeviceGetSupportedClocksThrottleReasons(device: DeviceHandle, reasons: Out<c_ulonglong>) |call| {
        call.gpu(device).and_then(|_| reasons.set(REASON_IDLE))
    };
    fn nvmlDeviceGetPerformanceState(device: DeviceHandle, state: Out<c_uint>) |call| {
        state.set(performance_state(&call.gpu(device)?))
    };
    fn nvmlDeviceGetPowerState(device: DeviceHandle, state: Out<c_uint>) |call| {
        state.set(performance_state(&call.gpu(device)?))
    };
}

fn clock_reasons(device: &Device) -> u64 {
    if device.load() > 0.0 { 0 } else { REASON_IDLE }
}

/// The performance state: an idle desktop card is at P8, a card for data centres always at P0.
fn performance_state(device: &Device) -> u32 {
    if device.gpu().model.preset().fans > 0 && device.load() <= 0.0 { 8 } else { 0 }
}

/// The highest value of a clock of this kind, in MHz.
fn highest_clock(gpu: &Gpu, kind: c_uint) -> Result<u32, NvmlError> {
    let HighestClocks { sm_mhz: sm, memory_mhz: memory } = gpu.model.preset().highest_clocks;
    match kind {
        GRAPHICS | SM => Ok(sm),
        MEMORY => Ok(memory),
        VIDEO => Ok(sm / 10 * 9),
        _ => Err(NvmlError::InvalidArgument),
    }
}

fn idle_codec(
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
