//! A forward proxy, as companies have them.

use std::io::Write;
use std::net::{SocketAddr, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use anyhow::Result;

use super::server::{self, Server};

/// The running proxy. It connects whoever asks with CONNECT to one address, whatever host is asked for.
/// Dropping it ends it.
#[derive(Debug)]
pub struct Proxy {
    server: Server,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    /// To an address; where there is a `login`, only with this as `Proxy-Authorization`.
    ///
    /// # Errors
    ///
    /// When the system gives no port.
    pub fn start(to: SocketAddr, login: Option<&'static str>) -> Result<Proxy> {
        let asked = Arc::new(Mutex::new(Vec::new()));
        let notes = Arc::clone(&asked);
        let server = Server::start(move |mut client| {
            let head = server::read(&client)?;
            if head.method != "CONNECT" {
                return client.write_all(b"HTTP/1.1 405 Only CONNECT\r\n\r\n");
            }
            notes.lock().unwrap_or_else(PoisonError::into_inner).push(head.path.clone());
            if login.is_some_and(|login| head.header("proxy-authorization") != login) {
                return client.write_all(b"HTTP/1.1 407 Who asks\r\n\r\n");
            }
            let service = TcpStream::connect(to)?;
            client.write_all(b"HTTP/1.1 200 Connected\r\n\r\n")?;
            let (from, into) = (client.try_clone()?, service.try_clone()?);
            thread::spawn(move || pass(from, into));
            pass(service, client)
        })?;
        Ok(Proxy { server, asked })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.server.address
    }

    /// The hosts with their ports that were asked for so far.
    #[must_use]
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Passes on what comes until its end, and the end.
fn pass(mut from: TcpStream, mut into: TcpStream) -> std::io::Result<()> {
    std::io::copy(&mut from, &mut into)?;
    into.shutdown(std::net::Shutdown::Write)
}
