//! The core and the feeds for JavaScript: thin, typed, no arithmetic of its own.
//!
//! [`bindings`] is all that JavaScript sees. Behind it everything is plain Rust, which the shared vectors run natively
//! as well: what comes and goes is text, JSON where it has a shape.

#[allow(
    unsafe_code,
    reason = "wasm-bindgen's macro writes it: how values cross between two memories"
)]
pub mod bindings;
pub mod explore;
pub mod facts;
mod fault;
pub mod plan;
mod region;

pub use fault::Fault;
pub use region::Region;
