//! The core and the feeds for JavaScript: thin, typed, no arithmetic of its own.
//!
//! [`bindings`] is all that JavaScript sees. Behind it everything is plain Rust, which the shared vectors run natively
//! as well.
//!
//! The browser loads two files. The feature `engine` plans; the feature `readers` reads files and answers of the
//! services, which a first visit has none of: parsing is half of all the code.

#[allow(
    unsafe_code,
    reason = "wasm-bindgen's macro writes it: how values cross between two memories"
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
mod region;
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
