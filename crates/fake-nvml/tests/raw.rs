//! The C functions with arguments that the wrapper never passes: without a session, with null, and with short buffers.
#![allow(clippy::unwrap_used, reason = "this is a test")]
#![allow(unsafe_code, reason = "C functions are called")]

mod common;

use common::Fake;
use fake_nvml::{Gpu, Model, NvmlError, Process, Script, built_library};
use nvml_wrapper_sys::bindings::{
    NvmlLib, nvmlDevice_t, nvmlFieldValue_t, nvmlMemory_v2_t, nvmlProcessInfo_t, nvmlSample_t,
    nvmlTemperature_v1_t,
};
use std::ffi::{CStr, c_char};
use std::mem::zeroed;
use std::ptr::null_mut;

const NONE: *mut u32 = null_mut();

fn load() -> NvmlLib {
    // SAFETY: this project's own library, which has no initialisers.
    unsafe { NvmlLib::new(built_library().unwrap()) }.unwrap()
}

fn script() -> Script {
    let process = |pid| Process { memory_mib: 64, name: "train".into(), ..Process::new(pid, 30) };
    Script::new(vec![Gpu {
        power: "constant 100".parse().unwrap(),
        module_power: "constant 900".parse().ok(),
        processes: vec![process(11), process(12)],
        ..Gpu::preset(Model::Gh200, 0)
    }])
}

/// Starts a session, and returns the handle of the first GPU.
fn first(lib: &NvmlLib) -> nvmlDevice_t {
    let mut device = null_mut();
    // SAFETY: the result is written to this function's variable.
    unsafe {
        assert_eq!(lib.nvmlInit_v2(), 0);
        assert_eq!(lib.nvmlDeviceGetHandleByIndex_v2(0, &raw mut device), 0);
    }
    device
}

#[test]
fn calls_outside_a_session_fail() {
    Fake::run("calls_outside_a_session_fail", &script(), |_| {
        let lib = load();
        let (mut count, mut power) = (7, 7);
        // SAFETY: results are written to this function's variables.
        unsafe {
            assert_eq!(lib.nvmlDeviceGetCount_v2(&raw mut count), NvmlError::Uninitialized.code());
            assert_eq!(lib.nvmlShutdown(), NvmlError::Uninitialized.code());
            assert_eq!(CStr::from_ptr(lib.nvmlErrorString(1)), c"Uninitialized");
            let device = first(&lib);
            assert_eq!((lib.nvmlInit_v2(), lib.nvmlShutdown()), (0, 0));
            assert_eq!(
                lib.nvmlDeviceGetPowerUsage(device, &raw mut power),
                0,
                "one of two sessions is left"
            );
            assert_eq!(lib.nvmlShutdown(), 0);
            assert_eq!(
                lib.nvmlDeviceGetPowerUsage(device, &raw mut power),
                NvmlError::Uninitialized.code()
            );
        }
        assert_eq!((count, power), (7, 100_000));
    });
}

#[test]
fn null_and_unknown_handles_are_rejected() {
    Fake::run("null_and_unknown_handles_are_rejected", &script(), |_| {
        let lib = load();
        let device = first(&lib);
        let (mut power, rejected) = (7, NvmlError::InvalidArgument.code());
        // SAFETY: null is tested, and the library dereferences no handle.
        unsafe {
            assert_eq!(lib.nvmlDeviceGetCount_v2(NONE), rejected);
            assert_eq!(lib.nvmlDeviceGetPowerUsage(device, NONE), rejected);
            assert_eq!(lib.nvmlDeviceGetName(device, null_mut(), 96), rejected);
            assert_eq!(lib.nvmlDeviceGetFieldValues(device, 1, null_mut()), rejected);
            assert_eq!(lib.nvmlDeviceGetFieldValues(device, 0, null_mut()), rejected);
            assert_eq!(lib.nvmlDeviceGetHandleByUUID(std::ptr::null(), null_mut()), rejected);
            for unknown in [null_mut(), (&raw mut power).cast(), device.wrapping_byte_add(8)] {
                assert_eq!(lib.nvmlDeviceGetPowerUsage(unknown, &raw mut power), rejected);
            }
            let mut other = null_mut();
            assert_eq!(lib.nvmlDeviceGetHandleByIndex_v2(1, &raw mut other), rejected);
            assert_eq!(
                lib.nvmlDeviceGetHandleByUUID(c"GPU-0".as_ptr(), &raw mut other),
                NvmlError::NotFound.code()
            );
        }
    });
}

