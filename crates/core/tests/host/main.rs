//! Laws of the meters of a host: a counter that wraps, a power that is sampled, and the rest of a whole.
#![expect(clippy::unwrap_used, reason = "a test may fail")]

mod remainder;
mod sampled;
mod wrapping;
