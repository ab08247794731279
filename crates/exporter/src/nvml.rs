//! The only file that names NVML: the driver's library, its GPUs and what they read.
//!
//! Any call here may block for as long as the driver likes. So it is made on threads of its own, never on
//! the ones that serve.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use gpu_carbon_core::Power;
use nvml_wrapper::Nvml;
use nvml_wrapper::error::NvmlError;

/// The loaded and initialised library.
#[derive(Debug)]
pub struct Library(Nvml);

/// One GPU of the host: a whole board, never a MIG instance of it, so that nothing is counted twice.
#[derive(Debug)]
pub struct Gpu<'library>(nvml_wrapper::Device<'library>);

/// What names a GPU.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// As NVML gives it: `GPU-` and 32 hexadecimal digits with dashes. It stays when the index changes.
    pub uuid: Arc<str>,
    /// The model; empty where the driver does not say.
    pub name: String,
    /// Domain, bus and device; empty where the driver does not say.
    pub pci_bus_id: String,
}

/// How a GPU's energy is obtained.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EnergyMethod {
    /// From the GPU's own counter of millijoules since the driver was loaded (Volta and newer).
    Counter,
    /// By integrating samples of its power.
    Integrated,
}

/// What one reading of a GPU brings.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum MeterReading {
    /// What the energy counter stands at, in mJ, and the power where the driver gives it.
    Counter {
        /// mJ since the driver was loaded.
        millijoules: u64,
        /// The driver's own power reading.
        power: Option<Power>,
    },
    /// The power, where there is no counter.
    Power(Power),
}

/// A call that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DriverError {
    /// The kind, for the `error` label: a fixed, small set.
    pub kind: &'static str,
    /// What it means for what can still be asked.
    pub scope: ErrorScope,
    /// What the driver says.
    pub reason: String,
}

/// How far a failure reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorScope {
    /// This call; the next may succeed.
    Call,
    /// The GPU fell off the bus, or needs a reset: no call will succeed until somebody acts, and then
    /// perhaps only for a library that is initialised anew.
    Gpu,
    /// The library: the driver is gone or was replaced, and all must begin anew.
    Library,
}

impl EnergyMethod {
    /// The name that the metric's label uses.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            EnergyMethod::Counter => "counter",
            EnergyMethod::Integrated => "integrated",
        }
    }
}

impl Library {
    /// Loads the library by its path or name, and initialises it.
    ///
    /// # Errors
    ///
    /// When it is not there, or the driver does not answer.
    pub fn open(path: &Path) -> Result<Library, DriverError> {
        Ok(Library(Nvml::builder().lib_path(path.as_os_str()).init()?))
    }

    /// The number of whole GPUs.
    ///
    /// # Errors
    ///
    /// When the driver does not answer.
    pub fn gpu_count(&self) -> Result<u32, DriverError> {
        Ok(self.0.device_count()?)
    }

    /// The driver's version, where it says.
    #[must_use]
    pub fn driver_version(&self) -> Option<String> {
        self.0.sys_driver_version().ok()
    }

    /// A GPU by its index, with its names.
    ///
    /// # Errors
    ///
    /// When it cannot be reached, or has no UUID.
    pub fn gpu(&self, index: u32) -> Result<(Gpu<'_>, Identity), DriverError> {
        let device = self.0.device_by_index(index)?;
        let identity = Identity {
            uuid: device.uuid()?.into(),
            name: device.name().unwrap_or_default(),
            pci_bus_id: device.pci_info().map(|pci| pci.bus_id).unwrap_or_default(),
        };
        Ok((Gpu(device), identity))
    }
}

impl Gpu<'_> {
    /// The counter where there is one, else its power.
    ///
    /// # Errors
    ///
    /// When the GPU gives neither, or cannot be reached.
    pub fn energy_method(&self) -> Result<EnergyMethod, DriverError> {
        match self.0.total_energy_consumption() {
            Ok(_) => Ok(EnergyMethod::Counter),
            Err(error) if has_no_such_meter(&error) => {
                self.0.power_usage()?;
                Ok(EnergyMethod::Integrated)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Reads the meter.
    ///
    /// # Errors
    ///
    /// When the driver does not answer for this GPU.
    pub fn read(&self, method: EnergyMethod) -> Result<MeterReading, DriverError> {
        let power = self.0.power_usage();
        match method {
            EnergyMethod::Integrated => Ok(MeterReading::Power(Power::from_milliwatts(power?))),
            EnergyMethod::Counter => Ok(MeterReading::Counter {
                millijoules: self.0.total_energy_consumption()?,
                power: power.ok().map(Power::from_milliwatts),
            }),
        }
    }
}

fn has_no_such_meter(error: &NvmlError) -> bool {
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
