//! HTTP, as far as these tests need it, and as broken as they want it.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use anyhow::Result;

/// What is read of a request.
#[derive(Debug, Clone, Default)]
pub(super) struct Head {
    /// The path with its query.
    pub(super) path: String,
    /// The other lines, in lower case up to the colon.
    pub(super) headers: Vec<(String, String)>,
}

impl Head {
    /// The value of a header, or nothing.
    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(found, _)| found == name).map_or("", |(_, value)| value)
    }

    /// The value of a parameter in the query, or nothing.
    pub(super) fn parameter(&self, name: &str) -> &str {
        let query = self.path.split_once('?').map_or("", |(_, query)| query);
        let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        pairs.into_iter().find(|(found, _)| *found == name).map_or("", |(_, value)| value)
    }
}

/// What is sent.
#[derive(Debug, Clone)]
pub(super) enum Reply {
    /// An answer.
    Answer {
        /// The status.
        status: u16,
        /// More lines for its head, each with its end.
        headers: String,
        /// Its body.
        body: String,
    },
    /// The connection closes without a word.
    Nothing,
    /// The connection stays, and nothing comes.
    Silence,
    /// A good head, and a body of so many blanks.
    Blanks(usize),
}

impl Reply {
    /// With what the request was let in by, in place of `{sent}` in the body.
    pub(super) fn echoing(mut self, head: &Head) -> Reply {
        if let Reply::Answer { body, .. } = &mut self {
            let sent = format!("{} {}", head.header("authorization"), head.header("auth-token"));
            *body = body.replace("{sent}", &sent);
        }
        self
    }
}

const STOP: &str = "/stop-serving";

/// How long a silent connection stays: longer than any client waits.
const SILENCE: Duration = Duration::from_secs(120);

/// Answers requests until it is stopped, each on a thread of its own.
pub(super) fn serve(answer: impl Fn(&Head) -> Reply + Send + Sync + 'static) -> Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    let answer = Arc::new(answer);
    thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let Ok(head) = read(&stream) else { continue };
            if head.path == STOP {
                return;
            }
            let answer = Arc::clone(&answer);
            // A client that has gone away hears nothing.
            thread::spawn(move || write(stream, answer(&head)));
        }
    });
    Ok(address)
}

/// Stops the server at an address.
pub(super) fn stop(address: SocketAddr) {
    if let Ok(mut stream) = TcpStream::connect(address) {
        let _ = write!(stream, "GET {STOP} HTTP/1.1\r\n\r\n");
    }
}

fn read(stream: &TcpStream) -> std::io::Result<Head> {
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    let mut lines = BufReader::new(stream).lines();
    let first = lines.next().transpose()?.unwrap_or_default();
    let mut head =
        Head { path: first.split(' ').nth(1).unwrap_or_default().to_owned(), headers: Vec::new() };
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

fn write(mut stream: TcpStream, reply: Reply) -> std::io::Result<()> {
    match reply {
        Reply::Nothing => Ok(()),
        Reply::Silence => {
            thread::sleep(SILENCE);
            Ok(())
        }
        Reply::Answer { status, headers, body } => write!(
            stream,
            "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\nconnection: close\r\n{headers}content-length: {}\r\n\r\n{body}",
            body.len()
        ),
        Reply::Blanks(bytes) => {
            write!(
                stream,
                "HTTP/1.1 200 X\r\nconnection: close\r\ncontent-length: {bytes}\r\n\r\n"
            )?;
            let blanks = [b' '; 4096];
            for _ in 0..bytes.div_ceil(blanks.len()) {
                stream.write_all(&blanks)?;
            }
            Ok(())
        }
    }
}
