//! The client of a connection.

use std::net::IpAddr;

/// The client of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Client {
    /// The address; that of loopback for all clients of Unix sockets.
    pub(super) peer: IpAddr,
    /// True if it came through a listener that only this host can reach: on a loopback address, or a Unix socket.
    pub(super) is_of_private_listener: bool,
}
