//! The C functions.
//!
//! Each is declared with `exports!`, which gives it its C name, keeps panics in, and puts it on the list of functions that a
//! script's `errors` and `hangs` may name.

mod board;
mod call;
mod identity;
mod mig;
mod pointers;
mod power;
mod processes;
mod samples;
mod session;
mod telemetry;
mod unsupported;
mod vitals;

use call::Call;
use pointers::{Array, Out, TextIn, TextOut};

/// Declares C functions that return `nvmlReturn_t`: `fn name(arguments) |call| body`, where the body is a
/// `Result<(), NvmlError>` and `call` knows the function's name.
macro_rules! exports {
    ($($(#[$meta:meta])* fn $name:ident($($argument:ident: $type:ty),* $(,)?) |$call:ident| $body:expr;)*) => {
        $(
            $(#[$meta])*
            #[allow(non_snake_case, reason = "NVML's own name")]
            #[allow(unsafe_code, reason = "exported under its own name, as C wants it")]
            // SAFETY: only this library defines NVML's names, each once, and with NVML's own arguments.
            #[unsafe(no_mangle)]
            extern "C" fn $name($($argument: $type),*) -> u32 {
                let $call = crate::abi::Call::of(stringify!($name));
                crate::abi::call::answer(|| $body)
            }
        )*

        /// The functions above.
        pub(super) const NAMES: &[&str] = &[$(stringify!($name)),*];
    };
}
use exports;

/// The functions of all files, by file.
const FUNCTIONS: [&[&str]; 9] = [
    session::NAMES,
    identity::NAMES,
    power::NAMES,
    telemetry::NAMES,
    board::NAMES,
    mig::NAMES,
    processes::NAMES,
    samples::NAMES,
    unsupported::NAMES,
];

/// Whether a function of a device has this name, with or without the version at its end.
pub(crate) fn serves(function: &str) -> bool {
    FUNCTIONS.into_iter().flatten().filter(|name| name.starts_with("nvmlDevice")).any(|name| {
        *name == function
            || crate::script::unversioned(name).is_some_and(|unversioned| unversioned == function)
    })
}

/// `NVML_STRUCT_VERSION`: a structure's size with its version above.
fn version_of<T>(version: u32) -> u32 {
    u32::try_from(size_of::<T>()).unwrap_or_default() | (version << 24)
}
