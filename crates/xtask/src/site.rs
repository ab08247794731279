//! Serves the calculator on loopback, with the exporter's metrics beside it: one origin, so that the page may read both.
//! `site FOLDER PORT EXPORTER_PORT`; it ends with the process that started it.

use std::collections::BTreeMap;
use std::os::unix::process::parent_id;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{CACHE_CONTROL, CONTENT_TYPE};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{sleep, timeout};

/// The path of the exporter's metrics, as the page asks for them.
const METRICS: &str = "exporter/metrics";

/// The time that the exporter may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);

const TEXT: &str = "text/plain; charset=utf-8";

/// A file of the site.
struct File {
    content_type: &'static str,
    content: Bytes,
}

/// Everything that can be asked for.
struct Site {
    files: BTreeMap<String, File>,
    exporter: u16,
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("site: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Serves until the parent, which is the exporter, has ended.
fn run() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, port, exporter] = arguments.as_slice() else {
        bail!("usage: site FOLDER PORT EXPORTER_PORT");
    };
    let port: u16 = port.parse().context("PORT")?;
    let exporter = exporter.parse().context("EXPORTER_PORT")?;
    let site = Arc::new(Site { files: files(Path::new(folder))?, exporter });
    let parent = parent_id();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let listener = TcpListener::bind(("127.0.0.1", port)).await?;
        tokio::spawn(accept(listener, site));
        while parent_id() == parent {
            sleep(Duration::from_millis(500)).await;
        }
        Ok(())
    })
}

/// Every file of a folder and of the folders in it, by its path.
fn files(folder: &Path) -> Result<BTreeMap<String, File>> {
    let mut files = BTreeMap::new();
    let listed = std::fs::read_dir(folder);
    for entry in listed.with_context(|| format!("no folder {}", folder.display()))? {
        let path = entry?.path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else { continue };
        if path.is_dir() {
            let inner = self::files(&path)?;
            files.extend(inner.into_iter().map(|(inner, file)| (format!("{name}/{inner}"), file)));
        } else {
            let content = std::fs::read(&path)?.into();
            files.insert(name.to_owned(), File { content_type: content_type(&path), content });
        }
    }
    Ok(files)
}

/// The content type by a file's ending; without the right one, a browser does not run it.
fn content_type(path: &Path) -> &'static str {
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("json") => "application/json",
        Some("webmanifest") => "application/manifest+json",
        Some("svg") => "image/svg+xml",
        Some("wasm") => "application/wasm",
        Some("txt") => TEXT,
        _ => "application/octet-stream",
    }
}

async fn accept(listener: TcpListener, site: Arc<Site>) -> std::io::Result<()> {
    loop {
        let (stream, _) = listener.accept().await?;
        let site = Arc::clone(&site);
        let service = service_fn(move |request| respond(request, Arc::clone(&site)));
        tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
    }
}

async fn respond(request: Request<Incoming>, site: Arc<Site>) -> Result<Response<Full<Bytes>>> {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return response(StatusCode::METHOD_NOT_ALLOWED, TEXT, "GET and HEAD only\n".into());
    }
    let name = request.uri().path().trim_start_matches('/');
    let name = if name.is_empty() { "index.html" } else { name };
    if name == METRICS {
        return match timeout(PATIENCE, metrics(site.exporter)).await {
            Ok(Ok(page)) => response(StatusCode::OK, TEXT, page),
            Ok(Err(error)) => {
                response(StatusCode::BAD_GATEWAY, TEXT, format!("{error:#}\n").into())
            }
            Err(_) => response(
                StatusCode::GATEWAY_TIMEOUT,
                TEXT,
                "the exporter takes too long to answer\n".into(),
            ),
        };
    }
    match site.files.get(name) {
        Some(file) => response(StatusCode::OK, file.content_type, file.content.clone()),
        None => response(StatusCode::NOT_FOUND, TEXT, "not found\n".into()),
    }
}

fn response(
    status: StatusCode,
    content_type: &'static str,
    content: Bytes,
) -> Result<Response<Full<Bytes>>> {
    let response = Response::builder().status(status).header(CONTENT_TYPE, content_type);
    Ok(response.header(CACHE_CONTROL, "no-cache").body(Full::from(content))?)
}

/// The exporter's page of metrics, now.
async fn metrics(exporter: u16) -> Result<Bytes> {
    let mut stream =
        TcpStream::connect(("127.0.0.1", exporter)).await.context("no exporter answers")?;
    // With HTTP/1.0, the answer is complete when the connection ends.
    let request = format!("GET /metrics HTTP/1.0\r\nHost: 127.0.0.1:{exporter}\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.context("the exporter's answer breaks off")?;
    let head = answer.windows(4).position(|end| end == b"\r\n\r\n").map(|end| end + 4);
    let body = answer.split_off(head.context("the exporter's answer has no header")?);
    let status = answer.split(|&byte| byte == b' ').nth(1);
    ensure!(status == Some(b"200"), "the exporter has no metrics");
    Ok(body.into())
}
