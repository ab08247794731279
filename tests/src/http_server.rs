//! A small HTTP server on loopback that answers as a test says.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use anyhow::Result;
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

/// A running server. Dropping it ends it.
#[derive(Debug)]
pub struct HttpServer {
    /// The address at which it listens.
    pub address: SocketAddr,
    end: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl HttpServer {
    /// Starts a server that calls a function with the body of each request, one at a time, and answers with status 200
    /// and the text that it returns.
    ///
    /// # Errors
    ///
    /// When the system has no free port.
    pub fn start(answer: impl FnMut(&str) -> String + Send + 'static) -> Result<HttpServer> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0"))?;
        let address = listener.local_addr()?;
        let (end, ended) = oneshot::channel();
        let thread = std::thread::spawn(move || {
            runtime.spawn(accept(listener, Arc::new(Mutex::new(answer))));
            // Resolves also when the sender is dropped: either way, no test needs the answers any longer.
            let _ = runtime.block_on(ended);
        });
        Ok(HttpServer { address, end: Some(end), thread: Some(thread) })
    }
}

impl Drop for HttpServer {
    fn drop(&mut self) {
        drop(self.end.take());
        self.thread.take().map(JoinHandle::join);
    }
}

async fn accept<F: FnMut(&str) -> String + Send + 'static>(
    listener: TcpListener,
    answer: Arc<Mutex<F>>,
) -> io::Result<()> {
    loop {
        let (stream, _) = listener.accept().await?;
        let answer = Arc::clone(&answer);
        let service = service_fn(move |request| respond(request, Arc::clone(&answer)));
        tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
    }
}

async fn respond<F: FnMut(&str) -> String>(
    request: Request<Incoming>,
    answer: Arc<Mutex<F>>,
) -> Result<Response<Full<Bytes>>, hyper::Error> {
    let body = request.into_body().collect().await?.to_bytes();
    let mut answer = answer.lock().unwrap_or_else(PoisonError::into_inner);
    Ok(Response::new(Full::from(answer(&String::from_utf8_lossy(&body)))))
}
