//! The threads that read the GPUs: one that supervises the driver session, and one for each GPU, so that a GPU that
//! hangs delays no other.

mod active_session;
mod candidate;
mod census;
mod control;
mod driver_session;
mod event;
mod failure_log;
mod gpu_names;
mod gpu_reader;
mod host_gpus;
mod instances;
mod listing;
mod lost_gpus;
mod message;
mod meters;
mod place;
mod reader_threads;
mod release;
mod sampling_clock;
mod schedule;
mod settings;
mod sleep;
mod supervisor;
mod use_meter;

pub use control::Control;
pub use event::{Event, Listener, PowerSampling, ProcessListing};
pub use host_gpus::KernelFiles;
pub use message::ReleaseOutcome;
pub use settings::Settings;
pub use supervisor::start;
