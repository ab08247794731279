//! The `Host` header of a request (RFC 9112, section 3.2).

use std::net::Ipv6Addr;

use http::header::HOST;
use http::{HeaderMap, Version};

/// Checks that a request has one valid `Host`, or none in HTTP/1.0.
///
/// # Errors
///
/// The response's text, if the request must be answered with 400.
pub(super) fn check(version: Version, headers: &HeaderMap) -> Result<(), &'static str> {
    let mut hosts = headers.get_all(HOST).iter();
    match (hosts.next(), hosts.next()) {
        (None, _) if version < Version::HTTP_11 => Ok(()),
        (None, _) => Err("400: a request needs a Host header, such as Host: localhost:9877\n"),
        (Some(_), Some(_)) => Err("400: a request may have only one Host header\n"),
        (Some(host), None) if is_valid(host.as_bytes()) => Ok(()),
        (Some(_), None) => {
            Err("400: the Host header is invalid; a host with or without a port is allowed\n")
        }
    }
}

/// `true` for `uri-host [ ":" port ]` (RFC 3986, section 3.2.2). The host may be empty (RFC 9110, section 7.2).
fn is_valid(text: &[u8]) -> bool {
    let Ok(text) = str::from_utf8(text) else { return false };
    let (is_host_valid, port) = match text.strip_prefix('[').map(|rest| rest.split_once(']')) {
        Some(Some((address, port))) => (address.parse::<Ipv6Addr>().is_ok(), port),
        Some(None) => return false,
        None => {
            let (name, port) = text.split_at(text.find(':').unwrap_or(text.len()));
            (is_name(name), port)
        }
    };
    let is_port_valid = port.is_empty()
        || port.strip_prefix(':').is_some_and(|port| port.bytes().all(|it| it.is_ascii_digit()));
    is_host_valid && is_port_valid
}

/// `true` for a registered name or an IPv4 address.
fn is_name(name: &str) -> bool {
    let mut bytes = name.bytes();
    while let Some(byte) = bytes.next() {
        let is_valid = match byte {
            b'%' => {
                let mut is_hex = || bytes.next().is_some_and(|digit| digit.is_ascii_hexdigit());
                is_hex() && is_hex()
            }
            _ => byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=".contains(&byte),
        };
        if !is_valid {
            return false;
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_with_or_without_a_port_is_valid() {
        for valid in [
            "",
            "x",
            "localhost:9877",
            "127.0.0.1:9877",
            "[::1]",
            "[::1]:9877",
            "gpu_host.example",
            "x:",
            "a%20b",
            "a,b",
        ] {
            assert!(is_valid(valid.as_bytes()), "{valid}");
        }
        for invalid in [
            "a b",
            "a/b",
            "user@host",
            "host:port",
            "::1",
            "[::1",
            "[::1]9877",
            "[x]",
            "[fe80::1%lo]",
            "a:1:2",
            "a%2",
            "a%zz",
            "http://x",
            "\u{e9}",
            "a\\b",
        ] {
            assert!(!is_valid(invalid.as_bytes()), "{invalid}");
        }
        assert!(!is_valid(b"\xff"));
    }
}
