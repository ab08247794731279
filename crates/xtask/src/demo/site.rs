//! Shows the calculator on loopback, with the exporter's metrics beside it: one origin, so that the page may read both.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::process::parent_id;
use std::path::Path;
use std::process::exit;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, ensure};
use tiny_http::{Header, Method, Request, Response, Server};

/// Where the exporter's metrics are, as the page asks for them.
const METRICS: &str = "exporter/metrics";

/// How long the exporter may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// Requests answered at once: a browser opens six connections.
const WORKERS: usize = 6;

/// A file of the site.
struct File {
    kind: &'static str,
    content: Vec<u8>,
}

/// Serves until its parent, the exporter, is gone.
pub(crate) fn serve(folder: &Path, port: u16, exporter: u16) -> Result<()> {
    let files = files(folder)?;
    let server = Server::http(("127.0.0.1", port)).map_err(|error| anyhow!("{error}"))?;
    let parent = parent_id();
    thread::scope(|scope| {
        for _ in 0..WORKERS {
            scope.spawn(|| {
                for request in server.incoming_requests() {
                    // A browser that has gone away is no fault of anybody's.
                    let _ = answer(request, &files, exporter);
                }
            });
        }
        while parent_id() == parent {
            thread::sleep(Duration::from_millis(500));
        }
        exit(0)
    })
}

/// The whole site: what is not in it cannot be asked for.
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
            let content = std::fs::read(&path)?;
            files.insert(name.to_owned(), File { kind: kind(&path), content });
        }
    }
    Ok(files)
}

/// What a browser must be told of a file, or it will not run it.
fn kind(path: &Path) -> &'static str {
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("json") => "application/json",
        Some("webmanifest") => "application/manifest+json",
        Some("svg") => "image/svg+xml",
        Some("wasm") => "application/wasm",
        Some("txt") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

fn answer(request: Request, files: &BTreeMap<String, File>, exporter: u16) -> Result<()> {
    if !matches!(request.method(), Method::Get | Method::Head) {
        return reply(request, 405, "text/plain", b"GET and HEAD only\n");
    }
    let path = request.url().split(['?', '#']).next().unwrap_or_default();
    let name = path.trim_start_matches('/');
    let name = if name.is_empty() { "index.html" } else { name }.to_owned();
    if name == METRICS {
        return match metrics(exporter) {
            Ok(page) => reply(request, 200, "text/plain; charset=utf-8", &page),
            Err(error) => reply(request, 502, "text/plain", format!("{error:#}\n").as_bytes()),
        };
    }
    match files.get(&name) {
        Some(file) => reply(request, 200, file.kind, &file.content),
        None => reply(request, 404, "text/plain", b"not found\n"),
    }
}

fn reply(request: Request, status: u16, kind: &str, content: &[u8]) -> Result<()> {
    let header = |name: &str, value: &str| {
        Header::from_bytes(name, value).map_err(|()| anyhow!("no header: {name}: {value}"))
    };
    let response = Response::from_data(content)
        .with_status_code(status)
        .with_header(header("content-type", kind)?)
        .with_header(header("cache-control", "no-cache")?);
    Ok(request.respond(response)?)
}

/// The exporter's page of metrics, now.
fn metrics(exporter: u16) -> Result<Vec<u8>> {
    let mut stream = TcpStream::connect(("127.0.0.1", exporter)).context("no exporter answers")?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    // Of HTTP/1.0 the answer is whole when the connection ends.
    write!(stream, "GET /metrics HTTP/1.0\r\nHost: 127.0.0.1:{exporter}\r\n\r\n")?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).context("the exporter's answer breaks off")?;
    let body = answer.windows(4).position(|end| end == b"\r\n\r\n").map(|end| end + 4);
    let (head, body) = answer.split_at(body.context("the exporter's answer has no header")?);
    let status = head.split(|&byte| byte == b' ').nth(1);
    ensure!(status == Some(b"200"), "the exporter has no metrics");
    Ok(body.to_vec())
}
