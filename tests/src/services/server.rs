//! An HTTP server that can break the protocol as a test wants.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use anyhow::Result;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// The head of a request.
#[derive(Debug, Clone, Default)]
pub(super) struct Head {
    /// The method.
    pub(super) method: String,
    /// The path with its query.
    pub(super) path: String,
    /// The headers, their names in lower case.
    pub(super) headers: Vec<(String, String)>,
}

impl Head {
    /// The value of a header, or an empty text.
    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(found, _)| found == name).map_or("", |(_, value)| value)
    }

    /// The value of a parameter of the query, or an empty text.
    pub(super) fn parameter(&self, name: &str) -> &str {
        let query = self.path.split_once('?').map_or("", |(_, query)| query);
        let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        pairs.into_iter().find(|(found, _)| *found == name).map_or("", |(_, value)| value)
    }
}

/// The reply to a request.
#[derive(Debug, Clone)]
pub(super) enum Reply {
    /// An answer.
    Answer {
        /// The status.
        status: u16,
        /// Additional header lines, each with its line end.
        headers: String,
        /// The body.
        body: String,
    },
    /// The connection closes without an answer.
    Nothing,
    /// The connection stays open, and no answer comes.
    Silence,
    /// A valid head, and a body of so many blanks.
    Blanks(usize),
    /// A valid head, and a body that may be invalid UTF-8.
    Bytes(&'static [u8]),
}

impl Reply {
    /// Replaces `{sent}` in the body by the credential of the request.
    pub(super) fn echoing(mut self, head: &Head) -> Reply {
        if let Reply::Answer { body, .. } = &mut self {
            let sent = [
                head.header("authorization"),
                head.header("auth-token"),
                head.header("ocp-apim-subscription-key"),
                head.parameter("api_key"),
            ];
            let sent = sent.join(" ");
            *body = body.replace("{sent}", &sent);
        }
        self
    }
}

/// Time for which a silent connection stays open: longer than any client waits.
const SILENCE: Duration = Duration::from_secs(120);

/// A running server. Dropping it ends it.
#[derive(Debug)]
pub(super) struct Server {
    pub(super) address: SocketAddr,
    ended: Arc<AtomicBool>,
}

impl Server {
    /// Starts a server that handles each connection in its own thread.
    pub(super) fn start(
        handle: impl Fn(TcpStream) -> std::io::Result<()> + Send + Sync + 'static,
    ) -> Result<Server> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let (address, ended) = (listener.local_addr()?, Arc::new(AtomicBool::new(false)));
        let (handle, is_ended) = (Arc::new(handle), Arc::clone(&ended));
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                if is_ended.load(Ordering::Relaxed) {
                    return;
                }
                let handle = Arc::clone(&handle);
                // An error here means that the client has gone away.
                thread::spawn(move || handle(stream));
            }
        });
        Ok(Server { address, ended })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Relaxed);
        // Wakes the thread that accepts connections.
        let _ = TcpStream::connect(self.address);
    }
}

/// Answers one request, over TLS where there is a configuration for it.
pub(super) fn serve(
    stream: TcpStream,
    tls: Option<&Arc<ServerConfig>>,
    answer: impl Fn(&Head) -> Reply,
) -> std::io::Result<()> {
    fn over(mut stream: impl Read + Write, answer: impl Fn(&Head) -> Reply) -> std::io::Result<()> {
        let head = read(&mut stream)?;
        write(stream, answer(&head))
    }
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    match tls {
        None => over(stream, answer),
        Some(config) => {
            let connection = ServerConnection::new(Arc::clone(config));
            let connection = connection.map_err(std::io::Error::other)?;
            over(StreamOwned::new(connection, stream), answer)
        }
    }
}

/// Reads the head of a request, and possibly some bytes after it.
pub(super) fn read(stream: impl Read) -> std::io::Result<Head> {
    let mut lines = BufReader::new(stream).lines();
    let first = lines.next().transpose()?.unwrap_or_default();
    let mut words = first.split(' ').map(str::to_owned);
    let mut next = || words.next().unwrap_or_default();
    let mut head = Head { method: next(), path: next(), headers: Vec::new() };
    for line in lines {
        let line = line?;
        match line.split_once(':') {
            Some((name, value)) => {
                head.headers.push((name.to_lowercase(), value.trim().to_owned()));
            }
            None => break,
        }
    }
    Ok(head)
}

fn write(mut stream: impl Write, reply: Reply) -> std::io::Result<()> {
    match reply {
        Reply::Nothing => Ok(()),
        Reply::Silence => {
            thread::sleep(SILENCE);
            Ok(())
        }
        Reply::Answer { status, headers, body } => {
            write!(
                stream,
                "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\nconnection: close\r\n{headers}content-length: {}\r\n\r\n{body}",
                body.len()
            )?;
            stream.flush()
        }
        Reply::Bytes(body) => {
            let length = body.len();
            write!(
                stream,
                "HTTP/1.1 200 X\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n"
            )?;
            stream.write_all(body)?;
            stream.flush()
        }
        Reply::Blanks(bytes) => {
            write!(
                stream,
                "HTTP/1.1 200 X\r\nconnection: close\r\ncontent-length: {bytes}\r\n\r\n"
            )?;
            let blanks = vec![b' '; 256 * 1024];
            for _ in 0..bytes.div_ceil(blanks.len()) {
                stream.write_all(&blanks)?;
            }
            stream.flush()
        }
    }
}
