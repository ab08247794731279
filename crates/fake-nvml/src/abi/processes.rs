//! The processes on a GPU.

use super::device::{Device, MIB};
use super::exports::exports;
use super::mig::instance_id;
use super::pointers::{Array, Out, TextOut};
use crate::driver::DeviceHandle;
use crate::nvml_error::NvmlError;
use crate::script::{Process, ProcessSample};
use nvml_wrapper_sys::bindings::{
    nvmlProcessInfo_t, nvmlProcessInfo_v1_t, nvmlProcessUtilizationSample_t,
};
use std::ffi::{c_uint, c_ulonglong};

/// The instance id of a process on a GPU without MIG instances.
const NO_INSTANCE: u32 = u32::MAX;

exports! {
    fn nvmlDeviceGetComputeRunningProcesses(
        device: DeviceHandle, count: Out<c_uint>, list: Array<nvmlProcessInfo_v1_t>,
    ) |call| list.fill(&count, processes_v1(&call.device(device)?, Kind::Compute));
    fn nvmlDeviceGetComputeRunningProcesses_v2(
        device: DeviceHandle, count: Out<c_uint>, list: Array<nvmlProcessInfo_t>,
    ) |call| list.fill(&count, processes_v2(&call.device(device)?, Kind::Compute));
    fn nvmlDeviceGetComputeRunningProcesses_v3(
        device: DeviceHandle, count: Out<c_uint>, list: Array<nvmlProcessInfo_t>,
    ) |call| list.fill(&count, processes_v2(&call.device(device)?, Kind::Compute));

    fn nvmlDeviceGetGraphicsRunningProcesses(
        device: DeviceHandle, count: Out<c_uint>, list: Array<nvmlProcessInfo_v1_t>,
    ) |call| list.fill(&count, processes_v1(&call.device(device)?, Kind::Graphics));
    fn nvmlDeviceGetGraphicsRunningProcesses_v2(
        device: DeviceHandle, count: Out<c_uint>, list: Array<nvmlProcessInfo_t>,
    ) |call| list.fill(&count, processes_v2(&call.device(device)?, Kind::Graphics));
    fn nvmlDeviceGetGraphicsRunningProcesses_v3(
        device: DeviceHandle, count: Out<c_uint>, list: Array<nvmlProcessInfo_t>,
    ) |call| list.fill(&count, processes_v2(&call.device(device)?, Kind::Graphics));

    fn nvmlDeviceGetMPSComputeRunningProcesses(
        device: DeviceHandle, count: Out<c_uint>, list: Array<nvmlProcessInfo_v1_t>,
    ) |call| list.fill(&count, processes_v1(&call.device(device)?, Kind::Mps));
    fn nvmlDeviceGetMPSComputeRunningProcesses_v2(
        device: DeviceHandle, count: Out<c_uint>, list: Array<nvmlProcessInfo_t>,
    ) |call| list.fill(&count, processes_v2(&call.device(device)?, Kind::Mps));
    fn nvmlDeviceGetMPSComputeRunningProcesses_v3(
        device: DeviceHandle, count: Out<c_uint>, list: Array<nvmlProcessInfo_t>,
    ) |call| list.fill(&count, processes_v2(&call.device(device)?, Kind::Mps));

    fn nvmlDeviceGetProcessUtilization(
        device: DeviceHandle, list: Array<nvmlProcessUtilizationSample_t>, count: Out<c_uint>, seen_until: c_ulonglong,
    ) |call| {
        let samples = process_samples(&call.gpu(device)?, seen_until)?;
        list.fill(&count, samples)
    };
    fn nvmlSystemGetProcessName(pid: c_uint, name: TextOut, length: c_uint) |call| {
        let world = call.world()?;
        let process = world.gpus.iter().flat_map(|live| &live.gpu.processes).find(|process| process.pid == pid);
        name.set(&process.ok_or(NvmlError::NotFound)?.name, length)
    };
}

/// The kinds of processes that have lists of their own.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Compute,
    Graphics,
    Mps,
}

impl Kind {
    /// True if a process is in the list. One that computes through an MPS server is in two.
    fn has(self, process: &Process) -> bool {
        match self {
            Self::Compute => !process.graphics,
            Self::Graphics => process.graphics,
            Self::Mps => process.mps,
        }
    }
}

/// The processes of one kind, without their MIG instances.
fn processes_v1(device: &Device, kind: Kind) -> Vec<nvmlProcessInfo_v1_t> {
    let info = |process: &Process| nvmlProcessInfo_v1_t {
        pid: process.pid,
        usedGpuMemory: memory_bytes(process),
    };
    device.processes().filter(|process| kind.has(process)).map(info).collect()
}

/// The processes of one kind, with their MIG instances.
fn processes_v2(device: &Device, kind: Kind) -> Vec<nvmlProcessInfo_t> {
    let is_partitioned = device.gpu().mig > 0;
    let info = |process: &Process| nvmlProcessInfo_t {
        pid: process.pid,
        usedGpuMemory: memory_bytes(process),
        gpuInstanceId: if is_partitioned { instance_id(process.instance) } else { NO_INSTANCE },
        computeInstanceId: if is_partitioned { 0 } else { NO_INSTANCE },
    };
    device.processes().filter(|process| kind.has(process)).map(info).collect()
}

/// The samples of all processes that are newer than `seen_until` (microseconds since the epoch).
fn process_samples(
    device: &Device,
    seen_until: u64,
) -> Result<Vec<nvmlProcessUtilizationSample_t>, NvmlError> {
    if device.gpu().mig > 0 {
        return Err(NvmlError::NotSupported);
    }
    let sample = |sample: ProcessSample| nvmlProcessUtilizationSample_t {
        pid: sample.pid,
        timeStamp: sample.at_micros,
        smUtil: sample.sm_percent,
        memUtil: sample.sm_percent / 2,
        encUtil: 0,
        decUtil: 0,
    };
    let samples = device.gpu().process_samples(seen_until, device.at).into_iter();
    let samples: Vec<_> = samples.map(sample).collect();
    if samples.is_empty() { Err(NvmlError::NotFound) } else { Ok(samples) }
}

fn memory_bytes(process: &Process) -> u64 {
    process.memory_mib.saturating_mul(MIB)
}
