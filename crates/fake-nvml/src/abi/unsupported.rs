//! Functions of NVIDIA's driver that no GPU here supports: they return `NVML_ERROR_NOT_SUPPORTED` instead of being missing.
//!
//! The arguments after the handle are not used, and therefore not declared.

use super::call::Call;
use super::exports::exports;
use crate::driver::DeviceHandle;
use crate::nvml_error::NvmlError;

exports! {
    fn nvmlDeviceGetAccountingMode(device: DeviceHandle) |call| not_supported(&call, device);
    fn nvmlDeviceGetAdaptiveClockInfoStatus(device: DeviceHandle) |call| not_supported(&call, device);
    fn nvmlDeviceGetAutoBoostedClocksEnabled(device: DeviceHandle) |call| not_supported(&call, device);
    fn nvmlDeviceGetBoardPartNumber(device: DeviceHandle) |call| not_supported(&call, device);
    fn nvmlDeviceGetBridgeChipInfo(device: DeviceHandle) |call| not_supported(&call, device);
    fn nvmlDeviceGetBusType(device: DeviceHandle) |call| not_supported(&call, device);
    fn nvmlDeviceGetDriverModel(device: DeviceHandle) |call| not_supported(&call, device);
    fn nvmlDeviceGetDriverModel_v2(device: DeviceHandle) |call| not_supported(&call, device);
    fn nvmlDeviceGetEncoderSessions(device: DeviceHandle) |call| not_supported(&call, device);
    fn nvmlDeviceGetEncoderStats(device: DeviceHandle) |call| not_supported(&call, device);
    fn nvmlDeviceGetFBCSessions(device: DeviceHandle) |call| not_supported(&call, device);
    fn nvmlDeviceGetFBCStats(device: DeviceHandle) |call| not_supported(&call, device);
    fn nvmlDeviceGetGpuOperationMode(device: DeviceHandle) |call| not_supported(&call, device);
    fn nvmlDeviceGetGspFirmwareMode(device: DeviceHandle) |call| not_supported(&call, device);
    fn nvmlDeviceGetGspFirmwareVersion(device: DeviceHandle) |call| not_supported(&call, device);
    fn nvmlDeviceGetHostVgpuMode(device: DeviceHandle) |call| not_supported(&call, device);
    fn nvmlDeviceGetInforomImageVersion(device: DeviceHandle) |call| not_supported(&call, device);
    fn nvmlDeviceGetInforomVersion(device: DeviceHandle) |call| not_supported(&call, device);
    fn nvmlDeviceGetIrqNum(device: DeviceHandle) |call| not_supported(&call, device);
    fn nvmlDeviceGetJpgUtilization(device: DeviceHandle) |call| not_supported(&call, device);
    fn nvmlDeviceGetMemoryBusWidth(device: DeviceHandle) |call| not_supported(&call, device);
    fn nvmlDeviceGetNvLinkCapability(device: DeviceHandle) |call| not_supported(&call, device);
    fn nvmlDeviceGetNvLinkErrorCounter(device: DeviceHandle) |call| not_supported(&call, device);
    fn nvmlDeviceGetNvLinkRemotePciInfo_v2(device: DeviceHandle) |call| not_supported(&call, device);
    fn nvmlDeviceGetNvLinkState(device: DeviceHandle) |call| not_supported(&call, device);
    fn nvmlDeviceGetNvLinkVersion(device: DeviceHandle) |call| not_supported(&call, device);
    fn nvmlDeviceGetOfaUtilization(device: DeviceHandle) |call| not_supported(&call, device);
    fn nvmlDeviceGetPcieLinkMaxSpeed(device: DeviceHandle) |call| not_supported(&call, device);
    fn nvmlDeviceGetPcieSpeed(device: DeviceHandle) |call| not_supported(&call, device);
    fn nvmlDeviceGetPowerSource(device: DeviceHandle) |call| not_supported(&call, device);
    fn nvmlDeviceGetRemappedRows(device: DeviceHandle) |call| not_supported(&call, device);
    fn nvmlDeviceGetRetiredPages(device: DeviceHandle) |call| not_supported(&call, device);
    fn nvmlDeviceGetRetiredPages_v2(device: DeviceHandle) |call| not_supported(&call, device);
    fn nvmlDeviceGetRetiredPagesPendingStatus(device: DeviceHandle) |call| not_supported(&call, device);
    fn nvmlDeviceGetSupportedEventTypes(device: DeviceHandle) |call| not_supported(&call, device);
    fn nvmlDeviceGetSupportedGraphicsClocks(device: DeviceHandle) |call| not_supported(&call, device);
    fn nvmlDeviceGetSupportedMemoryClocks(device: DeviceHandle) |call| not_supported(&call, device);
    fn nvmlDeviceGetViolationStatus(device: DeviceHandle) |call| not_supported(&call, device);
}

fn not_supported(call: &Call, device: DeviceHandle) -> Result<(), NvmlError> {
    call.device(device).and(Err(NvmlError::NotSupported))
}
