//! A `libnvidia-ml.so.1` whose power follows a script and whose energy counter is the exact integral of that power.

mod abi;
mod counter;
mod driver;
mod history;
mod library;
mod model;
mod nvml_error;
mod pci;
mod quantity;
mod script;
mod time;
mod waveform;

pub use library::{SCRIPT_VARIABLE, built_library, install};
pub use model::Model;
pub use nvml_error::NvmlError;
pub use pci::{PciBusId, PciBusIdError};
pub use script::{Gpu, Process, Script, ScriptError};
pub use time::UnixTime;
pub use waveform::{Waveform, WaveformError};
