//! What runs on a GPU.

use super::call::Device;
use super::mig::instance_id;
use super::vitals::MIB;
use super::{Array, Call, Out, TextOut, exports};
use crate::driver::DeviceHandle;
use crate::nvml_error::NvmlError;
use crate::script::Process;
use nvml_wrapper_sys::bindings::{
    nvmlProcessInfo_t, nvmlProcessInfo_v1_t, nvmlProcessUtilizationSample_t,
};
use std::ffi::{c_uint, c_ulonglong};

/// How often NVML samples processes.
const SAMPLE_EVERY_NANOS: i64 = 167_000_000;

/// Where a process runs on no instance.
const NO_INSTANCE: u32 = u32::MAX;

exports! {
    fn nvmlDeviceGetComputeRunningProcesses(
        device: DeviceHandle, count: Out<c_uint>, list: Array<nvmlProcessInfo_v1_t>,
    ) |call| list.fill(&count, call.device(device)?.plain_processes(false));
    fn nvmlDeviceGetComputeRunningProcesses_v2(
        device: DeviceHandle, count: Out<c_uint>, list: Array<nvmlProcessInfo_t>,
    ) |call| list.fill(&count, call.device(device)?.placed_processes(false));
    fn nvmlDeviceGetComputeRunningProcesses_v3(
        device: DeviceHandle, count: Out<c_uint>, list: Array<nvmlProcessInfo_t>,
    ) |call| list.fill(&count, call.device(device)?.placed_processes(false));

    fn nvmlDeviceGetGraphicsRunningProcesses(
        device: DeviceHandle, count: Out<c_uint>, list: Array<nvmlProcessInfo_v1_t>,
    ) |call| list.fill(&count, call.device(device)?.plain_processes(true));
    fn nvmlDeviceGetGraphicsRunningProcesses_v2(
        device: DeviceHandle, count: Out<c_uint>, list: Array<nvmlProcessInfo_t>,
    ) |call| list.fill(&count, call.device(device)?.placed_processes(true));
    fn nvmlDeviceGetGraphicsRunningProcesses_v3(
        device: DeviceHandle, count: Out<c_uint>, list: Array<nvmlProcessInfo_t>,
    ) |call| list.fill(&count, call.device(device)?.placed_processes(true));

    fn nvmlDeviceGetMPSComputeRunningProcesses(
        device: DeviceHandle, count: Out<c_uint>, _list: Array<nvmlProcessInfo_v1_t>,
    ) |call| nobody(&call, device, &count);
    fn nvmlDeviceGetMPSComputeRunningProcesses_v2(
        device: DeviceHandle, count: Out<c_uint>, _list: Array<nvmlProcessInfo_t>,
    ) |call| nobody(&call, device, &count);
    fn nvmlDeviceGetMPSComputeRunningProcesses_v3(
        device: DeviceHandle, count: Out<c_uint>, _list: Array<nvmlProcessInfo_t>,
    ) |call| nobody(&call, device, &count);

    fn nvmlDeviceGetProcessUtilization(
        device: DeviceHandle, list: Array<nvmlProcessUtilizationSample_t>, count: Out<c_uint>, seen_until: c_ulonglong,
    ) |call| {
        let samples = call.gpu(device)?.process_samples(seen_until)?;
        list.fill(&count, samples)
    };
    fn nvmlSystemGetProcessName(pid: c_uint, name: TextOut, length: c_uint) |call| {
        let world = call.world()?;
        let process = world.gpus.iter().flat_map(|live| &live.gpu.processes).find(|process| process.pid == pid);
        name.set(&process.ok_or(NvmlError::NotFound)?.name, length)
    };
}

impl Device {
    fn plain_processes(&self, graphics: bool) -> Vec<nvmlProcessInfo_v1_t> {
        let those = self.processes().filter(|process| process.graphics == graphics);
        those
            .map(|process| nvmlProcessInfo_v1_t {
                pid: process.pid,
                usedGpuMemory: memory(process),
            })
            .collect()
    }

    fn placed_processes(&self, graphics: bool) -> Vec<nvmlProcessInfo_t> {
        let cut = self.gpu().mig > 0;
        let place = |process: &Process| nvmlProcessInfo_t {
            pid: process.pid,
            usedGpuMemory: memory(process),
            gpuInstanceId: if cut { instance_id(process.instance) } else { NO_INSTANCE },
            computeInstanceId: if cut { 0 } else { NO_INSTANCE },
        };
        self.processes().filter(|process| process.graphics == graphics).map(place).collect()
    }

    /// The latest sample of each process, if it is newer than `seen_until` (microseconds since the epoch).
    fn process_samples(
        &self,
        seen_until: u64,
    ) -> Result<Vec<nvmlProcessUtilizationSample_t>, NvmlError> {
        if self.gpu().mig > 0 {
            return Err(NvmlError::NotSupported);
        }
        let sampled_at = u64::try_from(self.at.floor_to(SAMPLE_EVERY_NANOS).as_nanos() / 1_000)
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
            self.processes().filter(|_| sampled_at > seen_until).map(sample).collect();
        if samples.is_empty() { Err(NvmlError::NotFound) } else { Ok(samples) }
    }
}

fn memory(process: &Process) -> u64 {
    process.memory_mib.saturating_mul(MIB)
}

fn nobody(call: &Call, device: DeviceHandle, count: &Out<c_uint>) -> Result<(), NvmlError> {
    call.device(device).and_then(|_| count.set(0))
}
