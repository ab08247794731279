//! The driver's library NVML, its GPUs and their readings. No other file names NVML.
//!
//! Any call here may block for as long as the driver wants. It is therefore made on threads of its own, never on
//! those that serve requests.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use gpu_carbon_core::Power;
use gpu_carbon_core::meter::Limits;
use nvml_wrapper::Nvml;
use nvml_wrapper::error::NvmlError;

use crate::library_copy::LibraryCopy;

/// The library, loaded and initialized.
#[derive(Debug)]
pub struct Library {
    nvml: Nvml,
    /// The copy that it was loaded from, if it was loaded beside another one. Fields are dropped in this order.
    _copy: Option<LibraryCopy>,
}

/// One whole GPU of the host, never a MIG instance of it, so that no energy is counted twice.
#[derive(Debug)]
pub struct Gpu<'library>(nvml_wrapper::Device<'library>);

/// The names of a GPU.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The UUID as NVML reports it, `GPU-` and 32 hexadecimal digits with dashes. It stays the same when the index
    /// changes.
    pub uuid: Arc<str>,
    /// The model; empty if the driver does not report it.
    pub name: String,
    /// The PCI domain, bus and device; empty if the driver does not report them.
    pub pci_bus_id: String,
}

/// The method by which a GPU's energy is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EnergyMethod {
    /// By `nvmlDeviceGetTotalEnergyConsumption`, which counts millijoules since the driver was loaded, on Volta and
    /// newer architectures (NVML API reference, "Device Queries").
    Counter,
    /// By integration of power samples.
    Integrated,
}

/// The kind of error of a number that cannot be true.
pub const IMPLAUSIBLE: &str = "implausible";

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

impl EnergyMethod {
    /// The name of the method in labels: `counter` or `integrated`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            EnergyMethod::Counter => "counter",
            EnergyMethod::Integrated => "integrated",
        }
    }
}

impl Library {
    /// Loads the library by its path or name, and initializes it.
    ///
    /// # Errors
    ///
    /// If the library is missing or the driver does not answer.
    pub fn open(path: &Path) -> Result<Library, DriverError> {
        Ok(Library { nvml: Nvml::builder().lib_path(path.as_os_str()).init()?, _copy: None })
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

    /// The number of whole GPUs.
    ///
    /// # Errors
    ///
    /// If the driver does not answer.
    pub fn gpu_count(&self) -> Result<u32, DriverError> {
        Ok(self.nvml.device_count()?)
    }

    /// The driver's version, if the driver reports it.
    #[must_use]
    pub fn driver_version(&self) -> Option<String> {
        self.nvml.sys_driver_version().ok()
    }

    /// The GPU at an index, and its names.
    ///
    /// # Errors
    ///
    /// If the GPU cannot be reached or has no UUID.
    pub fn gpu(&self, index: u32) -> Result<(Gpu<'_>, Identity), DriverError> {
        let device = self.nvml.device_by_index(index)?;
        let identity = Identity {
            uuid: device.uuid()?.into(),
            name: device.name().unwrap_or_default(),
            pci_bus_id: device.pci_info().map(|pci| pci.bus_id).unwrap_or_default(),
        };
        Ok((Gpu(device), identity))
    }
}

impl Gpu<'_> {
    /// The energy counter if the GPU has one, and integration of its power otherwise.
    ///
    /// # Errors
    ///
    /// If the GPU reports neither, or cannot be reached.
    pub fn energy_method(&self) -> Result<EnergyMethod, DriverError> {
        match self.0.total_energy_consumption() {
            Ok(_) => Ok(EnergyMethod::Counter),
            Err(error) if is_unsupported(&error) => {
                self.0.power_usage()?;
                Ok(EnergyMethod::Integrated)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Reads the energy since the driver was loaded, in millijoules.
    ///
    /// # Errors
    ///
    /// If the GPU has no energy counter, or the driver does not answer for it.
    pub fn millijoules(&self) -> Result<u64, DriverError> {
        Ok(self.0.total_energy_consumption()?)
    }

    /// Reads the power as the driver reports it: the mean over one second on Ampere (except GA100) and newer
    /// architectures, and the present power on older ones (NVML API reference, `nvmlDeviceGetPowerUsage`).
    ///
    /// # Errors
    ///
    /// If the driver does not answer for this GPU, and [`IMPLAUSIBLE`] for more power than any GPU draws.
    pub fn power(&self) -> Result<Power, DriverError> {
        let milliwatts = self.0.power_usage()?;
        let (power, ceiling) = (Power::from_milliwatts(milliwatts), Limits::default().ceiling);
        if power > ceiling {
            let (watts, most) = (power.as_watts(), ceiling.as_watts());
            let reason = format!(
                "the driver reports a power of {watts} W, and no GPU draws more than {most} W"
            );
            return Err(DriverError { kind: IMPLAUSIBLE, scope: ErrorScope::Call, reason });
        }
        Ok(power)
    }
}

fn is_unsupported(error: &NvmlError) -> bool {
    matches!(
        error,
        NvmlError::NotSupported | NvmlError::FailedToLoadSymbol(_) | NvmlError::FunctionNotFound
    )
}

impl From<NvmlError> for DriverError {
    fn from(error: NvmlError) -> DriverError {
        let (kind, scope) = match error {
            NvmlError::NotSupported => ("not_supported", ErrorScope::Call),
            NvmlError::FailedToLoadSymbol(_) | NvmlError::FunctionNotFound => {
                ("function_not_found", ErrorScope::Call)
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
                ("library_not_found", ErrorScope::Library)
            }
            _ => ("other", ErrorScope::Call),
        };
        let reason = match &error {
            NvmlError::LibloadingError(cause) => cause.to_string(),
            error => error.to_string(),
        };
        DriverError { kind, scope, reason }
    }
}

impl fmt::Display for DriverError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}
