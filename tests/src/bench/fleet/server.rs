//! The pages of all targets on one port of loopback.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::Result;

use super::targets::Fleet;
use crate::machine::now;

/// One in so many scrapes fails.
const FAILS: usize = 200;

/// Starts a server of the pages, which runs until the process ends, and returns its address.
///
/// # Errors
///
/// When the system has no free port.
pub fn start(fleet: Arc<Fleet>) -> Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    let answered = Arc::new(AtomicUsize::new(0));
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let (fleet, answered) = (Arc::clone(&fleet), Arc::clone(&answered));
            // Prometheus closes the connections of targets that it no longer scrapes.
            std::thread::spawn(move || drop(serve(&stream, &fleet, &answered)));
        }
    });
    Ok(address)
}

/// Answers the requests of one connection.
fn serve(stream: &TcpStream, fleet: &Fleet, answered: &AtomicUsize) -> Result<()> {
    let mut reader = BufReader::new(stream);
    loop {
        let mut first = String::new();
        if reader.read_line(&mut first)? == 0 {
            return Ok(());
        }
        let mut header = String::new();
        while reader.read_line(&mut header)? > 2 {
            header.clear();
        }
        let path = first.split(' ').nth(1).unwrap_or_default();
        let fails = answered.fetch_add(1, Ordering::Relaxed) % FAILS == FAILS - 1;
        let page = if fails { None } else { fleet.page(path, now()) };
        let (status, page) = page.map_or((503, String::new()), |page| (200, page));
        let head = format!(
            "HTTP/1.1 {status} X\r\nContent-Type: text/plain; version=0.0.4\r\nContent-Length: {}\r\n\r\n",
            page.len()
        );
        let mut writer = stream;
        writer.write_all(&[head.as_bytes(), page.as_bytes()].concat())?;
    }
}
