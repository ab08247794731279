//! The MIG instances of a GPU. They have memory and processes of their own, but neither power nor energy.

use super::call::Call;
use super::device::MIB;
use super::exports::exports;
use super::pointers::Out;
use crate::driver::DeviceHandle;
use crate::nvml_error::NvmlError;
use nvml_wrapper_sys::bindings::nvmlDeviceAttributes_t;
use std::ffi::c_uint;

exports! {
    fn nvmlDeviceGetMigMode(device: DeviceHandle, current: Out<c_uint>, pending: Out<c_uint>) |call| {
        let device = call.gpu(device)?;
        if device.gpu().model.preset().mig_instances == 0 {
            return Err(NvmlError::NotSupported);
        }
        let mode = c_uint::from(device.gpu().mig > 0);
        current.set(mode)?;
        pending.set(mode)
    };
    fn nvmlDeviceGetMaxMigDeviceCount(device: DeviceHandle, count: Out<c_uint>) |call| {
        let device = call.gpu(device)?;
        count.set(if device.gpu().mig > 0 { device.gpu().model.preset().mig_instances } else { 0 })
    };
    fn nvmlDeviceGetMigDeviceHandleByIndex(device: DeviceHandle, index: c_uint, instance: Out<DeviceHandle>) |call| {
        let device = call.gpu(device)?;
        let found = usize::try_from(index).ok().and_then(|index| device.node.live.instances.get(index).copied());
        instance.set(found.ok_or(NvmlError::NotFound)?)
    };
    fn nvmlDeviceIsMigDeviceHandle(device: DeviceHandle, is_instance: Out<c_uint>) |call| {
        is_instance.set(c_uint::from(call.device(device)?.node.instance.is_some()))
    };
    fn nvmlDeviceGetDeviceHandleFromMigDeviceHandle(instance: DeviceHandle, device: Out<DeviceHandle>) |call| {
        let instance = call.device(instance)?;
        instance.node.instance.ok_or(NvmlError::InvalidArgument)?;
        device.set(instance.node.live.handle)
    };
    fn nvmlDeviceGetGpuInstanceId(device: DeviceHandle, id: Out<c_uint>) |call| {
        id.set(instance_id(call.device(device)?.node.instance.ok_or(NvmlError::NotSupported)?))
    };
    fn nvmlDeviceGetComputeInstanceId(device: DeviceHandle, id: Out<c_uint>) |call| {
        call.device(device)?.node.instance.ok_or(NvmlError::NotSupported)?;
        id.set(0)
    };
    fn nvmlDeviceGetAttributes(device: DeviceHandle, attributes: Out<nvmlDeviceAttributes_t>) |call| {
        instance_attributes(&call, device, &attributes)
    };
    fn nvmlDeviceGetAttributes_v2(device: DeviceHandle, attributes: Out<nvmlDeviceAttributes_t>) |call| {
        instance_attributes(&call, device, &attributes)
    };
}

/// The GPU instance id of a MIG instance; 0 is the whole GPU.
pub(super) fn instance_id(instance: u32) -> u32 {
    instance.saturating_add(1)
}

fn instance_attributes(
    call: &Call,
    device: DeviceHandle,
    attributes: &Out<nvmlDeviceAttributes_t>,
) -> Result<(), NvmlError> {
    let device = call.device(device)?;
    let instance = device.node.instance.ok_or(NvmlError::NotSupported)?;
    let slices = device.gpu().slices_of(instance);
    attributes.set(nvmlDeviceAttributes_t {
        multiprocessorCount: slices.saturating_mul(16),
        sharedCopyEngineCount: 1,
        sharedDecoderCount: 0,
        sharedEncoderCount: 0,
        sharedJpegCount: 0,
        sharedOfaCount: 0,
        gpuInstanceSliceCount: slices,
        computeInstanceSliceCount: slices,
        memorySizeMB: device.memory().total_bytes / MIB,
    })
}
