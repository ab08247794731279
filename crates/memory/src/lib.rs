//! Less resident memory for programs that run for months beside others: the exporter, and the runner of a job.
//!
//! ```
//! use gpu_carbon_memory::{LinkedFiles, limit_arenas};
//!
//! limit_arenas();
//! let linked = LinkedFiles::at_start();
//! // Read the configuration, load libraries, start threads. Then:
//! linked.give_back();
//! ```

mod arenas;
mod linked_files;

pub use arenas::limit_arenas;
pub use linked_files::LinkedFiles;
