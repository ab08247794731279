//! A scraper that requests one page again and again, on one connection as long as the server keeps it open.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};

use anyhow::{Context, Result, bail, ensure};

use crate::PATIENCE;

/// A client of `/metrics` at one server.
#[derive(Debug)]
pub struct Client {
    address: SocketAddr,
    request: String,
    connection: Option<BufReader<TcpStream>>,
}

impl Client {
    /// A client that accepts text 0.0.4, not compressed.
    #[must_use]
    pub fn new(address: SocketAddr) -> Client {
        Client::asking(address, "text/plain;version=0.0.4", "identity")
    }

    /// A client that accepts a format and an encoding.
    #[must_use]
    pub fn asking(address: SocketAddr, accept: &str, encoding: &str) -> Client {
        let request = format!(
            "GET /metrics HTTP/1.1\r\nHost: {address}\r\nAccept: {accept}\r\nAccept-Encoding: {encoding}\r\n\r\n"
        );
        Client { address, request, connection: None }
    }

    /// Requests the page, and reads it to its end. A connection that the server has closed after its last answer is opened
    /// again.
    ///
    /// # Errors
    ///
    /// When there is no answer, or its status is not 200.
    pub fn get(&mut self) -> Result<Vec<u8>> {
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => self.connect()?,
        };
        connection.get_mut().write_all(self.request.as_bytes())?;
        let answer = Answer::read(&mut connection)?;
        ensure!(answer.status == 200, "status {}", answer.status);
        if answer.stays_open {
            self.connection = Some(connection);
        }
        Ok(answer.body)
    }

    /// Like [`Client::get`], on the connection that is open already.
    ///
    /// # Errors
    ///
    /// Like [`Client::get`], and when the server has closed the connection.
    pub fn get_on_same_connection(&mut self) -> Result<Vec<u8>> {
        ensure!(self.connection.is_some(), "the connection was closed");
        self.get()
    }

    fn connect(&self) -> Result<BufReader<TcpStream>> {
        let stream = TcpStream::connect(self.address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        Ok(BufReader::with_capacity(1 << 16, stream))
    }
}

/// An answer over HTTP/1.
#[derive(Debug, PartialEq, Eq)]
struct Answer {
    status: u16,
    body: Vec<u8>,
    stays_open: bool,
}

/// The end of a body.
#[derive(Debug, Clone, Copy)]
enum Framing {
    Length(u64),
    Chunked,
    UntilClosed,
}

impl Answer {
    fn read(reader: &mut impl BufRead) -> Result<Answer> {
        let first = line(reader)?;
        let (version, rest) = first.split_once(' ').with_context(|| first.clone())?;
        let status =
            rest.get(..3).and_then(|code| code.parse().ok()).with_context(|| first.clone())?;
        let mut stays_open = version == "HTTP/1.1";
        let mut framing = Framing::UntilClosed;
        loop {
            let header = line(reader)?;
            let Some((name, value)) = header.split_once(':') else {
                ensure!(header.is_empty(), "no header: {header}");
                break;
            };
            match (name.to_ascii_lowercase().as_str(), value.trim()) {
                ("content-length", length) => framing = Framing::Length(length.parse()?),
                ("transfer-encoding", coding) if coding.eq_ignore_ascii_case("chunked") => {
                    framing = Framing::Chunked;
                }
                ("connection", option) => stays_open = option.eq_ignore_ascii_case("keep-alive"),
                _ => {}
            }
        }
        stays_open &= !matches!(framing, Framing::UntilClosed);
        Ok(Answer { status, body: framing.read(reader)?, stays_open })
    }
}

impl Framing {
    fn read(self, reader: &mut impl BufRead) -> Result<Vec<u8>> {
        let mut body = Vec::new();
        match self {
            Framing::Length(length) => take(reader, length, &mut body)?,
            Framing::UntilClosed => {
                reader.read_to_end(&mut body)?;
            }
            Framing::Chunked => loop {
                let size = line(reader)?;
                let digits = size.split(';').next().unwrap_or_default().trim();
                let size = u64::from_str_radix(digits, 16).with_context(|| size.clone())?;
                take(reader, size, &mut body)?;
                ensure!(size == 0 || line(reader)?.is_empty(), "a chunk without an end");
                if size == 0 {
                    while !line(reader)?.is_empty() {} // trailers
                    break;
                }
            },
        }
        Ok(body)
    }
}

fn take(reader: &mut impl BufRead, length: u64, body: &mut Vec<u8>) -> Result<()> {
    let read = reader.take(length).read_to_end(body)?;
    ensure!(u64::try_from(read)? == length, "the answer ends early");
    Ok(())
}

fn line(reader: &mut impl BufRead) -> Result<String> {
    let mut line = String::new();
    if reader.read_line(&mut line)? == 0 {
        bail!("the connection was closed");
    }
    Ok(line.trim_end().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, body: &str, stays_open: bool, rest: &str) {
        let mut bytes = text.as_bytes();
        let answer = Answer::read(&mut bytes).unwrap();
        let expected = Answer { status: 200, body: body.into(), stays_open };
        assert_eq!((answer, bytes), (expected, rest.as_bytes()));
    }

    #[test]
    fn a_body_ends_where_its_header_says() {
        check("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcHTTP", "abc", true, "HTTP");
        check("HTTP/1.1 200\r\ncontent-length:0\r\nConnection: Close\r\n\r\n", "", false, "");
        check(
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nA;x=y\r\n0123456789\r\n0\r\nT: 1\r\n\r\nH",
            "abc0123456789",
            true,
            "H",
        );
        check("HTTP/1.0 200 OK\r\n\r\nto the\r\nend", "to the\r\nend", false, "");
        check("HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nab", "ab", false, "");
    }

    #[test]
    fn a_truncated_answer_is_an_error() {
        for text in [
            "",
            "HTTP/1.1 200 OK\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nab",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n",
            "HTTP/1.1 OK\r\n\r\n",
        ] {
            assert!(Answer::read(&mut text.as_bytes()).is_err(), "{text:?}");
        }
    }
}
