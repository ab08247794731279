//! Spans of time in JSON.

use gpu_carbon_core::Span;
use serde::{Serialize, Serializer};

/// A span of time, serialized in seconds: an integer where it is a whole number, otherwise a float.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seconds(pub Span);

impl Serialize for Seconds {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let micros = self.0.as_micros();
        if micros.is_multiple_of(1_000_000) {
            serializer.serialize_u64(micros / 1_000_000)
        } else {
            serializer.serialize_f64(self.0.as_seconds())
        }
    }
}
