//! The proxy that the environment names.

use std::env;

use ureq::http::Uri;
use ureq::{Proxy, ProxyProtocol};

use super::base_url::BaseUrl;
use crate::error::FetchError;

/// The environment variables that name a proxy, in the order in which the HTTP library reads them.
const PROXY_VARIABLES: [&str; 6] =
    ["ALL_PROXY", "all_proxy", "HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"];

/// Rejects a proxy that the HTTP library cannot parse or speak to: the library would ignore it, and connect without. Only the
/// variable that is in use is checked, and only for a host that is reached by it.
pub(super) fn check(to: &BaseUrl) -> Result<(), FetchError> {
    let set = |name: &&str| env::var(name).is_ok_and(|value| !value.is_empty());
    let Some(name) = PROXY_VARIABLES.into_iter().find(set) else { return Ok(()) };
    let host: Option<Uri> = to.as_str().parse().ok();
    if host.is_some_and(|host| is_bypassed(&host)) {
        return Ok(());
    }
    match Proxy::new(&env::var(name).unwrap_or_default()).map(|proxy| proxy.protocol()) {
        Ok(ProxyProtocol::Http | ProxyProtocol::Https) => Ok(()),
        Ok(other) => Err(FetchError::Connection(format!(
            "the environment's {name} names a proxy of {other}, and only those of HTTP are spoken to: give HTTPS_PROXY, and no ALL_PROXY"
        ))),
        Err(_) => Err(FetchError::Connection(format!(
            "the environment's {name} names no proxy: give one as http://proxy:3128, or leave it empty"
        ))),
    }
}

/// Reports whether `NO_PROXY` lists the host of an address.
fn is_bypassed(address: &Uri) -> bool {
    let listed = ["NO_PROXY", "no_proxy"].into_iter().find_map(|name| env::var(name).ok());
    // The HTTP library matches hosts only as a part of a proxy.
    let proxy = Proxy::builder(ProxyProtocol::Http).host("proxy");
    let hosts = listed.as_deref().unwrap_or_default().split(',');
    let proxy = hosts.fold(proxy, |proxy, host| proxy.no_proxy(host.trim())).build();
    proxy.is_ok_and(|proxy| proxy.is_no_proxy(address))
}
