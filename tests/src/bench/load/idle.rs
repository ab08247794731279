//! Connections that are open and send no request.

use std::net::SocketAddr;

use anyhow::{Context, Result};
use nix::sys::resource::{Resource, getrlimit, setrlimit};

use crate::bench::exporter::client::Client;

/// File descriptors for everything but these connections.
const SPARE: u64 = 256;

/// Idle connections to one server. Dropping them closes them.
#[derive(Debug)]
pub struct Idle(Vec<Client>);

impl Idle {
    /// Opens so many. Each sends one request, so that it takes the memory of a connection in use, and is silent afterwards.
    ///
    /// # Errors
    ///
    /// When the server or the system does not accept as many.
    pub fn open(server: SocketAddr, count: u32) -> Result<Idle> {
        let (soft, hard) = getrlimit(Resource::RLIMIT_NOFILE)?;
        let wanted = u64::from(count) + SPARE;
        if soft < wanted {
            setrlimit(Resource::RLIMIT_NOFILE, wanted.min(hard), hard)?;
        }
        let mut clients = Vec::new();
        for place in 0..count {
            let mut client = Client::new(server);
            client.get().with_context(|| format!("connection {place} of {count}"))?;
            clients.push(client);
        }
        Ok(Idle(clients))
    }

    /// The number of connections that the server has kept open: a closed one does not answer on the same connection.
    #[must_use]
    pub fn still_open(mut self) -> usize {
        self.0.iter_mut().filter_map(|client| client.get_on_same_connection().ok()).count()
    }
}
