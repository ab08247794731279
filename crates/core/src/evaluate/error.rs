//! The errors of an evaluation.

use crate::exposure::CoverageError;
use crate::time::{Interval, Span};

/// The most slots that a [`Year`](crate::evaluate::Year) may have: almost ten calendar years.
pub(super) const MAX_SLOTS: usize = 1 << 20;

/// A reason why a year cannot be evaluated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EvaluateError {
    /// The time is not a whole number of steps, or too many of them, or none.
    #[error("the time to evaluate must be 1 to {} whole steps of 5 minutes, got {} s", MAX_SLOTS, .0.length().as_seconds())]
    Length(Interval),
    /// The series does not cover the time.
    #[error(transparent)]
    Uncovered(#[from] CoverageError),
    /// A job is shorter than half a step.
    #[error("a job must take at least half a step of 5 minutes, got {} s", .0.as_seconds())]
    NoTime(Span),
    /// The job and its window are longer than the time: they would overlap themselves.
    #[error(
        "a job and its window must fit into the time that is evaluated, {year} steps of 5 minutes, got {duration} + {window}"
    )]
    TooLong {
        /// The job, in steps.
        duration: usize,
        /// The window, in steps.
        window: usize,
        /// The time, in steps.
        year: usize,
    },
    /// A start is not one of the slots.
    #[error("a start must be one of the {slots} slots that are evaluated, got slot {start}")]
    Start {
        /// The requested slot.
        start: usize,
        /// The number of slots.
        slots: usize,
    },
}
