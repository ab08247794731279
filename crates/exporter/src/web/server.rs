//! The server. No other file names hyper's server.

use std::convert::Infallible;
use std::io;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::Response;
use http_body_util::Full;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;
use tracing::{debug, warn};

use super::client::Client;
use super::connections::{Connection, Connections};
use super::host;
use super::listen::{Accepted, Listeners};
use super::operations::{self, Parts};
use super::routes::{Site, bad_request, operation_response};
use crate::clock;
use crate::logging::occurrences_to_log;

/// The time after which an idle connection is closed: twice the default scrape interval of Prometheus. It also
/// limits clients that send their headers slowly, and clients that do not read.
const IDLE_TIMEOUT: Duration = Duration::from_secs(120);

/// The most bytes of a request's headers; beyond it, hyper answers 431.
const MOST_HEADER_BYTES: usize = 16 * 1024;

/// The address that stands for all clients of Unix sockets: they are on this host.
const UNIX_PEER: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// The time that a TLS handshake may take.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);

/// The time that responses under way may take at the shutdown.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_millis(500);

/// Serves until `shutdown` completes, then finishes the responses under way.
///
/// # Errors
///
/// If the sockets cannot be registered with the runtime.
pub async fn serve(
    listeners: Listeners,
    site: Site,
    most_connections: usize,
    shutdown: impl Future<Output = ()>,
) -> io::Result<()> {
    let mut acceptor = listeners.register()?;
    let connections = Connections::new(most_connections);
    let graceful = GracefulShutdown::new();
    tokio::pin!(shutdown);
    loop {
        tokio::select! {
            () = &mut shutdown => break,
            accepted = acceptor.accept() => match accepted {
                Ok(accepted) => {
                    let connection = Arc::new(connections.open());
                    let (site, watcher) = (site.clone(), graceful.watcher());
                    match accepted {
                        Accepted::Tcp { stream, peer, is_private } => {
                            let _ = stream.set_nodelay(true);
                            let client = Client { peer, is_of_private_listener: is_private };
                            spawn(stream, client, site, connection, watcher);
                        }
                        Accepted::Unix(stream) => {
                            let client = Client { peer: UNIX_PEER, is_of_private_listener: true };
                            spawn(stream, client, site, connection, watcher);
                        }
                    }
                }
                Err(error) => {
                    // Out of file descriptors, for example: free one, and do not spin.
                    if let Some(times) = occurrences_to_log(None, "accept") {
                        warn!(times, %error, "a connection could not be accepted");
                    }
                    connections.evict_idlest();
                    sleep(Duration::from_millis(20)).await;
                }
            }
        }
    }
    drop(acceptor);
    if timeout(SHUTDOWN_TIMEOUT, graceful.shutdown()).await.is_err() {
        debug!("shut down before every client had read its response");
    }
    Ok(())
}

/// Serves one accepted connection in a task of its own.
fn spawn(
    stream: impl Stream,
    client: Client,
    site: Site,
    connection: Arc<Connection>,
    watcher: Watcher,
) {
    // A task is as large as its largest state: without TLS, it takes a fifth of the memory.
    match site.auth.tls_acceptor() {
        None => tokio::spawn(serve_plain(stream, client, site, connection, watcher)),
        Some(tls) => tokio::spawn(serve_tls(stream, tls, client, site, connection, watcher)),
    };
}

/// Serves one client over any stream, without TLS, until either side closes it.
pub async fn serve_one(stream: impl Stream, peer: IpAddr, site: Site) {
    let (connections, graceful) = (Connections::new(1), GracefulShutdown::new());
    let connection = Arc::new(connections.open());
    let client = Client { peer, is_of_private_listener: false };
    serve_plain(stream, client, site, connection, graceful.watcher()).await;
}

/// A byte stream between a client and the server.
pub trait Stream: AsyncRead + AsyncWrite + Unpin + Send + 'static {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send + 'static> Stream for T {}

/// Serves one accepted connection over TLS.
async fn serve_tls(
    stream: impl Stream,
    tls: TlsAcceptor,
    client: Client,
    site: Site,
    connection: Arc<Connection>,
    watcher: Watcher,
) {
    tokio::select! {
        handshake = timeout(HANDSHAKE_TIMEOUT, tls.accept(stream)) => match handshake {
            Ok(Ok(stream)) => serve_plain(stream, client, site, connection, watcher).await,
            Ok(Err(error)) => debug!(peer = %client.peer, %error, "the TLS handshake failed"),
            Err(_) => debug!(peer = %client.peer, "the TLS handshake took too long"),
        },
        () = connection.must_close(IDLE_TIMEOUT) => debug!("a connection was evicted during its TLS handshake"),
    }
}

/// Serves the requests of one connection over a stream of plain bytes: TCP's, or those inside TLS.
async fn serve_plain(
    stream: impl Stream,
    client: Client,
    site: Site,
    connection: Arc<Connection>,
    watcher: Watcher,
) {
    let activity = Arc::clone(&connection);
    let service = service_fn(move |request: hyper::Request<hyper::body::Incoming>| {
        activity.note_request();
        let site = site.clone();
        async move { Ok::<_, Infallible>(respond(&site, client, &request).await) }
    });
    let serving = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(IDLE_TIMEOUT)
        .max_buf_size(MOST_HEADER_BYTES)
        .serve_connection(TokioIo::new(stream), service);
    tokio::select! {
        served = watcher.watch(serving) => if let Err(error) = served {
            debug!(%error, "a connection ended early");
        },
        () = connection.must_close(IDLE_TIMEOUT) => debug!("an idle connection was closed"),
    }
}

async fn respond<B>(
    site: &Site,
    client: Client,
    request: &hyper::Request<B>,
) -> Response<Full<Bytes>> {
    let (method, path) = (request.method(), request.uri().path());
    let mut response = if let Err(reason) = host::check(request.version(), request.headers()) {
        bad_request(reason)
    } else {
        match site.auth.authorize(path, request.headers()).await {
            Err(rejection) => rejection,
            Ok(()) => {
                if site.is_scrape(method, path) {
                    site.scrape_schedule.record_scrape(client.peer, clock::instant());
                }
                let (headers, query) = (request.headers(), request.uri().query());
                if operations::is_operation(path) {
                    let parts = Parts { method, path, query, headers };
                    let operations = site.operations.as_ref();
                    let carried_out = operations::carry_out(operations, &site.auth, client, parts);
                    operation_response(carried_out.await)
                } else {
                    site.respond(method, path, query, headers, clock::awake_time())
                }
            }
        }
    };
    site.auth.apply_headers(&mut response);
    response
}
