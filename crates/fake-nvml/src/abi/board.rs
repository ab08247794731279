//! Memory, the PCIe link, and the modes of a board.

use super::call::Call;
use super::device::Memory;
use super::exports::exports;
use super::pointers::{Out, TextOut};
use super::struct_version::struct_version;
use crate::driver::DeviceHandle;
use crate::model::Model;
use crate::nvml_error::NvmlError;
use nvml_wrapper_sys::bindings::{
    nvmlBAR1Memory_t, nvmlGpuVirtualizationMode_NVML_GPU_VIRTUALIZATION_MODE_NONE as BARE_METAL,
    nvmlGpuVirtualizationMode_NVML_GPU_VIRTUALIZATION_MODE_VGPU as GUEST, nvmlMemory_t,
    nvmlMemory_v2_t,
};
use std::ffi::{c_uint, c_ulonglong};

/// The number of PCIe lanes of every board.
const PCIE_LANES: u32 = 16;

/// The PCIe throughput at the power limit, in KB/s.
const PCIE_BUSY_KBPS: f64 = 2_000_000.0;

exports! {
    fn nvmlDeviceGetMemoryInfo(device: DeviceHandle, memory: Out<nvmlMemory_t>) |call| {
        let Memory { total_bytes: total, used_bytes: used } = call.device(device)?.memory();
        memory.set(nvmlMemory_t { total, free: total - used, used })
    };
    fn nvmlDeviceGetMemoryInfo_v2(device: DeviceHandle, memory: Out<nvmlMemory_v2_t>) |call| {
        let Memory { total_bytes: total, used_bytes: used } = call.device(device)?.memory();
        let [version] = memory.leading_words()?;
        if version != struct_version::<nvmlMemory_v2_t>(2) {
            return Err(NvmlError::ArgumentVersionMismatch);
        }
        memory.set(nvmlMemory_v2_t { version, total, reserved: 0, free: total - used, used })
    };
    fn nvmlDeviceGetBAR1MemoryInfo(device: DeviceHandle, memory: Out<nvmlBAR1Memory_t>) |call| {
        let total = call.device(device)?.memory().total_bytes;
        memory.set(nvmlBAR1Memory_t { bar1Total: total, bar1Free: total, bar1Used: 0 })
    };
    fn nvmlDeviceGetEccMode(device: DeviceHandle, current: Out<c_uint>, pending: Out<c_uint>) |call| {
        require_ecc(&call, device)?;
        current.set(1)?;
        pending.set(1)
    };
    fn nvmlDeviceGetTotalEccErrors(device: DeviceHandle, _kind: c_uint, _since: c_uint, count: Out<c_ulonglong>) |call| {
        require_ecc(&call, device).and_then(|()| count.set(0))
    };
    fn nvmlDeviceGetMemoryErrorCounter(
        device: DeviceHandle, _kind: c_uint, _since: c_uint, _location: c_uint, count: Out<c_ulonglong>,
    ) |call| {
        require_ecc(&call, device).and_then(|()| count.set(0))
    };

    fn nvmlDeviceGetCurrPcieLinkGeneration(device: DeviceHandle, generation: Out<c_uint>) |call| {
        generation.set(call.gpu(device)?.gpu().model.preset().pcie_generation)
    };
    fn nvmlDeviceGetMaxPcieLinkGeneration(device: DeviceHandle, generation: Out<c_uint>) |call| {
        generation.set(call.gpu(device)?.gpu().model.preset().pcie_generation)
    };
    fn nvmlDeviceGetGpuMaxPcieLinkGeneration(device: DeviceHandle, generation: Out<c_uint>) |call| {
        generation.set(call.gpu(device)?.gpu().model.preset().pcie_generation)
    };
    fn nvmlDeviceGetCurrPcieLinkWidth(device: DeviceHandle, lanes: Out<c_uint>) |call| {
        call.gpu(device).and_then(|_| lanes.set(PCIE_LANES))
    };
    fn nvmlDeviceGetMaxPcieLinkWidth(device: DeviceHandle, lanes: Out<c_uint>) |call| {
        call.gpu(device).and_then(|_| lanes.set(PCIE_LANES))
    };
    fn nvmlDeviceGetPcieThroughput(device: DeviceHandle, _direction: c_uint, kilobytes_per_second: Out<c_uint>) |call| {
        kilobytes_per_second.set(call.gpu(device)?.scaled(PCIE_BUSY_KBPS))
    };
    fn nvmlDeviceGetPcieReplayCounter(device: DeviceHandle, count: Out<c_uint>) |call| {
        call.gpu(device).and_then(|_| count.set(0))
    };

    fn nvmlDeviceGetPersistenceMode(device: DeviceHandle, mode: Out<c_uint>) |call| {
        call.gpu(device).and_then(|_| mode.set(1))
    };
    fn nvmlDeviceGetComputeMode(device: DeviceHandle, mode: Out<c_uint>) |call| {
        call.gpu(device).and_then(|_| mode.set(0))
    };
    fn nvmlDeviceGetDisplayMode(device: DeviceHandle, mode: Out<c_uint>) |call| {
        call.gpu(device).and_then(|_| mode.set(0))
    };
    fn nvmlDeviceGetDisplayActive(device: DeviceHandle, active: Out<c_uint>) |call| {
        call.gpu(device).and_then(|_| active.set(0))
    };
    fn nvmlDeviceGetVirtualizationMode(device: DeviceHandle, mode: Out<c_uint>) |call| {
        mode.set(if call.gpu(device)?.gpu().model == Model::Vgpu { GUEST } else { BARE_METAL })
    };
    fn nvmlDeviceGetMultiGpuBoard(device: DeviceHandle, several: Out<c_uint>) |call| {
        call.gpu(device).and_then(|_| several.set(0))
    };
    fn nvmlDeviceGetBoardId(device: DeviceHandle, board: Out<c_uint>) |call| {
        board.set(call.gpu(device)?.node.live.index)
    };
    fn nvmlDeviceGetNumGpuCores(device: DeviceHandle, cores: Out<c_uint>) |call| {
        cores.set(call.gpu(device)?.gpu().model.preset().cores)
    };
    fn nvmlDeviceGetVbiosVersion(device: DeviceHandle, version: TextOut, length: c_uint) |call| {
        call.gpu(device).and_then(|_| version.set("96.00.61.00.01", length))
    };
}

/// Rejects a GPU whose memory has no error correction.
fn require_ecc(call: &Call, device: DeviceHandle) -> Result<(), NvmlError> {
    if call.gpu(device)?.gpu().model.preset().ecc { Ok(()) } else { Err(NvmlError::NotSupported) }
}
