//! A server of hyper alone, which answers every request with the same bytes: the least that an answer can cost.

use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result};
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

/// The argument that makes the benchmark's own program such a server, followed by the file with the body of its answers.
pub const ARGUMENT: &str = "--bare";

/// A running server, in a process of its own. Dropping it ends it.
#[derive(Debug)]
pub struct Bare {
    process: Child,
    /// The address at which it listens.
    pub address: SocketAddr,
}

impl Bare {
    /// Starts a server whose answers have the content of a file.
    ///
    /// # Errors
    ///
    /// When the program cannot be started, or does not listen.
    pub fn start(body: &Path) -> Result<Bare> {
        let mut command = Command::new(std::env::current_exe()?);
        command.arg(ARGUMENT).arg(body).stdin(Stdio::null()).stdout(Stdio::piped());
        let mut process = command.spawn()?;
        let mut line = String::new();
        let output = process.stdout.take().context("the bare server has no output")?;
        BufReader::new(output).read_line(&mut line)?;
        let address = line.trim().parse().context("the bare server does not listen")?;
        Ok(Bare { process, address })
    }

    /// The process id.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.process.id()
    }
}

impl Drop for Bare {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Serves a file's content on a free port of loopback, whose address it prints, until the process is ended.
///
/// # Errors
///
/// When the file cannot be read, or the system has no free port.
pub fn serve(body: &Path) -> Result<()> {
    let body = Bytes::from(std::fs::read(body)?);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
    runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let mut output = std::io::stdout();
        writeln!(output, "{}", listener.local_addr()?)?;
        output.flush()?;
        loop {
            let (stream, _) = listener.accept().await?;
            stream.set_nodelay(true)?;
            let body = body.clone();
            let service = service_fn(move |request| answer(request, body.clone()));
            tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
        }
    })
}

async fn answer(
    request: Request<Incoming>,
    body: Bytes,
) -> Result<Response<Full<Bytes>>, hyper::Error> {
    request.into_body().collect().await?;
    Ok(Response::new(Full::new(body)))
}
