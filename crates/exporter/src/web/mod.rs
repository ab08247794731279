//! The HTTP server: pages, content negotiation, access control and connections.

mod api;
mod auth;
mod client;
mod connections;
mod host;
mod landing;
mod listen;
pub mod negotiate;
mod operations;
mod routes;
mod server;

pub use auth::{Auth, WebConfigError};
pub use listen::{ListenAddress, ListenAddressError, Listeners};
pub use routes::Site;
pub use server::{Stream, serve, serve_one};
