//! One socket that listens.

use std::io;

use super::unix_socket::SocketFile;

/// One socket that listens, and accepts without blocking.
#[derive(Debug)]
pub(super) struct Listener {
    pub(super) source: Source,
    /// The address in words, for the log.
    pub(super) address: String,
}

#[derive(Debug)]
pub(super) enum Source {
    Tcp(std::net::TcpListener),
    /// A Unix socket, with its file if this process has made it.
    Unix(std::os::unix::net::UnixListener, Option<SocketFile>),
}

impl Listener {
    /// A socket that accepts without blocking from now on.
    pub(super) fn new(source: Source) -> io::Result<Listener> {
        let address = match &source {
            Source::Tcp(listener) => {
                listener.set_nonblocking(true)?;
                listener.local_addr()?.to_string()
            }
            Source::Unix(listener, _) => {
                listener.set_nonblocking(true)?;
                let address = listener.local_addr()?;
                let path = address.as_pathname();
                path.map_or_else(|| "unix:".to_owned(), |path| format!("unix:{}", path.display()))
            }
        };
        Ok(Listener { source, address })
    }
}
