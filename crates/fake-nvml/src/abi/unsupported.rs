//! Functions that a driver of these years has and no GPU here supports, so that they are refused rather than missing.
//!
//! What follows the handle among the arguments is left alone, and therefore not declared.

use super::call::Call;
use super::exports;
use crate::driver::DeviceHandle;
use crate::nvml_error::NvmlError;

exports! {
    fn nvmlDeviceGetAccountingMode(device: DeviceHandle) |call| refuse(&call, device);
    fn nvmlDeviceGetAdaptiveClockInfoStatus(device: DeviceHandle) |call| refuse(&call, device);
    fn nvmlDeviceGetAutoBoostedClocksEnabled(device: DeviceHandle) |call| refuse(&call, device);
    fn nvmlDeviceGetBoardPartNumber(device: DeviceHandle) |call| refuse(&call, device);
    fn nvmlDeviceGetBridgeChipInfo(device: DeviceHandle) |call| refuse(&call, device);
    fn nvmlDeviceGetBusType(device: DeviceHandle) |call| refuse(&call, device);
    fn nvmlDeviceGetDriverModel(device: DeviceHandle) |call| refuse(&call, device);
    fn nvmlDeviceGetDriverModel_v2(device: DeviceHandle) |call| refuse(&call, device);
    fn nvmlDeviceGetEncoderSessions(device: DeviceHandle) |call| refuse(&call, device);
    fn nvmlDeviceGetEncoderStats(device: DeviceHandle) |call| refuse(&call, device);
    fn nvmlDeviceGetFBCSessions(device: DeviceHandle) |call| refuse(&call, device);
    fn nvmlDeviceGetFBCStats(device: DeviceHandle) |call| refuse(&call, device);
    fn nvmlDeviceGetGpuOperationMode(device: DeviceHandle) |call| refuse(&call, device);
    fn nvmlDeviceGetGspFirmwareMode(device: DeviceHandle) |call| refuse(&call, device);
    fn nvmlDeviceGetGspFirmwareVersion(device: DeviceHandle) |call| refuse(&call, device);
    fn nvmlDeviceGetHostVgpuMode(device: DeviceHandle) |call| refuse(&call, device);
    fn nvmlDeviceGetInforomImageVersion(device: DeviceHandle) |call| refuse(&call, device);
    fn nvmlDeviceGetInforomVersion(device: DeviceHandle) |call| refuse(&call, device);
    fn nvmlDeviceGetIrqNum(device: DeviceHandle) |call| refuse(&call, device);
    fn nvmlDeviceGetJpgUtilization(device: DeviceHandle) |call| refuse(&call, device);
    fn nvmlDeviceGetMemoryBusWidth(device: DeviceHandle) |call| refuse(&call, device);
    fn nvmlDeviceGetNvLinkCapability(device: DeviceHandle) |call| refuse(&call, device);
    fn nvmlDeviceGetNvLinkErrorCounter(device: DeviceHandle) |call| refuse(&call, device);
    fn nvmlDeviceGetNvLinkRemotePciInfo_v2(device: DeviceHandle) |call| refuse(&call, device);
    fn nvmlDeviceGetNvLinkState(device: DeviceHandle) |call| refuse(&call, device);
    fn nvmlDeviceGetNvLinkVersion(device: DeviceHandle) |call| refuse(&call, device);
    fn nvmlDeviceGetOfaUtilization(device: DeviceHandle) |call| refuse(&call, device);
    fn nvmlDeviceGetPcieLinkMaxSpeed(device: DeviceHandle) |call| refuse(&call, device);
    fn nvmlDeviceGetPcieSpeed(device: DeviceHandle) |call| refuse(&call, device);
    fn nvmlDeviceGetPowerSource(device: DeviceHandle) |call| refuse(&call, device);
    fn nvmlDeviceGetRemappedRows(device: DeviceHandle) |call| refuse(&call, device);
    fn nvmlDeviceGetRetiredPages(device: DeviceHandle) |call| refuse(&call, device);
    fn nvmlDeviceGetRetiredPages_v2(device: DeviceHandle) |call| refuse(&call, device);
    fn nvmlDeviceGetRetiredPagesPendingStatus(device: DeviceHandle) |call| refuse(&call, device);
    fn nvmlDeviceGetSupportedEventTypes(device: DeviceHandle) |call| refuse(&call, device);
    fn nvmlDeviceGetSupportedGraphicsClocks(device: DeviceHandle) |call| refuse(&call, device);
    fn nvmlDeviceGetSupportedMemoryClocks(device: DeviceHandle) |call| refuse(&call, device);
    fn nvmlDeviceGetViolationStatus(device: DeviceHandle) |call| refuse(&call, device);
}

fn refuse(call: &Call, device: DeviceHandle) -> Result<(), NvmlError> {
    call.device(device).and(Err(NvmlError::NotSupported))
}
