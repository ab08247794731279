//! The GPUs and their identities.

use super::call::Call;
use super::exports::exports;
use super::pointers::{Out, TextIn, TextOut};
use crate::driver::{DeviceHandle, LiveGpu};
use crate::nvml_error::NvmlError;
use crate::pci::PciBusId;
use crate::script::Gpu;
use nvml_wrapper_sys::bindings::nvmlPciInfo_t;
use std::ffi::{c_char, c_int, c_uint};
use std::thread;
use std::time::Duration;

exports! {
    fn nvmlDeviceGetCount(count: Out<c_uint>) |call| device_count(&call, &count);
    fn nvmlDeviceGetCount_v2(count: Out<c_uint>) |call| device_count(&call, &count);

    fn nvmlDeviceGetHandleByIndex(index: c_uint, device: Out<DeviceHandle>) |call| {
        find(&call, &device, NvmlError::InvalidArgument, |live| live.index == index)
    };
    fn nvmlDeviceGetHandleByIndex_v2(index: c_uint, device: Out<DeviceHandle>) |call| {
        find(&call, &device, NvmlError::InvalidArgument, |live| live.index == index)
    };
    fn nvmlDeviceGetHandleByUUID(uuid: TextIn, device: Out<DeviceHandle>) |call| {
        let uuid = uuid.get()?;
        match instance_of(&call, &uuid)? {
            Some(instance) => device.set(instance),
            None => find(&call, &device, NvmlError::NotFound, |live| live.gpu.uuid == uuid),
        }
    };
    fn nvmlDeviceGetHandleBySerial(serial: TextIn, device: Out<DeviceHandle>) |call| {
        let serial = serial.get()?;
        find(&call, &device, NvmlError::NotFound, |live| live.gpu.serial == serial)
    };
    fn nvmlDeviceGetHandleByPciBusId(bus_id: TextIn, device: Out<DeviceHandle>) |call| find_by_bus_id(&call, &device, &bus_id);
    fn nvmlDeviceGetHandleByPciBusId_v2(bus_id: TextIn, device: Out<DeviceHandle>) |call| find_by_bus_id(&call, &device, &bus_id);

    fn nvmlDeviceGetName(device: DeviceHandle, name: TextOut, length: c_uint) |call| {
        name.set(&call.device(device)?.name(), length)
    };
    fn nvmlDeviceGetUUID(device: DeviceHandle, uuid: TextOut, length: c_uint) |call| {
        uuid.set(&call.device(device)?.uuid(), length)
    };
    fn nvmlDeviceGetSerial(device: DeviceHandle, serial: TextOut, length: c_uint) |call| {
        serial.set(&call.gpu(device)?.gpu().serial, length)
    };
    fn nvmlDeviceGetIndex(device: DeviceHandle, index: Out<c_uint>) |call| {
        let device = call.device(device)?;
        index.set(device.node.instance.unwrap_or(device.node.live.index))
    };
    fn nvmlDeviceGetMinorNumber(device: DeviceHandle, minor: Out<c_uint>) |call| {
        minor.set(call.gpu(device)?.node.live.index)
    };
    fn nvmlDeviceGetPciInfo(device: DeviceHandle, info: Out<nvmlPciInfo_t>) |call| pci_info(&call, device, &info);
    fn nvmlDeviceGetPciInfo_v2(device: DeviceHandle, info: Out<nvmlPciInfo_t>) |call| pci_info(&call, device, &info);
    fn nvmlDeviceGetPciInfo_v3(device: DeviceHandle, info: Out<nvmlPciInfo_t>) |call| pci_info(&call, device, &info);

    fn nvmlDeviceGetBrand(device: DeviceHandle, brand: Out<c_uint>) |call| {
        brand.set(call.device(device)?.gpu().model.preset().brand)
    };
    fn nvmlDeviceGetArchitecture(device: DeviceHandle, architecture: Out<c_uint>) |call| {
        architecture.set(call.device(device)?.gpu().model.preset().architecture)
    };
    fn nvmlDeviceGetCudaComputeCapability(device: DeviceHandle, major: Out<c_int>, minor: Out<c_int>) |call| {
        let capability = call.device(device)?.gpu().model.preset().compute_capability;
        major.set(capability.major)?;
        minor.set(capability.minor)
    };
}

fn device_count(call: &Call, count: &Out<c_uint>) -> Result<(), NvmlError> {
    let world = call.world()?;
    thread::sleep(Duration::from_millis(world.count_hang_ms));
    match world.refuse_count {
        Some(error) => Err(error),
        None => {
            let listed = c_uint::try_from(world.gpus.len()).unwrap_or(c_uint::MAX);
            count.set(world.count.unwrap_or(listed))
        }
    }
}

fn find(
    call: &Call,
    device: &Out<DeviceHandle>,
    not_found: NvmlError,
    matches: impl Fn(&LiveGpu) -> bool,
) -> Result<(), NvmlError> {
    let world = call.world()?;
    let live = world.gpus.iter().find(|live| matches(live)).ok_or(not_found)?;
    device.set(call.handle_of(live)?)
}

fn find_by_bus_id(
    call: &Call,
    device: &Out<DeviceHandle>,
    bus_id: &TextIn,
) -> Result<(), NvmlError> {
    let bus_id: PciBusId = bus_id.get()?.parse().map_err(|_| NvmlError::InvalidArgument)?;
    find(call, device, NvmlError::NotFound, |live| live.gpu.pci_bus_id == bus_id)
}

/// The handle of the MIG instance with this UUID, if there is one.
fn instance_of(call: &Call, uuid: &str) -> Result<Option<DeviceHandle>, NvmlError> {
    for live in &call.world()?.gpus {
        for (instance, handle) in (0..).zip(&live.instances) {
            if live.gpu.mig_uuid(instance) == uuid {
                return call.handle_of(live).map(|_| Some(*handle));
            }
        }
    }
    Ok(None)
}

fn pci_info(call: &Call, device: DeviceHandle, info: &Out<nvmlPciInfo_t>) -> Result<(), NvmlError> {
    let device = call.device(device)?;
    let Gpu { pci_bus_id: bus_id, model, .. } = device.gpu();
    info.set(nvmlPciInfo_t {
        busIdLegacy: characters(&bus_id.legacy()),
        domain: bus_id.domain,
        bus: bus_id.bus.into(),
        device: bus_id.device.into(),
        pciDeviceId: model.preset().pci_device_id,
        pciSubSystemId: model.preset().pci_device_id,
        busId: characters(&bus_id.to_string()),
    })
}

/// A short text as an array of C characters, filled up with zeros.
fn characters<const N: usize>(text: &str) -> [c_char; N] {
    let mut characters = [0; N];
    for (character, byte) in characters.iter_mut().zip(text.bytes().take(N - 1)) {
        *character = c_char::from_ne_bytes([byte]);
    }
    characters
}
