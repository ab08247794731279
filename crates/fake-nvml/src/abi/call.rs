//! What every call has in common: sessions, handles, hangs and errors.

use crate::driver::{DRIVER, DeviceHandle, LiveGpu, Node, World};
use crate::nvml_error::NvmlError;
use crate::script::Gpu;
use crate::time::UnixTime;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

/// Turns a result into a return code. A panic is an unknown error, and never reaches the caller.
pub(super) fn answer(body: impl FnOnce() -> Result<(), NvmlError>) -> u32 {
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

/// A device at the instant of a call.
pub(super) struct Device {
    pub(super) node: Node,
    pub(super) at: UnixTime,
}

impl Call {
    pub(super) const fn of(function: &'static str) -> Self {
        Self { function }
    }

    /// The GPUs, for a program that has initialised the library.
    pub(super) fn world(&self) -> Result<Arc<World>, NvmlError> {
        DRIVER.world(UnixTime::now())
    }

    /// The device of a handle, whole or an instance, after it has hung for as long as the script says.
    pub(super) fn device(&self, handle: DeviceHandle) -> Result<Device, NvmlError> {
        let device = Self::present(handle)?;
        let gpu = device.gpu();
        let millis = gpu.hang_of(self.function).unwrap_or_default().saturating_add(gpu.hang_ms);
        let device = if millis > 0 {
            thread::sleep(Duration::from_millis(millis));
            Self::present(handle)?
        } else {
            device
        };
        self.refusal(device.gpu()).map_or(Ok(device), Err)
    }

    /// The GPU of a handle; an instance has none of its own.
    pub(super) fn gpu(&self, handle: DeviceHandle) -> Result<Device, NvmlError> {
        let device = self.device(handle)?;
        if device.node.instance.is_some() { Err(NvmlError::NotSupported) } else { Ok(device) }
    }

    /// The GPU that a program has looked up by something other than a handle. Only the function's own hang applies.
    pub(super) fn found(&self, live: &LiveGpu) -> Result<DeviceHandle, NvmlError> {
        if let Some(millis) = live.gpu.hang_of(self.function) {
            thread::sleep(Duration::from_millis(millis));
        }
        self.refusal(&live.gpu).map_or(Ok(live.handle), Err)
    }

    fn present(handle: DeviceHandle) -> Result<Device, NvmlError> {
        let at = UnixTime::now();
        match DRIVER.world(at)?.node(handle) {
            Some(node) => Ok(Device { node: node.clone(), at }),
            None if DRIVER.knows(handle) => Err(NvmlError::GpuIsLost),
            None => Err(NvmlError::InvalidArgument),
        }
    }

    fn refusal(&self, gpu: &Gpu) -> Option<NvmlError> {
        if gpu.lost { Some(NvmlError::GpuIsLost) } else { gpu.error_of(self.function) }
    }
}

impl Device {
    pub(super) fn gpu(&self) -> &Gpu {
        &self.node.live.gpu
    }

    pub(super) fn uuid(&self) -> String {
        self.node
            .instance
            .map_or_else(|| self.gpu().uuid.clone(), |instance| self.gpu().mig_uuid(instance))
    }

    pub(super) fn name(&self) -> String {
        let name = &self.gpu().name;
        if self.node.instance.is_none() {
            return name.clone();
        }
        format!("{name} MIG 1g.{}gb", self.memory_bytes().0 / 1_000_000_000)
    }
}
