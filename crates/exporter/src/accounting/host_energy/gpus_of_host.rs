//! The GPUs of a host, as far as the energy around them depends on them.

use gpu_carbon_core::{Energy, Power};

/// The GPUs, as far as the energy of their host depends on them.
#[derive(Debug, Clone, Copy)]
pub(in crate::accounting) struct GpusOfHost {
    /// The energy that all of them have used in this run.
    pub(in crate::accounting) energy: Energy,
    /// The power of all of them; `None` if one does not answer.
    pub(in crate::accounting) power: Option<Power>,
    /// True if one was not read for some time, and energy of that time may come later.
    pub(in crate::accounting) are_late: bool,
    /// True if the meter of one measures its processor and memory, too.
    pub(in crate::accounting) contain_host: bool,
}
