//! NVML's return codes.

use serde::{Deserialize, Serialize};
use std::ffi::CStr;

macro_rules! nvml_errors {
    ($($name:ident = $code:literal, $key:literal, $text:literal;)*) => {
        /// An NVML return code other than success. A script uses the name in lower case and without `NVML_ERROR_`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[non_exhaustive]
        pub enum NvmlError {
            $(#[doc = concat!("`NVML_ERROR_*` ", $code, ", in a script `", $key, "`: ", $text, ".")]
            #[serde(rename = $key)]
            $name = $code,)*
        }

        impl NvmlError {
            /// The return code.
            pub const fn code(self) -> u32 {
                self as u32
            }

            /// The message of `nvmlErrorString` for a code, including success.
            pub(crate) fn message(code: u32) -> &'static CStr {
                let text: &[u8] = match code {
                    0 => b"Success\0",
                    $($code => concat!($text, "\0").as_bytes(),)*
                    _ => b"Unknown Error\0",
                };
                CStr::from_bytes_with_nul(text).unwrap_or(c"Unknown Error")
            }
        }
    };
}

nvml_errors! {
    Uninitialized = 1, "uninitialized", "Uninitialized";
    InvalidArgument = 2, "invalid_argument", "Invalid Argument";
    NotSupported = 3, "not_supported", "Not Supported";
    NoPermission = 4, "no_permission", "Insufficient Permissions";
    AlreadyInitialized = 5, "already_initialized", "Already Initialized";
    NotFound = 6, "not_found", "Not Found";
    InsufficientSize = 7, "insufficient_size", "Insufficient Size";
    InsufficientPower = 8, "insufficient_power", "Insufficient External Power";
    DriverNotLoaded = 9, "driver_not_loaded", "Driver Not Loaded";
    Timeout = 10, "timeout", "Timeout";
    IrqIssue = 11, "irq_issue", "Interrupt Request Issue";
    LibraryNotFound = 12, "library_not_found", "NVML Shared Library Not Found";
    FunctionNotFound = 13, "function_not_found", "Function Not Found";
    CorruptedInforom = 14, "corrupted_inforom", "Corrupted infoROM";
    GpuIsLost = 15, "gpu_is_lost", "GPU is lost";
    ResetRequired = 16, "reset_required", "GPU requires reset";
    OperatingSystem = 17, "operating_system", "The operating system has blocked the request";
    LibRmVersionMismatch = 18, "lib_rm_version_mismatch", "RM has detected an NVML/RM version mismatch";
    InUse = 19, "in_use", "In use by another client";
    Memory = 20, "memory", "Insufficient Memory";
    NoData = 21, "no_data", "No data";
    VgpuEccNotSupported = 22, "vgpu_ecc_not_supported", "The requested vgpu operation is not available on target device, because ECC is enabled";
    InsufficientResources = 23, "insufficient_resources", "Insufficient Resources";
    FreqNotSupported = 24, "freq_not_supported", "The requested frequency is not supported";
    ArgumentVersionMismatch = 25, "argument_version_mismatch", "Argument version mismatch";
    Deprecated = 26, "deprecated", "Deprecated";
    NotReady = 27, "not_ready", "The system is not ready";
    GpuNotFound = 28, "gpu_not_found", "No GPUs were found";
    InvalidState = 29, "invalid_state", "Resource not in correct state to perform requested operation";
    ResetTypeNotSupported = 30, "reset_type_not_supported", "Reset type not supported";
    Unknown = 999, "unknown", "Unknown Error";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_have_messages() {
        assert_eq!(NvmlError::message(0), c"Success");
        assert_eq!(NvmlError::message(NvmlError::GpuIsLost.code()), c"GPU is lost");
        assert_eq!(NvmlError::message(12_345), c"Unknown Error");
    }
}
