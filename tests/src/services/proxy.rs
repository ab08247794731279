//! A forward proxy, as companies have them.

use std::io::Write;
use std::net::{SocketAddr, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use anyhow::Result;

use super::server::{self, Server};

/// The running proxy. It connects every CONNECT request to one address, whatever host is requested. Dropping it ends it.
#[derive(Debug)]
pub struct Proxy {
    server: Server,
    requested: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    /// Starts a proxy to an address; with a `login`, only for requests with this `Proxy-Authorization`.
    ///
    /// # Errors
    ///
    /// When the system has no free port.
    pub fn start(to: SocketAddr, login: Option<&'static str>) -> Result<Proxy> {
        let requested = Arc::new(Mutex::new(Vec::new()));
        let list = Arc::clone(&requested);
        let server = Server::start(move |mut client| {
            let head = server::read(&client)?;
            if head.method != "CONNECT" {
                return client.write_all(b"HTTP/1.1 405 Only CONNECT\r\n\r\n");
            }
            list.lock().unwrap_or_else(PoisonError::into_inner).push(head.path.clone());
            if login.is_some_and(|login| head.header("proxy-authorization") != login) {
                return client.write_all(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n");
            }
            let service = TcpStream::connect(to)?;
            client.write_all(b"HTTP/1.1 200 Connected\r\n\r\n")?;
            let (from, into) = (client.try_clone()?, service.try_clone()?);
            thread::spawn(move || copy(from, into));
            copy(service, client)
        })?;
        Ok(Proxy { server, requested })
    }

    /// The address at which it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.server.address
    }

    /// The hosts with their ports that were requested so far.
    #[must_use]
    pub fn requested(&self) -> Vec<String> {
        self.requested.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Copies one direction of a connection until its end.
fn copy(mut from: TcpStream, mut into: TcpStream) -> std::io::Result<()> {
    std::io::copy(&mut from, &mut into)?;
    into.shutdown(std::net::Shutdown::Write)
}
