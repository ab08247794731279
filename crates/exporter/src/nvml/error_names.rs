//! NVML's own names of its errors.

/// The name of an error, as `nvmlErrorString` returns it, by its code (NVML API reference, `nvmlReturn_t`).
pub(super) const fn name(code: u32) -> &'static str {
    match code {
        1 => "Uninitialized",
        2 => "Invalid Argument",
        3 => "Not Supported",
        4 => "Insufficient Permissions",
        5 => "Already Initialized",
        6 => "Not Found",
        7 => "Insufficient Size",
        8 => "Insufficient External Power",
        9 => "Driver Not Loaded",
        10 => "Timeout",
        11 => "Interrupt Request Issue",
        12 => "NVML Shared Library Not Found",
        13 => "Function Not Found",
        14 => "Corrupted infoROM",
        15 => "GPU is lost",
        16 => "GPU requires reset",
        17 => "The operating system has blocked the request",
        18 => "RM has detected an NVML/RM version mismatch",
        19 => "In use by another client",
        20 => "Insufficient Memory",
        21 => "No data",
        22 => {
            "The requested vgpu operation is not available on target device, because ECC is enabled"
        }
        23 => "Insufficient Resources",
        24 => "The requested frequency is not supported",
        25 => "Argument version mismatch",
        26 => "Deprecated",
        27 => "The system is not ready",
        28 => "No GPUs were found",
        29 => "Resource not in correct state to perform requested operation",
        30 => "Reset type not supported",
        _ => "Unknown Error",
    }
}
