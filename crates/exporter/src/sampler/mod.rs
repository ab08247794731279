//! The threads that read the GPUs: one that supervises the driver session, and one for each GPU, so that a GPU that
//! hangs delays no other.

mod candidate;
mod driver_session;
mod event;
mod gpu_reader;
mod lost_gpus;
mod reader_threads;
mod sampling_clock;
mod settings;
mod supervisor;

pub use event::{Event, Listener};
pub use settings::Settings;
pub use supervisor::start;
