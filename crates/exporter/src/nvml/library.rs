//! The library, loaded and initialized.

use std::io;
use std::path::Path;
use std::sync::Arc;

use nvml_wrapper::Nvml;
use nvml_wrapper::error::NvmlError;

use super::error::{DriverError, ErrorScope, IMPLAUSIBLE, LIBRARY_NOT_FOUND};
use super::gpu::Gpu;
use super::identity::{Identity, printable};
use crate::library_copy::LibraryCopy;
use crate::library_file;
use crate::pci::PciAddress;

/// The library, loaded and initialized.
#[derive(Debug)]
pub struct Library {
    nvml: Nvml,
    /// The copy that it was loaded from, if it was loaded beside another one. Fields are dropped in this order.
    _copy: Option<LibraryCopy>,
    /// The count of libraries that are loaded.
    _loaded: Option<Arc<()>>,
}

/// The most GPUs of a host: a PCI bus has 32 devices, and the hosts of 2026 have 16 GPUs. Each has a thread here.
const MOST_GPUS: u32 = 256;

impl Library {
    /// Loads the library by its path or name, and initializes it.
    ///
    /// # Errors
    ///
    /// If the library is missing or the driver does not answer.
    pub fn open(path: &Path) -> Result<Library, DriverError> {
        // A name alone is found by the system.
        if path.components().count() > 1
            && let Err(error) = library_file::check_complete(path)
            && error.kind() == io::ErrorKind::UnexpectedEof
        {
            let (scope, reason) = (ErrorScope::Library, error.to_string());
            return Err(DriverError { kind: LIBRARY_NOT_FOUND, scope, reason });
        }
        let nvml = Nvml::builder().lib_path(path.as_os_str()).init().map_err(another_library)?;
        Ok(Library { nvml, _copy: None, _loaded: None })
    }

    /// Loads the library beside one that is loaded, and initializes it: neither affects the other. Where the
    /// system does not allow that, both share their state.
    ///
    /// # Errors
    ///
    /// As [`Library::open`].
    pub fn open_beside(path: &Path) -> Result<Library, DriverError> {
        let Ok(copy) = LibraryCopy::of(path) else { return Library::open(path) };
        let library = Library::open(&copy.path())?;
        Ok(Library { _copy: Some(copy), ..library })
    }

    /// The same library, which holds a reference until it is unloaded.
    pub(crate) fn counted_by(self, loaded: Arc<()>) -> Library {
        Library { _loaded: Some(loaded), ..self }
    }

    /// The number of whole GPUs.
    ///
    /// # Errors
    ///
    /// If the driver does not answer, and [`IMPLAUSIBLE`] for more than any host has.
    pub fn gpu_count(&self) -> Result<u32, DriverError> {
        let count = self.nvml.device_count()?;
        if count > MOST_GPUS {
            let reason = format!(
                "the driver reports {count} GPUs, and no host has more than {MOST_GPUS}: load the driver again"
            );
            return Err(DriverError { kind: IMPLAUSIBLE, scope: ErrorScope::Call, reason });
        }
        Ok(count)
    }

    /// The driver's version, if the driver reports it.
    #[must_use]
    pub fn driver_version(&self) -> Option<String> {
        self.nvml.sys_driver_version().ok().map(|version| printable(&version))
    }

    /// The GPU at an index, and its names.
    ///
    /// # Errors
    ///
    /// If the GPU cannot be reached.
    pub fn gpu(&self, index: u32) -> Result<(Gpu<'_>, Identity), DriverError> {
        Library::identified(self.nvml.device_by_index(index)?)
    }

    /// The GPU at a PCI address, and its names. No other GPU is opened.
    ///
    /// # Errors
    ///
    /// As [`Library::gpu`].
    pub fn gpu_at(&self, address: PciAddress) -> Result<(Gpu<'_>, Identity), DriverError> {
        Library::identified(self.nvml.device_by_pci_bus_id(address.to_string())?)
    }

    fn identified(device: nvml_wrapper::Device<'_>) -> Result<(Gpu<'_>, Identity), DriverError> {
        let identity = Identity::of(&device)?;
        Ok((Gpu::new(device), identity))
    }
}

/// The error of an initialization. A library without the function that initializes NVML is another one.
fn another_library(error: NvmlError) -> DriverError {
    let lacks_function = matches!(error, NvmlError::FailedToLoadSymbol(_));
    let error = DriverError::from(error);
    if !lacks_function {
        return error;
    }
    let reason = format!("it is not NVML's library: {error}");
    DriverError { kind: LIBRARY_NOT_FOUND, scope: ErrorScope::Library, reason }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_library_that_is_not_nvmls_is_told_from_a_gpu_without_meters() {
        let error = Library::open(Path::new("libm.so.6")).unwrap_err();
        assert_eq!((error.kind, error.scope), (LIBRARY_NOT_FOUND, ErrorScope::Library));
        let reason = &error.reason;
        assert!(reason.starts_with("it is not NVML's library: ") && reason.contains("nvmlInit"));
    }
}
