//! Initialisation, shutdown, and the versions of the system.

use super::exports::exports;
use super::pointers::{Out, TextOut};
use crate::driver::DRIVER;
use crate::nvml_error::NvmlError;
use std::ffi::{c_char, c_int, c_uint};

exports! {
    fn nvmlInit() |_call| DRIVER.init();
    fn nvmlInit_v2() |_call| DRIVER.init();
    fn nvmlInitWithFlags(_flags: c_uint) |_call| DRIVER.init();
    fn nvmlShutdown() |_call| DRIVER.shut_down();

    fn nvmlSystemGetDriverVersion(version: TextOut, length: c_uint) |call| {
        version.set(&call.world()?.driver_version, length)
    };
    fn nvmlSystemGetNVMLVersion(version: TextOut, length: c_uint) |call| {
        let world = call.world()?;
        version.set(&format!("{}.{}", world.cuda_number / 1_000, world.driver_version), length)
    };
    fn nvmlSystemGetCudaDriverVersion(version: Out<c_int>) |call| version.set(call.world()?.cuda_number);
    fn nvmlSystemGetCudaDriverVersion_v2(version: Out<c_int>) |call| version.set(call.world()?.cuda_number);
    fn nvmlUnitGetCount(count: Out<c_uint>) |call| call.world().and_then(|_| count.set(0));
}

/// The message of a return code. It is available before `nvmlInit`, too.
#[allow(non_snake_case, reason = "the name is NVML's")]
#[allow(unsafe_code, reason = "exported under its own name, as C requires")]
// SAFETY: only this library defines the name, and with NVML's own arguments.
#[unsafe(no_mangle)]
extern "C" fn nvmlErrorString(code: c_uint) -> *const c_char {
    NvmlError::message(code).as_ptr()
}
