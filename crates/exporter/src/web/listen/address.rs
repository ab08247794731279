//! An address to listen on, as `--web.listen-address` has it.

use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs};
use std::path::PathBuf;
use std::str::FromStr;

/// An address to listen on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ListenAddress {
    /// A TCP port.
    Tcp {
        /// The IP address, with a zone if it is link-local, or the host name; `None` for every interface.
        host: Option<String>,
        /// The port; 0 for any free one.
        port: u16,
    },
    /// A Unix socket, by its path.
    Unix(PathBuf),
}

/// A text that is no address to listen on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "allowed are :PORT, HOST:PORT with a name or an IPv4 address, [IPV6]:PORT, [IPV6%INTERFACE]:PORT \
     and unix:PATH; a port is a number from 0 to 65535"
)]
pub struct ListenAddressError;

impl FromStr for ListenAddress {
    type Err = ListenAddressError;

    fn from_str(text: &str) -> Result<ListenAddress, ListenAddressError> {
        if let Some(path) = text.strip_prefix("unix:") {
            let is_path = !path.is_empty() && !path.contains('\0');
            return is_path.then(|| ListenAddress::Unix(path.into())).ok_or(ListenAddressError);
        }
        let (host, port) = text.rsplit_once(':').ok_or(ListenAddressError)?;
        let is_number = port.bytes().all(|byte| byte.is_ascii_digit());
        let port = port.parse().ok().filter(|_| is_number).ok_or(ListenAddressError)?;
        if host.is_empty() {
            return Ok(ListenAddress::Tcp { host: None, port });
        }
        let in_brackets = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
        let (host, is_valid) = match in_brackets {
            Some(host) => (host, is_ipv6(host)),
            None => (host, is_name(host)),
        };
        let host = is_valid.then(|| host.to_owned()).ok_or(ListenAddressError)?;
        Ok(ListenAddress::Tcp { host: Some(host), port })
    }
}

/// `true` for an IPv6 address with or without a zone.
fn is_ipv6(text: &str) -> bool {
    let (address, zone) = text.split_once('%').unwrap_or((text, "0"));
    address.parse::<Ipv6Addr>().is_ok() && !zone.is_empty()
}

/// `true` for a host name or an IPv4 address.
fn is_name(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte))
}

impl ListenAddress {
    /// The socket address of a TCP port: of a name with several, the first one of IPv4, or else the first one.
    pub(super) fn resolve(host: Option<&str>, port: u16) -> io::Result<SocketAddr> {
        let host = match host {
            None => return Ok(SocketAddr::new(IpAddr::V6(Ipv6Addr::UNSPECIFIED), port)),
            Some("localhost") => return Ok(SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port)),
            Some(host) => host,
        };
        let found: Vec<SocketAddr> = (host, port).to_socket_addrs()?.collect();
        let chosen = found.iter().find(|address| address.is_ipv4()).or(found.first());
        chosen.copied().ok_or_else(|| io::Error::other("the name has no address"))
    }
}

impl fmt::Display for ListenAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ListenAddress::Unix(path) => write!(f, "unix:{}", path.display()),
            ListenAddress::Tcp { host: None, port } => write!(f, ":{port}"),
            ListenAddress::Tcp { host: Some(host), port } if host.contains(':') => {
                write!(f, "[{host}]:{port}")
            }
            ListenAddress::Tcp { host: Some(host), port } => write!(f, "{host}:{port}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_those_that_prometheus_users_write() {
        for (text, resolved) in [
            (":9877", Some("[::]:9877")),
            ("127.0.0.1:0", Some("127.0.0.1:0")),
            ("localhost:9877", Some("127.0.0.1:9877")),
            ("[::1]:9877", Some("[::1]:9877")),
            ("[fe80::1%lo]:9877", Some("[fe80::1%1]:9877")),
            ("[fe80::1%1]:9877", Some("[fe80::1%1]:9877")),
            ("gpu-host.example:80", None),
            ("unix:/run/gpu-carbon/exporter.sock", None),
        ] {
            let address: ListenAddress = text.parse().unwrap();
            assert_eq!(address.to_string(), text);
            if let (ListenAddress::Tcp { host, port }, Some(expected)) = (address, resolved) {
                let found = ListenAddress::resolve(host.as_deref(), port).unwrap();
                assert_eq!(found.to_string(), expected);
            }
        }
        for bad in [
            "",
            "9877",
            ":",
            ":99999",
            ":+1",
            "::1:80",
            "[::1]",
            "[::1%]:80",
            "[x]:80",
            "a b:80",
            "http://x:80",
            "unix:",
            "x:-1",
            "x:80/",
        ] {
            assert_eq!(bad.parse::<ListenAddress>(), Err(ListenAddressError), "{bad}");
        }
        assert!(ListenAddress::resolve(Some("no-such-host.invalid"), 80).is_err());
    }
}
