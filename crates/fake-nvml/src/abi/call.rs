//! A call of a C function: its session, its device, and the hangs and errors that the script sets for it.

use super::device::Device;
use crate::driver::{DRIVER, DeviceHandle, LiveGpu, World};
use crate::nvml_error::NvmlError;
use crate::script::Gpu;
use crate::time::UnixTime;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::Duration;

/// The return code of a result. A panic becomes an unknown error, and never reaches the caller.
pub(super) fn return_code(body: impl FnOnce() -> Result<(), NvmlError>) -> u32 {
    match catch_unwind(AssertUnwindSafe(body)) {
        Ok(Ok(())) => 0,
        Ok(Err(error)) => error.code(),
        Err(_) => NvmlError::Unknown.code(),
    }
}

/// One call of one function.
pub(super) struct Call {
    function: &'static str,
}

impl Call {
    /// A call of the function of this name.
    pub(super) const fn new(function: &'static str) -> Self {
        Self { function }
    }

    /// The GPUs, for a program that has initialised the library.
    pub(super) fn world(&self) -> Result<Arc<World>, NvmlError> {
        DRIVER.world(UnixTime::now())
    }

    /// The device of a handle, a GPU or a MIG instance, after it has hung for as long as the script says.
    pub(super) fn device(&self, handle: DeviceHandle) -> Result<Device, NvmlError> {
        let device = Self::device_now(handle)?;
        let gpu = device.gpu();
        let millis = gpu.hang_of(self.function).unwrap_or_default().saturating_add(gpu.hang_ms);
        let device = if millis > 0 {
            thread::sleep(Duration::from_millis(millis));
            Self::device_now(handle)?
        } else {
            device
        };
        if let Some(error) = self.scripted_error(device.gpu()) {
            return Err(error);
        }
        let calls = device.node.live.calls.fetch_add(1, Ordering::Relaxed);
        let one_in = device.gpu().answers_one_in;
        if calls % one_in == one_in - 1 { Ok(device) } else { Err(NvmlError::Unknown) }
    }

    /// The device of a handle, which must be a GPU and not a MIG instance.
    pub(super) fn gpu(&self, handle: DeviceHandle) -> Result<Device, NvmlError> {
        let device = self.device(handle)?;
        if device.node.instance.is_some() { Err(NvmlError::NotSupported) } else { Ok(device) }
    }

    /// The handle of a GPU that was looked up by something other than a handle. Only the hang of this function applies.
    pub(super) fn handle_of(&self, live: &LiveGpu) -> Result<DeviceHandle, NvmlError> {
        if let Some(millis) = live.gpu.hang_of(self.function) {
            thread::sleep(Duration::from_millis(millis));
        }
        self.scripted_error(&live.gpu).map_or(Ok(live.handle), Err)
    }

    fn device_now(handle: DeviceHandle) -> Result<Device, NvmlError> {
        let at = UnixTime::now();
        match DRIVER.world(at)?.node(handle) {
            Some(node) => Ok(Device { node: node.clone(), at }),
            None if DRIVER.knows(handle) => Err(NvmlError::GpuIsLost),
            None => Err(NvmlError::InvalidArgument),
        }
    }

    fn scripted_error(&self, gpu: &Gpu) -> Option<NvmlError> {
        let begun = DRIVER.begun_at().as_seconds();
        let is_lost = gpu.lost || gpu.lost_to_sessions_before.is_some_and(|time| begun < time);
        if is_lost { Some(NvmlError::GpuIsLost) } else { gpu.error_of(self.function) }
    }
}
