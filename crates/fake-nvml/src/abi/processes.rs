//! The processes on a GPU.

use super::call::Call;
use super::device::{Device, MIB};
use super::exports::exports;
use super::mig::instance_id;
use super::pointers::{Array, Out, TextOut};
use crate::driver::DeviceHandle;
use crate::nvml_error::NvmlError;
use crate::script::Process;
use nvml_wrapper_sys::bindings::{
    nvmlProcessInfo_t, nvmlProcessInfo_v1_t, nvmlProcessUtilizationSample_t,
};
use std::ffi::{c_uint, c_ulonglong};

/// The period at which processes are sampled.
const SAMPLE_PERIOD_NANOS: i64 = 167_000_000;

/// The instance id of a process on a GPU without MIG instances.
const NO_INSTANCE: u32 = u32::MAX;

exports! {
    fn nvmlDeviceGetComputeRunningProcesses(
        device: DeviceHandle, count: Out<c_uint>, list: Array<nvmlProcessInfo_v1_t>,
    ) |call| list.fill(&count, processes_v1(&call.device(device)?, false));
    fn nvmlDeviceGetComputeRunningProcesses_v2(
        device: DeviceHandle, count: Out<c_uint>, list: Array<nvmlProcessInfo_t>,
    ) |call| list.fill(&count, processes_v2(&call.device(device)?, false));
    fn nvmlDeviceGetComputeRunningProcesses_v3(
        device: DeviceHandle, count: Out<c_uint>, list: Array<nvmlProcessInfo_t>,
    ) |call| list.fill(&count, processes_v2(&call.device(device)?, false));

    fn nvmlDeviceGetGraphicsRunningProcesses(
        device: DeviceHandle, count: Out<c_uint>, list: Array<nvmlProcessInfo_v1_t>,
    ) |call| list.fill(&count, processes_v1(&call.device(device)?, true));
    fn nvmlDeviceGetGraphicsRunningProcesses_v2(
        device: DeviceHandle, count: Out<c_uint>, list: Array<nvmlProcessInfo_t>,
    ) |call| list.fill(&count, processes_v2(&call.device(device)?, true));
    fn nvmlDeviceGetGraphicsRunningProcesses_v3(
        device: DeviceHandle, count: Out<c_uint>, list: Array<nvmlProcessInfo_t>,
    ) |call| list.fill(&count, processes_v2(&call.device(device)?, true));

    fn nvmlDeviceGetMPSComputeRunningProcesses(
        device: DeviceHandle, count: Out<c_uint>, _list: Array<nvmlProcessInfo_v1_t>,
    ) |call| no_process(&call, device, &count);
    fn nvmlDeviceGetMPSComputeRunningProcesses_v2(
        device: DeviceHandle, count: Out<c_uint>, _list: Array<nvmlProcessInfo_t>,
    ) |call| no_process(&call, device, &count);
    fn nvmlDeviceGetMPSComputeRunningProcesses_v3(
        device: DeviceHandle, count: Out<c_uint>, _list: Array<nvmlProcessInfo_t>,
    ) |call| no_process(&call, device, &count);

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

/// The processes of one kind, without their MIG instances.
fn processes_v1(device: &Device, graphics: bool) -> Vec<nvmlProcessInfo_v1_t> {
    let processes = device.processes().filter(|process| process.graphics == graphics);
    let info = |process: &Process| nvmlProcessInfo_v1_t {
        pid: process.pid,
        usedGpuMemory: memory_bytes(process),
    };
    processes.map(info).collect()
}

/// The processes of one kind, with their MIG instances.
fn processes_v2(device: &Device, graphics: bool) -> Vec<nvmlProcessInfo_t> {
    let is_partitioned = device.gpu().mig > 0;
    let info = |process: &Process| nvmlProcessInfo_t {
        pid: process.pid,
        usedGpuMemory: memory_bytes(process),
        gpuInstanceId: if is_partitioned { instance_id(process.instance) } else { NO_INSTANCE },
        computeInstanceId: if is_partitioned { 0 } else { NO_INSTANCE },
    };
    device.processes().filter(|process| process.graphics == graphics).map(info).collect()
}

/// The latest sample of each process, if it is newer than `seen_until` (microseconds since the epoch).
fn process_samples(
    device: &Device,
    seen_until: u64,
) -> Result<Vec<nvmlProcessUtilizationSample_t>, NvmlError> {
    if device.gpu().mig > 0 {
        return Err(NvmlError::NotSupported);
    }
    let sampled_at = u64::try_from(device.at.floor_to(SAMPLE_PERIOD_NANOS).as_nanos() / 1_000)
        .unwrap_or_default();
    let sample = |process: &Process| nvmlProcessUtilizationSample_t {
        pid: process.pid,
        timeStamp: sampled_at,
        smUtil: process.sm_percent,
        memUtil: process.sm_percent / 2,
        encUtil: 0,
        decUtil: 0,
    };
    let samples: Vec<_> =
        device.processes().filter(|_| sampled_at > seen_until).map(sample).collect();
    if samples.is_empty() { Err(NvmlError::NotFound) } else { Ok(samples) }
}

fn memory_bytes(process: &Process) -> u64 {
    process.memory_mib.saturating_mul(MIB)
}

/// Answers that no process runs.
fn no_process(call: &Call, device: DeviceHandle, count: &Out<c_uint>) -> Result<(), NvmlError> {
    call.device(device).and_then(|_| count.set(0))
}
