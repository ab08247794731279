//! The method by which a GPU's energy is measured.

use gpu_carbon_core::meter::Method;

/// The method by which a GPU's energy is measured.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum EnergyMethod {
    /// No method: the GPU has neither a counter nor power, or neither has answered yet.
    #[default]
    None,
    /// The counter `nvmlDeviceGetTotalEnergyConsumption`, which counts millijoules since the driver was loaded, on Volta and
    /// newer architectures (NVML API reference, "Device Queries").
    Counter,
    /// Integration of power samples.
    Integrated,
}

impl EnergyMethod {
    /// The name of the method in labels: `counter`, `integrated` or `none`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            EnergyMethod::None => "none",
            EnergyMethod::Counter => "counter",
            EnergyMethod::Integrated => "integrated",
        }
    }
}

impl From<Method> for EnergyMethod {
    fn from(method: Method) -> EnergyMethod {
        match method {
            Method::Counter => EnergyMethod::Counter,
            Method::Integrated => EnergyMethod::Integrated,
        }
    }
}
