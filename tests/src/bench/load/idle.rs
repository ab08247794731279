//! Connections that are open and ask nothing.

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
    /// Opens so many. Each asks once, so that it holds what a connection in use holds, and is silent from then on.
    ///
    /// # Errors
    ///
    /// When the server or the system does not let in as many.
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

    /// How many of them the server has kept: a closed one does not answer on the same connection.
    #[must_use]
    pub fn kept(mut self) -> usize {
        self.0.iter_mut().filter_map(|client| client.get_on_same_connection().ok()).count()
    }
}
