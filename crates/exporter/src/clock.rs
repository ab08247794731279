//! The only file that asks what time it is.

use std::time::{SystemTime, UNIX_EPOCH};

use gpu_carbon_core::Timestamp;

/// Now, by the system's clock.
#[must_use]
pub(crate) fn now() -> Timestamp {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_unix_micros(i64::try_from(since_epoch.as_micros()).unwrap_or(i64::MAX))
}
