//! Times as the ledger's columns hold them.

use gpu_carbon_core::Timestamp;

/// Whole seconds of UTC since 1970, rounded down: the column `start`.
pub(super) fn unix_seconds(time: Timestamp) -> i64 {
    time.as_unix_micros().div_euclid(1_000_000)
}

/// A number as SQLite's integer; values beyond its range do not occur, and are cut to it.
pub(super) fn saturating_integer(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
