//! A `libnvidia-ml.so.1` whose power follows a script, and whose energy counter is the exact integral of that power.
//!
//! Programs load it instead of the driver's library. Tests read the same script, and therefore know the values that the
//! programs should have measured. All readings are functions of the wall clock, so that all processes agree.
//!
//! ```sh
//! cargo build --release --package fake-nvml
//! mkdir -p /tmp/fake && ln -sf "$PWD/target/release/libfake_nvml.so" /tmp/fake/libnvidia-ml.so.1
//! FAKE_NVML_SCRIPT=script.toml LD_LIBRARY_PATH=/tmp/fake nvitop -1
//! ```
//!
//! Without `FAKE_NVML_SCRIPT` there are an H100 with a training load and an A100 with a serving load. A test in Rust writes
//! a script with [`Script::write`], and finds the library with [`built_library`] or [`install`].
//!
//! # The script
//!
#![doc = concat!("```toml\n", include_str!("../example.toml"), "```")]
//!
//! # Changes while a program runs
//!
//! A call checks the file at most every 50 ms, and reads it again when its time, length or inode has changed. Replace it in
//! one step, by renaming another file over it, as [`Script::write`] does: half of a script may be a valid script. With a
//! script that cannot be read, the one before stays in force, and the error is printed once on standard error; if there is
//! none before, `nvmlInit` returns UNKNOWN.
//!
//! - The UUID identifies a GPU. If it is no longer in the file, its handle returns GPU_IS_LOST; when it comes back, it has
//!   the same handle.
//! - When the waveform of a GPU changes, its counter continues. The new waveform holds from the file's time of
//!   modification, or from the last call before the library read the file, whichever is later. Only this process knows the
//!   earlier waveforms; [`Gpu::counter_millijoules_at`] assumes that the script's waveform was the only one.
//! - `resets`, `loaded_at` and `counter_step_ms` apply to the past, too, as if they had never changed.
//!
//! # Functions
//!
//! Sessions, identity, power, limits, energy, field values 83, 185 and 186, samples, utilization, temperature, fans,
//! clocks, memory, ECC, PCIe, modes, processes and MIG. Other queries of a device return NOT_SUPPORTED or do not exist, and
//! nothing can be set.

mod abi;
mod device_functions;
mod driver;
mod history;
mod library;
mod load;
mod model;
mod nvml_error;
mod pci;
mod power_reading;
mod power_source;
mod quantity;
mod script;
mod time;
mod waveform;

pub use driver::CHECK_PERIOD;
pub use library::{SCRIPT_VARIABLE, built_library, install};
pub use model::Model;
pub use nvml_error::NvmlError;
pub use pci::{PciBusId, PciBusIdError};
pub use script::{
    BadCounter, BadPower, CounterScope, Gpu, Process, ProcessSample, SampleFaults, Script,
    ScriptError,
};
pub use time::{CLOCK_VARIABLE, OF_KERNEL, UnixTime};
pub use waveform::{Waveform, WaveformError};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
