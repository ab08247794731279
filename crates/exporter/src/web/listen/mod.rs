//! The sockets on which the server listens. No other module listens.

mod acceptor;
mod address;
mod listener;
mod systemd;
mod unix_socket;

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::os::fd::AsFd;

pub(super) use acceptor::{Accepted, Acceptor};
pub use address::{ListenAddress, ListenAddressError};
use anyhow::{Context, Result};
use listener::{Listener, Source};

/// The largest number of connections that wait in the kernel to be accepted, if it allows that many. The standard
/// library's 128 are too few: the kernel lets further clients retry after a second.
const BACKLOG: i32 = 4096;

/// Sockets that listen. Dropping them removes the files of the Unix sockets that this process has made.
#[derive(Debug)]
pub struct Listeners(Vec<Listener>);

impl Listeners {
    /// Listens on each of the addresses, or on none.
    ///
    /// # Errors
    ///
    /// An error that names the first address on which the system does not let this process listen.
    pub fn bind(addresses: &[ListenAddress]) -> Result<Listeners> {
        let listeners = addresses.iter().map(|address| {
            bind(address).with_context(|| {
                format!("cannot listen on {address}; set --web.listen-address to a free address")
            })
        });
        listeners.collect::<Result<_>>().map(Listeners)
    }

    /// The sockets that systemd has opened. To be called while the process has one thread, since it changes the
    /// environment.
    ///
    /// # Errors
    ///
    /// If there is none, and if one is no listening stream socket.
    pub fn from_systemd() -> Result<Listeners> {
        systemd::listeners().map(Listeners)
    }

    /// The addresses, for the log.
    pub fn addresses(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|listener| listener.address.as_str())
    }

    /// Registers the sockets with the asynchronous runtime in which this is called.
    ///
    /// # Errors
    ///
    /// Those of the system.
    pub(super) fn register(self) -> io::Result<Acceptor> {
        Acceptor::new(self.0)
    }
}

fn bind(address: &ListenAddress) -> io::Result<Listener> {
    let source = match address {
        ListenAddress::Unix(path) => {
            let (listener, file) = unix_socket::listen(path)?;
            set_backlog(&listener)?;
            Source::Unix(listener, Some(file))
        }
        ListenAddress::Tcp { host, port } => {
            let listener = bind_tcp(ListenAddress::resolve(host.as_deref(), *port)?)?;
            set_backlog(&listener)?;
            Source::Tcp(listener)
        }
    };
    Listener::new(source)
}

fn set_backlog(listener: impl AsFd) -> io::Result<()> {
    Ok(rustix::net::listen(listener, BACKLOG)?)
}

#[expect(clippy::disallowed_methods, reason = "one of the places that listen")]
fn bind_tcp(address: SocketAddr) -> io::Result<std::net::TcpListener> {
    std::net::TcpListener::bind(address).or_else(|error| match address {
        // A host without IPv6.
        SocketAddr::V6(v6)
            if v6.ip().is_unspecified() && error.kind() != io::ErrorKind::AddrInUse =>
        {
            std::net::TcpListener::bind((Ipv4Addr::UNSPECIFIED, v6.port()))
        }
        _ => Err(error),
    })
}
