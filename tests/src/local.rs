//! A small HTTP server on loopback, for whatever a test must be asked or told by others.

use std::net::SocketAddr;
use std::sync::Arc;
use std::thread::JoinHandle;

use anyhow::{Result, anyhow};
use tiny_http::{Response, Server};

/// The running server. Dropping it ends it.
pub struct Local {
    /// Where it listens.
    pub address: SocketAddr,
    server: Arc<Server>,
    thread: Option<JoinHandle<()>>,
}

impl Local {
    /// Answers each request, with status 200, with what its body is turned into.
    ///
    /// # Errors
    ///
    /// When the system gives no port.
    pub fn serve(mut answer: impl FnMut(&str) -> String + Send + 'static) -> Result<Local> {
        let server = Arc::new(Server::http("127.0.0.1:0").map_err(|error| anyhow!("{error}"))?);
        let address = server.server_addr().to_ip().ok_or_else(|| anyhow!("no address"))?;
        let serving = Arc::clone(&server);
        let thread = std::thread::spawn(move || {
            for mut request in serving.incoming_requests() {
                let mut body = String::new();
                // A client that breaks off has said nothing, and hears nothing.
                if request.as_reader().read_to_string(&mut body).is_ok() {
                    let _ = request.respond(Response::from_string(answer(&body)));
                }
            }
        });
        Ok(Local { address, server, thread: Some(thread) })
    }
}

impl Drop for Local {
    fn drop(&mut self) {
        self.server.unblock();
        self.thread.take().map(JoinHandle::join);
    }
}
