//! The grid of five-minute slots on which a job starts, pauses and works.

use crate::job::Job;
use crate::time::{SLOT, Span, Timestamp};

/// The number of slots that hold a span.
pub(super) fn slots_to_hold(span: Span) -> usize {
    usize::try_from(span.as_micros().div_ceil(SLOT.as_micros())).unwrap_or(usize::MAX)
}

/// The start of a slot.
pub(super) fn starts_at(earliest: Timestamp, slot: usize) -> Timestamp {
    earliest + steps(slot)
}

pub(super) fn steps(count: usize) -> Span {
    Span::from_micros(u64::try_from(count).unwrap_or(u64::MAX).saturating_mul(SLOT.as_micros()))
}

/// The offsets at which a slice of work begins and ends.
pub(super) fn slice_of(job: &Job, slice: usize) -> (Span, Span) {
    (steps(slice), steps(slice.saturating_add(1)).min(job.duration()))
}
