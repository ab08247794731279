//! The macro that declares C functions.

/// Declares C functions that return `nvmlReturn_t`: `fn name(arguments) |call| body`. The body is a
/// `Result<(), NvmlError>`, and `call` knows the function's name. Panics do not reach the caller.
macro_rules! exports {
    ($($(#[$meta:meta])* fn $name:ident($($argument:ident: $type:ty),* $(,)?) |$call:ident| $body:expr;)*) => {
        $(
            $(#[$meta])*
            #[allow(non_snake_case, reason = "the name is NVML's")]
            #[allow(unsafe_code, reason = "exported under its own name, as C requires")]
            // SAFETY: only this library defines NVML's names, each once, and with NVML's own arguments.
            #[unsafe(no_mangle)]
            extern "C" fn $name($($argument: $type),*) -> u32 {
                let $call = crate::abi::call::Call::new(stringify!($name));
                crate::abi::call::return_code(|| $body)
            }
        )*

        /// The functions above.
        #[cfg(test)]
        pub(super) const NAMES: &[&str] = &[$(stringify!($name)),*];
    };
}
pub(super) use exports;