#[test]
fn short_buffers_are_reported() {
    Fake::run("short_buffers_are_reported", &script(), |_| {
        let lib = load();
        let device = first(&lib);
        let mut name = [b'x'.cast_signed(); 32];
        let mut write_name = |capacity| {
            // SAFETY: at most as long as the array.
            unsafe { lib.nvmlDeviceGetName(device, name.as_mut_ptr().cast::<c_char>(), capacity) }
        };
        let length = u32::try_from("NVIDIA GH200 480GB".len()).unwrap();
        assert_eq!(write_name(length), NvmlError::InsufficientSize.code());
        assert_eq!(write_name(0), NvmlError::InsufficientSize.code());
        assert_eq!(write_name(length + 1), 0);
        assert_eq!(name[18], 0);
        assert_eq!(name[19], b'x'.cast_signed(), "the byte after the text is unchanged");

        let mut count = 0;
        // SAFETY: the array is as long as its count says, or null.
        unsafe {
            let list = |count: *mut u32, to| {
                lib.nvmlDeviceGetComputeRunningProcesses_v3(device, count, to)
            };
            assert_eq!(list(&raw mut count, null_mut()), NvmlError::InsufficientSize.code());
            assert_eq!(count, 2);
            let mut processes: [nvmlProcessInfo_t; 3] = zeroed();
            count = 1;
            assert_eq!(
                list(&raw mut count, processes.as_mut_ptr()),
                NvmlError::InsufficientSize.code()
            );
            count = 3;
            assert_eq!(list(&raw mut count, processes.as_mut_ptr()), 0);
            assert_eq!(
                (count, processes[0].pid, processes[1].pid, processes[2].pid),
                (2, 11, 12, 0)
            );
            assert_eq!(
                (processes[0].usedGpuMemory, processes[0].gpuInstanceId),
                (64 << 20, u32::MAX)
            );
        }
    });
}

#[test]
fn structures_have_versions() {
    Fake::run("structures_have_versions", &script(), |_| {
        let lib = load();
        let device = first(&lib);
        let size = |bytes: usize| u32::try_from(bytes).unwrap();
        // SAFETY: zeros are valid for all of these, and results are written to this function's variables.
        unsafe {
            let mut memory: nvmlMemory_v2_t = zeroed();
            let read =
                |memory: *mut nvmlMemory_v2_t| lib.nvmlDeviceGetMemoryInfo_v2(device, memory);
            assert_eq!(read(&raw mut memory), NvmlError::ArgumentVersionMismatch.code());
            memory.version = size(size_of::<nvmlMemory_v2_t>()) | 2 << 24;
            assert_eq!(read(&raw mut memory), 0);
            assert_eq!((memory.used, memory.used + memory.free), (128 << 20, memory.total));

            let mut temperature: nvmlTemperature_v1_t = zeroed();
            temperature.version = size(size_of::<nvmlTemperature_v1_t>()) | 1 << 24;
            assert_eq!(lib.nvmlDeviceGetTemperatureV(device, &raw mut temperature), 0);
            assert!((30..80).contains(&temperature.temperature));

            let mut module: nvmlFieldValue_t = zeroed();
            (module.fieldId, module.scopeId) = (186, 1);
            assert_eq!(lib.nvmlDeviceGetFieldValues(device, 1, &raw mut module), 0);
            assert_eq!((module.nvmlReturn, module.value.uiVal), (0, 900_000));
        }
    });
}

#[test]
fn processes_are_sampled_and_named() {
    Fake::run("processes_are_sampled_and_named", &script(), |_| {
        let lib = load();
        let device = first(&lib);
        // SAFETY: as above.
        unsafe {
            let mut samples: [_; 2] = zeroed();
            let mut count = 2;
            let sampled = lib.nvmlDeviceGetProcessUtilization(
                device,
                samples.as_mut_ptr(),
                &raw mut count,
                0,
            );
            assert_eq!((sampled, count, samples[1].pid, samples[1].smUtil), (0, 2, 12, 30));
            let none = lib.nvmlDeviceGetProcessUtilization(
                device,
                samples.as_mut_ptr(),
                &raw mut count,
                u64::MAX,
            );
            assert_eq!(none, NvmlError::NotFound.code());
            let mut name = [1; 8];
            assert_eq!(lib.nvmlSystemGetProcessName(12, name.as_mut_ptr(), 8), 0);
            assert_eq!(CStr::from_ptr(name.as_ptr()), c"train");
            assert_eq!(
                lib.nvmlSystemGetProcessName(13, name.as_mut_ptr(), 8),
                NvmlError::NotFound.code()
            );
        }
    });
}

#[test]
fn recent_power_is_sampled() {
    Fake::run("recent_power_is_sampled", &script(), |_| {
        let lib = load();
        let device = first(&lib);
        // SAFETY: as above; the array is as long as the library says it must be.
        unsafe {
            let (mut kind, mut count) = (9, 0);
            let ask = |since, kind: *mut u32, count: *mut u32, list| {
                lib.nvmlDeviceGetSamples(device, 0, since, kind, count, list)
            };
            assert_eq!(ask(0, &raw mut kind, &raw mut count, null_mut()), 0);
            assert_eq!((kind, count), (1, 120));
            let mut samples: [nvmlSample_t; 120] = zeroed();
            assert_eq!(ask(0, &raw mut kind, &raw mut count, samples.as_mut_ptr()), 0);
            assert_eq!(samples[119].sampleValue.uiVal, 100_000);
            assert_eq!(samples[119].timeStamp - samples[0].timeStamp, 119 * 20_000);
            let none = ask(u64::MAX, &raw mut kind, &raw mut count, samples.as_mut_ptr());
            assert_eq!(none, NvmlError::NotFound.code());
        }
    });
}
