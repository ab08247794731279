//! Less resident memory for programs that run for months beside others: the exporter, and the runner of a job.
//!
//! ```
//! use gpu_carbon_memory::{LinkedFiles, limit_free_memory};
//!
//! limit_free_memory();
//! let linked = LinkedFiles::at_start();
//! // Read the configuration, load libraries, start threads. Then:
//! linked.give_back();
//! ```

mod free_memory;
mod linked_files;

pub use free_memory::limit_free_memory;
pub use linked_files::LinkedFiles;
