//! The only file that names hyper's server.

use std::convert::Infallible;
use std::net::IpAddr;
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
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;
use tracing::{debug, warn};

use super::connections::{Connection, Connections};
use super::routes::Site;
use crate::clock;

/// A connection that asks nothing for so long is closed: twice Prometheus' default interval. It bounds
/// clients that send their headers slowly, and those that do not read, too.
const PATIENCE: Duration = Duration::from_secs(120);

/// All the headers of a request, in bytes; hyper answers 431 beyond.
const MOST_HEADER_BYTES: usize = 16 * 1024;

/// How long a client may take to agree on TLS.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// How long answers under way may take once the process is to end.
const PARTING: Duration = Duration::from_millis(500);

/// Serves until `shutdown`, then finishes the answers under way.
pub async fn serve(
    listener: TcpListener,
    site: Site,
    most_connections: usize,
    shutdown: impl Future<Output = ()>,
) {
    let connections = Connections::new(most_connections);
    let graceful = GracefulShutdown::new();
    tokio::pin!(shutdown);
    loop {
        tokio::select! {
            () = &mut shutdown => break,
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => {
                    let _ = stream.set_nodelay(true);
                    let connection = Arc::new(connections.open());
                    let (site, peer, watcher) = (site.clone(), peer.ip(), graceful.watcher());
                    // A task is as large as all that it may come to: without TLS, a fifth of that.
                    match site.guard.tls() {
                        None => tokio::spawn(converse(stream, peer, site, connection, watcher)),
                        Some(tls) => {
                            tokio::spawn(attend(stream, tls, peer, site, connection, watcher))
                        }
                    };
                }
                Err(error) => {
                    // Out of file descriptors, say: make room, and do not spin.
                    warn!(%error, "a connection could not be accepted");
                    connections.evict_one();
                    sleep(Duration::from_millis(20)).await;
                }
            }
        }
    }
    drop(listener);
    if timeout(PARTING, graceful.shutdown()).await.is_err() {
        debug!("clients that did not read their answers are left");
    }
}

/// Serves one client over any stream, until either of them ends it. The stream is taken as it is, without
/// TLS.
pub async fn serve_one(stream: impl Stream, peer: IpAddr, site: Site) {
    let (connections, graceful) = (Connections::new(1), GracefulShutdown::new());
    let connection = Arc::new(connections.open());
    converse(stream, peer, site, connection, graceful.watcher()).await;
}

/// What a client and a server talk over.
pub trait Stream: AsyncRead + AsyncWrite + Unpin + Send + 'static {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send + 'static> Stream for T {}

/// Serves one client that has come in, over TLS.
async fn attend(
    stream: TcpStream,
    tls: TlsAcceptor,
    peer: IpAddr,
    site: Site,
    connection: Arc<Connection>,
    watcher: Watcher,
) {
    tokio::select! {
        shaken = timeout(HANDSHAKE, tls.accept(stream)) => match shaken {
            Ok(Ok(stream)) => converse(stream, peer, site, connection, watcher).await,
            Ok(Err(error)) => debug!(%peer, %error, "no TLS was agreed on"),
            Err(_) => debug!(%peer, "TLS took too long to agree on"),
        },
        () = connection.outlived(PATIENCE) => debug!("a connection made room"),
    }
}

async fn converse(
    stream: impl Stream,
    peer: IpAddr,
    site: Site,
    connection: Arc<Connection>,
    watcher: Watcher,
) {
    let asking = Arc::clone(&connection);
    let service = service_fn(move |request: hyper::Request<hyper::body::Incoming>| {
        asking.asks();
        let site = site.clone();
        async move { Ok::<_, Infallible>(answer(&site, peer, &request).await) }
    });
    let serving = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(PATIENCE)
        .max_buf_size(MOST_HEADER_BYTES)
        .serve_connection(TokioIo::new(stream), service);
    tokio::select! {
        served = watcher.watch(serving) => if let Err(error) = served {
            debug!(%error, "a connection ended early");
        },
        () = connection.outlived(PATIENCE) => debug!("a connection asked nothing for too long"),
    }
}

async fn answer<B>(
    site: &Site,
    peer: IpAddr,
    request: &hyper::Request<B>,
) -> Response<Full<Bytes>> {
    let (method, path) = (request.method(), request.uri().path());
    let mut response = match site.guard.admits(request.headers()).await {
        Err(refused) => refused,
        Ok(()) => {
            if site.is_scrape(method, path) {
                site.scrape_schedule.record_scrape(peer, clock::instant());
            }
            site.respond(method, path, request.headers(), clock::awake_time())
        }
    };
    site.guard.dress(&mut response);
    response
}
