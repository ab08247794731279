//! Sockets that systemd has opened and passed to this process (`sd_listen_fds(3)`).

use std::io;

use anyhow::{Context, Result, bail};
use listenfd::ListenFd;
use rustix::net::sockopt::socket_acceptconn;

use super::listener::{Listener, Source};

/// All sockets that systemd has passed. To be called while the process has one thread, since it changes the
/// environment.
///
/// # Errors
///
/// If there is none, and if one is no listening stream socket.
pub(super) fn listeners() -> Result<Vec<Listener>> {
    let mut passed = ListenFd::from_env();
    let listeners = (0..passed.len()).map(|place| {
        take(&mut passed, place).with_context(|| {
            format!(
                "--web.systemd-socket: socket {place} of LISTEN_FDS cannot be used; \
                 give the .socket unit ListenStream= with Accept=no"
            )
        })
    });
    let listeners: Vec<_> = listeners.collect::<Result<_>>()?;
    if listeners.is_empty() {
        bail!(
            "--web.systemd-socket: systemd passed no socket to this process (LISTEN_FDS and LISTEN_PID); \
             start it by a .socket unit, or use --web.listen-address"
        );
    }
    Ok(listeners)
}

fn take(passed: &mut ListenFd, place: usize) -> io::Result<Listener> {
    let source = match passed.take_unix_listener(place) {
        Ok(Some(listener)) => Source::Unix(listener, None),
        _ => Source::Tcp(passed.take_tcp_listener(place)?.ok_or(io::ErrorKind::NotFound)?),
    };
    let is_listening = match &source {
        Source::Tcp(listener) => socket_acceptconn(listener),
        Source::Unix(listener, _) => socket_acceptconn(listener),
    };
    if !is_listening? {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "it does not listen"));
    }
    Listener::new(source)
}
