//! The samples of GPU performance monitoring that programs have allocated.

use super::world::LiveGpu;
use crate::nvml_error::NvmlError;
use crate::time::UnixTime;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The handle of a sample: a number that this library never dereferences, so that any value is safe.
#[repr(transparent)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct SampleHandle(usize);

/// A sample: the time at which it was taken.
#[derive(Clone)]
pub(crate) struct GpmSample {
    pub(crate) live: Arc<LiveGpu>,
    /// The number of the MIG instance; `None` for a whole GPU.
    pub(crate) instance: Option<u32>,
    pub(crate) at: UnixTime,
}

/// The samples by their handles; `None` for one that was not filled yet.
pub(super) struct GpmSamples {
    last: usize,
    samples: BTreeMap<SampleHandle, Option<GpmSample>>,
}

impl GpmSamples {
    pub(super) const fn new() -> Self {
        Self { last: 0, samples: BTreeMap::new() }
    }

    /// Allocates a sample.
    pub(super) fn allocate(&mut self) -> SampleHandle {
        self.last += 1; // never null
        let handle = SampleHandle(self.last);
        self.samples.insert(handle, None);
        handle
    }

    pub(super) fn free(&mut self, handle: SampleHandle) -> Result<(), NvmlError> {
        self.samples.remove(&handle).map(drop).ok_or(NvmlError::InvalidArgument)
    }

    pub(super) fn fill(
        &mut self,
        handle: SampleHandle,
        sample: GpmSample,
    ) -> Result<(), NvmlError> {
        *self.samples.get_mut(&handle).ok_or(NvmlError::InvalidArgument)? = Some(sample);
        Ok(())
    }

    pub(super) fn get(&self, handle: SampleHandle) -> Result<GpmSample, NvmlError> {
        self.samples.get(&handle).cloned().flatten().ok_or(NvmlError::InvalidArgument)
    }
}
