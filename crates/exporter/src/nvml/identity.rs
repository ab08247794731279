//! The names of a GPU.

use std::sync::Arc;

use nvml_wrapper::error::NvmlError;

use super::error::DriverError;

/// The names of a GPU.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The UUID as NVML reports it, `GPU-` and 32 hexadecimal digits with dashes. It stays the same when the index
    /// changes. Empty if the driver has none, or one that is no text.
    pub uuid: Arc<str>,
    /// The model; empty if the driver does not report it.
    pub name: String,
    /// The PCI domain, bus and device; empty if the driver does not report them.
    pub pci_bus_id: String,
}

impl Identity {
    /// The names of a device. A UUID that the driver does not have is empty.
    ///
    /// # Errors
    ///
    /// If the GPU cannot be reached.
    pub(super) fn of(device: &nvml_wrapper::Device<'_>) -> Result<Identity, DriverError> {
        let uuid = match device.uuid() {
            Err(
                NvmlError::Utf8Error(_)
                | NvmlError::NotSupported
                | NvmlError::FunctionNotFound
                | NvmlError::FailedToLoadSymbol(_),
            ) => String::new(),
            uuid => uuid?,
        };
        Ok(Identity {
            uuid: name_of_gpu(&uuid).into(),
            name: printable(&device.name().unwrap_or_default()),
            pci_bus_id: printable(&device.pci_info().map(|pci| pci.bus_id).unwrap_or_default()),
        })
    }

    /// True if the GPU is a part of a module with a CPU, whose energy its counter may show: Grace Hopper and Grace
    /// Blackwell. On GH200 the counter is the module's (<https://github.com/ml-energy/zeus/pull/172>, 2025).
    #[must_use]
    pub fn is_superchip(&self) -> bool {
        ["GH200", "GB200", "GB300"].iter().any(|model| self.name.contains(model))
    }
}

/// A text of the driver, in which no control character changes a terminal or a line of a file.
pub(super) fn printable(text: &str) -> String {
    text.chars().map(|it| if it.is_control() { char::REPLACEMENT_CHARACTER } else { it }).collect()
}

/// A UUID of the driver as the name of a GPU: without colons, which the ledger's names of parts of the host have.
fn name_of_gpu(uuid: &str) -> String {
    printable(uuid).replace(':', "\u{fffd}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_uuid_is_the_name_of_a_part_of_the_host() {
        let uuid = "GPU-fa4e0000-0000-4000-8000-000000000000";
        assert_eq!(name_of_gpu(uuid), uuid);
        for strange in ["host:cpu:declared", "host:", "GPU\n:"] {
            let name = name_of_gpu(strange);
            assert!(!gpu_carbon_ledger::is_of_host(&name), "{name}");
            assert!(!name.contains(char::is_control));
        }
    }
}
