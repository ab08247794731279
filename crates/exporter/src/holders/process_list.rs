//! The processes on a GPU, as the thread that reads the GPU reports them.

use std::sync::Arc;

/// The processes on a GPU.
#[derive(Debug)]
pub struct ProcessList {
    /// The GPU's UUID.
    pub uuid: Arc<str>,
    /// The numbers of the processes, or the kind of the error of the call.
    pub pids: Result<Vec<u32>, &'static str>,
}
