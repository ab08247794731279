//! A `libnvidia-ml.so.1` whose power follows a script and whose energy counter is the exact integral of that power.
//!
//! Programs load it instead of the driver's library, and tests that read the same script know what those programs should
//! have measured. Everything is a function of the wall clock, so all processes agree.
//!
//! ```sh
//! cargo build --release --package fake-nvml
//! mkdir -p /tmp/fake && ln -sf "$PWD/target/release/libfake_nvml.so" /tmp/fake/libnvidia-ml.so.1
//! FAKE_NVML_SCRIPT=script.toml LD_LIBRARY_PATH=/tmp/fake nvitop -1
//! ```
//!
//! Without `FAKE_NVML_SCRIPT` there is an H100 that trains and an A100 that serves. A test in Rust does the same with
//! [`Script::write`], and [`built_library`] or [`install`].
//!
//! # The script
//!
#![doc = concat!("```toml\n", include_str!("../example.toml"), "```")]
//!
//! # While a program runs
//!
//! The file is looked at whenever a call comes, but at most every 50 ms, and read again when its time, length or inode has
//! changed. Write it in one step, by renaming another over it, as [`Script::write`] does: of a file half written, the half
//! might be a script. One that cannot be read leaves the one before in force, and is complained of once on standard error;
//! where there is none before, `nvmlInit` answers UNKNOWN.
//!
//! - A GPU is its UUID. One that leaves the file answers GPU_IS_LOST to whoever holds its handle, and has the same handle
//!   when it comes back.
//! - Where a GPU's waveform changes, its counter goes on from where it stands: the new waveform holds from the file's time
//!   of change, or from the last call before the library saw it, whichever is later. Only this process knows the
//!   waveforms before; [`Gpu::counter_millijoules_at`] takes the script's waveform to have been the only one.
//! - `resets`, `loaded_at` and `counter_step_ms` apply to the past, too, as if they had always been there.
//!
//! # What there is
//!
//! Sessions, identity, power, limits, energy, field values 83, 185 and 186, samples, utilization, temperature, fans,
//! clocks, memory, ECC, PCIe, modes, processes and MIG. What is left of NVML's queries of a device is refused as not
//! supported or not there at all, and nothing can be set.

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
