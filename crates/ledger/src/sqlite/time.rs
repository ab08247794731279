//! Times as the ledger's columns hold them.

use gpu_carbon_core::Timestamp;

/// Whole seconds of UTC since 1970, rounded down: the column `start`.
pub(super) fn unix_seconds(time: Timestamp) -> i64 {
    time.as_unix_micros().div_euclid(1_000_000)
}
