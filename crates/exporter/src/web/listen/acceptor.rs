//! The sockets in the asynchronous runtime.

use std::fmt;
use std::io;
use std::net::IpAddr;
use std::task::{Context, Poll};

use tokio::net::{TcpListener, TcpStream, UnixListener, UnixStream};

use super::listener::{Listener, Source};
use super::unix_socket::SocketFile;

/// The sockets in the asynchronous runtime.
pub(in crate::web) struct Acceptor {
    sockets: Vec<Socket>,
    /// The socket that is tried first. It changes with each connection, so that no busy socket holds up another.
    first: usize,
}

enum Socket {
    Tcp {
        listener: TcpListener,
        /// True if only this host can reach it.
        is_private: bool,
    },
    Unix {
        listener: UnixListener,
        /// The file, which is removed when this is dropped.
        _file: Option<SocketFile>,
    },
}

/// An accepted connection.
pub(in crate::web) enum Accepted {
    Tcp {
        stream: TcpStream,
        peer: IpAddr,
        /// True if only this host can reach the listener.
        is_private: bool,
    },
    Unix(UnixStream),
}

impl Acceptor {
    /// Registers sockets with the asynchronous runtime in which this is called.
    pub(super) fn new(listeners: Vec<Listener>) -> io::Result<Acceptor> {
        let sockets = listeners.into_iter().map(|listener| match listener.source {
            Source::Tcp(tcp) => TcpListener::from_std(tcp).and_then(|listener| {
                let is_private = listener.local_addr()?.ip().to_canonical().is_loopback();
                Ok(Socket::Tcp { listener, is_private })
            }),
            Source::Unix(unix, file) => {
                UnixListener::from_std(unix).map(|listener| Socket::Unix { listener, _file: file })
            }
        });
        Ok(Acceptor { sockets: sockets.collect::<io::Result<_>>()?, first: 0 })
    }

    /// Waits for the next connection on any of the sockets.
    pub(in crate::web) async fn accept(&mut self) -> io::Result<Accepted> {
        std::future::poll_fn(|context| self.poll_accept(context)).await
    }

    fn poll_accept(&mut self, context: &mut Context<'_>) -> Poll<io::Result<Accepted>> {
        let count = self.sockets.len();
        for place in (0..count).map(|step| (self.first + step) % count) {
            let Some(socket) = self.sockets.get(place) else { continue };
            let polled = match socket {
                Socket::Tcp { listener, is_private } => {
                    listener.poll_accept(context).map_ok(|(stream, peer)| Accepted::Tcp {
                        stream,
                        peer: peer.ip(),
                        is_private: *is_private,
                    })
                }
                Socket::Unix { listener, .. } => {
                    listener.poll_accept(context).map_ok(|(stream, _)| Accepted::Unix(stream))
                }
            };
            if polled.is_ready() {
                self.first = place + 1;
                return polled;
            }
        }
        Poll::Pending
    }
}

impl fmt::Debug for Acceptor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Acceptor").field("sockets", &self.sockets.len()).finish_non_exhaustive()
    }
}
