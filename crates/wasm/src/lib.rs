//! The core and the feeds for JavaScript: a thin, typed layer without arithmetic of its own.
//!
//! JavaScript sees [`bindings`] alone. The modules behind it are plain Rust, which the shared vectors also test natively.
//!
//! The browser loads two files. The feature `engine` plans; the feature `readers` parses files and the answers of services. The
//! parsers are half of the code, and a first visit does not need them.

#[allow(
    unsafe_code,
    reason = "wasm-bindgen's macro generates the code that passes values between two memories"
)]
pub mod bindings;
mod error;
mod json;
mod reading;

#[cfg(feature = "engine")]
pub mod calculations;
#[cfg(feature = "engine")]
pub mod plan;
#[cfg(feature = "engine")]
pub mod ranking;
#[cfg(feature = "engine")]
mod region;
#[cfg(feature = "engine")]
pub mod seasonal;
#[cfg(feature = "engine")]
pub mod sensitivity;

#[cfg(feature = "readers")]
pub mod power;
#[cfg(feature = "readers")]
pub mod read;

pub use error::InputError;
pub use reading::{Provenance, Reading};
#[cfg(feature = "engine")]
pub use region::Region;
