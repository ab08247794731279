//! The state of the driver, as the sampler reports it.

use std::collections::BTreeSet;

use gpu_carbon_core::{Span, Timestamp};

use crate::snapshot::{DriverView, Failure, ReleaseView};

/// The state of the driver.
#[derive(Debug)]
pub(super) struct DriverState {
    /// The number of GPUs that the driver reports.
    count: u32,
    /// The indices of the GPUs that are not read, since the configuration excludes them.
    excluded: BTreeSet<u32>,
    /// The time of the last change of these, since boot without the machine's sleep.
    counted_since: Span,
    /// The last failure of the library, until it counts GPUs again.
    library_failure: Option<Failure>,
    /// True if no GPU can be read until another session begins.
    is_down: bool,
    /// The last failure of a GPU.
    gpu_failure: Option<Failure>,
    release: Option<ReleaseView>,
    reloads: u64,
}

impl DriverState {
    /// Creates the state before the first report.
    pub(super) const fn new(awake: Span) -> DriverState {
        DriverState {
            count: 0,
            excluded: BTreeSet::new(),
            counted_since: awake,
            library_failure: None,
            is_down: true,
            gpu_failure: None,
            release: None,
            reloads: 0,
        }
    }

    /// Records that the library reports a number of GPUs.
    pub(super) fn record_count(&mut self, count: u32, excluded: BTreeSet<u32>, awake: Span) {
        if self.count != count || self.excluded != excluded {
            self.counted_since = awake;
        }
        let is_any_read = (0..count).any(|index| !excluded.contains(&index));
        let reason = match count {
            _ if is_any_read => None,
            0 => Some("NVML answers, but reports no GPU"),
            _ => Some("NVML answers, but the configuration excludes all of its GPUs"),
        };
        self.library_failure = reason.map(|reason| failure("no_gpu", reason.to_owned(), awake));
        (self.count, self.excluded, self.is_down) = (count, excluded, false);
    }

    /// Records a failure of the library.
    pub(super) fn record_failure(
        &mut self,
        kind: &'static str,
        reason: String,
        is_fatal: bool,
        awake: Span,
    ) {
        self.library_failure = Some(failure(kind, reason, awake));
        if is_fatal {
            self.set_down(awake);
        }
    }

    /// Records a failure of the GPU at an index.
    pub(super) fn record_gpu_failure(&mut self, index: u32, kind: &'static str, awake: Span) {
        self.gpu_failure = Some(failure(kind, format!("GPU {index}: {kind}"), awake));
    }

    /// Records that another session has begun.
    pub(super) const fn record_reload(&mut self) {
        self.reloads += 1;
    }

    /// Records that the GPUs are released.
    pub(super) fn record_release(&mut self, until: Timestamp, is_complete: bool, awake: Span) {
        self.release = Some(ReleaseView { until, is_complete });
        (self.library_failure, self.gpu_failure) = (None, None);
        self.set_down(awake);
    }

    /// Records that the release has ended.
    pub(super) const fn record_resumption(&mut self) {
        self.release = None;
    }

    fn set_down(&mut self, awake: Span) {
        (self.count, self.counted_since, self.is_down) = (0, awake, true);
    }

    /// True if the library reports which GPUs there are.
    pub(super) const fn answers(&self) -> bool {
        !self.is_down
    }

    /// The indices of the GPUs that are expected to be read, if they have been so for longer than `patience`.
    pub(super) fn expected_for(
        &self,
        patience: Span,
        awake: Span,
    ) -> impl Iterator<Item = u32> + use<'_> {
        let is_long = awake.saturating_sub(self.counted_since) > patience;
        let count = if is_long { self.count } else { 0 };
        (0..count).filter(|index| !self.excluded.contains(index))
    }

    /// The state for the snapshot.
    pub(super) fn view(&self) -> DriverView {
        DriverView {
            last_failure: self.library_failure.as_ref().or(self.gpu_failure.as_ref()).cloned(),
            release: self.release,
            reloads: self.reloads,
        }
    }
}

const fn failure(kind: &'static str, reason: String, awake: Span) -> Failure {
    Failure { kind, reason, awake }
}
