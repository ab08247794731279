//! Timestamps in JSON.

use gpu_carbon_core::Timestamp;
use gpu_carbon_feeds::rfc3339;
use serde::{Serialize, Serializer};

/// A timestamp that is serialized as RFC 3339, in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rfc3339(pub(crate) Timestamp);

impl Serialize for Rfc3339 {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&rfc3339::format(self.0))
    }
}
