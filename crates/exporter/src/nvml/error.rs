//! Errors of calls to the driver.

use std::fmt;

use nvml_wrapper::error::NvmlError;

use super::error_names;

/// The kind of error of a number that cannot be true.
pub const IMPLAUSIBLE: &str = "implausible";

/// The kind of error of a GPU that does not have what was asked for.
pub const NOT_SUPPORTED: &str = "not_supported";

/// The kind of error of a library that cannot be loaded, or is not NVML's.
pub(super) const LIBRARY_NOT_FOUND: &str = "library_not_found";

/// The kind of error of a driver that does not have what was asked for.
const FUNCTION_NOT_FOUND: &str = "function_not_found";

/// An error of a call to the driver.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DriverError {
    /// The kind, one of a small fixed set, for the `error` label.
    pub kind: &'static str,
    /// The part of the driver that cannot be used any more.
    pub scope: ErrorScope,
    /// The driver's message.
    pub reason: String,
}

/// The part of the driver that an error concerns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorScope {
    /// One call; the next may succeed.
    Call,
    /// The GPU, which fell off the bus or needs a reset: no call will succeed until an operator acts, and then
    /// perhaps only after the library is initialized again.
    Gpu,
    /// The library: the driver was unloaded or replaced, and must be loaded again.
    Library,
    /// The order of the GPUs: all must be looked up again.
    Order,
}

impl DriverError {
    /// True if the GPU, or its driver, does not have what was asked for.
    #[must_use]
    pub fn is_unsupported(&self) -> bool {
        [NOT_SUPPORTED, FUNCTION_NOT_FOUND].contains(&self.kind)
    }
}

impl From<NvmlError> for DriverError {
    fn from(error: NvmlError) -> DriverError {
        let (kind, scope) = match error {
            NvmlError::NotSupported => (NOT_SUPPORTED, ErrorScope::Call),
            NvmlError::FailedToLoadSymbol(_) | NvmlError::FunctionNotFound => {
                (FUNCTION_NOT_FOUND, ErrorScope::Call)
            }
            NvmlError::NoPermission => ("no_permission", ErrorScope::Call),
            NvmlError::InvalidArg => ("invalid_argument", ErrorScope::Call),
            NvmlError::NotFound => ("not_found", ErrorScope::Call),
            NvmlError::InsufficientPower => ("insufficient_power", ErrorScope::Call),
            NvmlError::Timeout => ("driver_timeout", ErrorScope::Call),
            NvmlError::IrqIssue => ("irq_issue", ErrorScope::Call),
            NvmlError::CorruptedInfoROM => ("corrupted_inforom", ErrorScope::Call),
            NvmlError::OperatingSystem => ("operating_system", ErrorScope::Call),
            NvmlError::InUse => ("in_use", ErrorScope::Call),
            NvmlError::InsufficientMemory => ("insufficient_memory", ErrorScope::Call),
            NvmlError::NoData => ("no_data", ErrorScope::Call),
            NvmlError::Unknown => ("unknown", ErrorScope::Call),
            NvmlError::GpuLost => ("gpu_lost", ErrorScope::Gpu),
            NvmlError::ResetRequired => ("reset_required", ErrorScope::Gpu),
            NvmlError::Uninitialized => ("uninitialized", ErrorScope::Library),
            NvmlError::DriverNotLoaded => ("driver_not_loaded", ErrorScope::Library),
            NvmlError::LibRmVersionMismatch => ("version_mismatch", ErrorScope::Library),
            NvmlError::LibraryNotFound | NvmlError::LibloadingError(_) => {
                (LIBRARY_NOT_FOUND, ErrorScope::Library)
            }
            _ => ("other", ErrorScope::Call),
        };
        let reason = match &error {
            NvmlError::LibloadingError(cause) => cause.to_string(),
            error => error.to_string(),
        };
        let reason = match name_and_code(error) {
            Some((name, code)) => format!("{name} ({code}): {reason}"),
            None => reason,
        };
        DriverError { kind, scope, reason }
    }
}

impl fmt::Display for DriverError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}

/// The name of NVML's own for an error, and its code. `None` for errors that are not NVML's.
fn name_and_code(error: NvmlError) -> Option<(&'static str, u32)> {
    let is_of_nvml = !matches!(
        error,
        NvmlError::Utf8Error(_)
            | NvmlError::NulError(_)
            | NvmlError::LibloadingError(_)
            | NvmlError::FailedToLoadSymbol(_)
            | NvmlError::StringTooLong { .. }
            | NvmlError::IncorrectBits(_)
            | NvmlError::SetReleaseFailed
            | NvmlError::GetPciInfoFailed
            | NvmlError::PciInfoToCFailed
    );
    let code = is_of_nvml.then(|| u32::from(error))?;
    Some((error_names::name(code), code))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_has_nvmls_own_name_and_code() {
        let reason = |code: u32| DriverError::from(NvmlError::from(code)).reason;
        assert_eq!(reason(999), "Unknown Error (999): an internal driver error occurred");
        assert!(reason(10).starts_with("Timeout (10): "), "{}", reason(10));
        assert!(reason(27).starts_with("The system is not ready (27): "), "{}", reason(27));
        let missing = NvmlError::FailedToLoadSymbol("nvmlX".to_owned());
        assert_eq!(DriverError::from(missing).reason, "function symbol failed to load: nvmlX");
    }
}
