//! What is served over HTTP, and how.

mod connections;
mod guard;
mod landing;
pub mod negotiate;
mod routes;
mod server;

pub use guard::{Guard, WebConfigError};
pub use routes::Site;
pub use server::{Stream, serve, serve_one};
