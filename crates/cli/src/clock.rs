//! The command line's only access to a clock.
#![expect(
    clippy::disallowed_methods,
    reason = "the one file of the command line that reads a clock"
)]

use std::time::{SystemTime, UNIX_EPOCH};

use gpu_carbon_core::{Span, Timestamp};

/// Returns the current time.
pub(crate) fn now() -> Timestamp {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::EPOCH + Span::from_micros(u64::try_from(since_epoch.as_micros()).unwrap_or(u64::MAX))
}
