//! The driver's library NVML, its GPUs and their readings. No other folder names NVML.
//!
//! Any call here may block for as long as the driver wants. It is therefore made on threads of its own, never on
//! those that serve requests.

mod error;
mod error_names;
mod gpu;
mod identity;
mod instances;
mod library;
mod method;
mod processes;

pub use error::{DriverError, ErrorScope, IMPLAUSIBLE, NOT_SUPPORTED};
pub use gpu::Gpu;
pub use identity::Identity;
pub use instances::{InstanceSample, MigInstance};
pub use library::Library;
pub use method::EnergyMethod;
pub use processes::ProcessSample;
