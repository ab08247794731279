//! The TLS settings of the file.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::version::{TLS12, TLS13};
use rustls::{
    CipherSuite, NamedGroup, RootCertStore, ServerConfig, SupportedProtocolVersion, server,
};

use super::client_certificates;
use super::error::ValueError;
use super::expiry::Validity;
use super::file::TlsSection;
use crate::regular_file;

/// The server's side of TLS.
pub(super) struct ServerTls {
    pub(super) config: Arc<ServerConfig>,
    /// The validity of its certificate; `None` if it cannot be read.
    pub(super) validity: Option<Validity>,
    /// True if every client must prove who it is by a certificate.
    pub(super) verifies_clients: bool,
}

/// The server's TLS configuration; `None` where the section asks for no TLS. The files that were read are added
/// to `files`.
pub(super) fn server(
    section: &TlsSection,
    folder: &Path,
    files: &mut Vec<PathBuf>,
) -> Result<Option<ServerTls>, ValueError> {
    let mut read = |name: &'static str, text: &Option<String>, file: &Option<String>| {
        // As in Go, an empty text counts as absent.
        let [text, file] = [text, file].map(|it| it.as_deref().filter(|it| !it.is_empty()));
        match (text, file) {
            (Some(_), Some(_)) => Err(ValueError::in_tls(
                name,
                format!("it and {name}_file are both given; give one of them"),
            )),
            (Some(text), None) => Ok(Some(text.as_bytes().to_vec())),
            (None, None) => Ok(None),
            (None, Some(file)) => {
                let path = folder.join(file);
                let bytes = regular_file::read(&path, MOST_BYTES).map_err(|error| {
                    ValueError::in_tls(&format!("{name}_file"), format!("{file}: {error}"))
                });
                files.push(path);
                bytes.map(Some)
            }
        }
    };
    let certificate = read("cert", &section.cert, &section.cert_file)?;
    let key = read("key", &section.key, &section.key_file)?;
    let authority = read("client_ca", &section.client_ca, &section.client_ca_file)?;
    if certificate.is_none() && key.is_none() && *section == TlsSection::default() {
        return Ok(None);
    }
    let needed = |name: &'static str| {
        move || ValueError::in_tls(&format!("{name}_file"), "it is required for TLS")
    };
    let certificate = certificate.ok_or_else(needed("cert"))?;
    let key = key.ok_or_else(needed("key"))?;

    let chain: Vec<CertificateDer<'static>> = certificates("cert", &certificate)?;
    let validity = Validity::of(&chain);
    let key = PrivateKeyDer::from_pem_slice(&key).map_err(|error| {
        ValueError::in_tls("key", format!("no private key in PEM: {}", reason(&error)))
    })?;
    let authority = authority.map(|pem| roots(&pem)).transpose()?;
    let provider = Arc::new(provider(section)?);
    let client = client_certificates::verifier(section, authority, &provider)?;
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&versions(section)?)
        .map_err(|error| {
            ValueError::in_tls("cipher_suites", format!("none of them can be used: {error}"))
        })?
        .with_client_cert_verifier(client)
        .with_single_cert(chain, key)
        .map_err(|error| {
            ValueError::in_tls("cert", format!("it cannot be used with this key: {error}"))
        })?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    config.ignore_client_order = section.prefer_server_cipher_suites.unwrap_or(true);
    config.session_storage = server::ServerSessionMemoryCache::new(256);
    let verifies_clients = client_certificates::are_verified(section);
    Ok(Some(ServerTls { config: Arc::new(config), validity, verifies_clients }))
}

/// The most bytes that are read of a PEM file, far more than certificates take.
const MOST_BYTES: u64 = 1024 * 1024;

fn certificates(key: &str, pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, ValueError> {
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    let chain = chain
        .map_err(|error| ValueError::in_tls(key, format!("it is not PEM: {}", reason(&error))))?;
    if chain.is_empty() {
        return Err(ValueError::in_tls(key, "no certificate in PEM"));
    }
    Ok(chain)
}

fn roots(pem: &[u8]) -> Result<RootCertStore, ValueError> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates("client_ca", pem)? {
        roots.add(certificate).map_err(|error| ValueError::in_tls("client_ca", error))?;
    }
    Ok(roots)
}

/// The reason why PEM cannot be read, without its content, which may be a key.
fn reason(error: &pem::Error) -> &'static str {
    match error {
        pem::Error::NoItemsFound => "none was found",
        pem::Error::MissingSectionEnd { .. } => "its end is missing",
        pem::Error::IllegalSectionStart { .. } => "its first line is broken",
        _ => "it is broken",
    }
}

fn versions(section: &TlsSection) -> Result<Vec<&'static SupportedProtocolVersion>, ValueError> {
    let known = [("TLS12", &TLS12), ("TLS13", &TLS13)];
    let place = |key: &str, given: &Option<String>, default: usize| match given.as_deref() {
        None => Ok(default),
        Some(name) => known.iter().position(|(known, _)| *known == name).ok_or_else(|| {
            ValueError::in_tls(key, format!("`{name}` is not supported: TLS12 and TLS13 are"))
        }),
    };
    let least = place("min_version", &section.min_version, 0)?;
    let most = place("max_version", &section.max_version, known.len() - 1)?;
    let allowed = known.iter().take(most + 1).skip(least).map(|&(_, version)| version);
    let allowed: Vec<_> = allowed.collect();
    if allowed.is_empty() {
        return Err(ValueError::in_tls("max_version", "it is below min_version"));
    }
    Ok(allowed)
}

/// The algorithms. As in Go, the list of cipher suites is for TLS 1.2; those of TLS 1.3 are always enabled.
fn provider(section: &TlsSection) -> Result<CryptoProvider, ValueError> {
    let mut provider = ring::default_provider();
    let is_13 = |suite: CipherSuite| suite.as_str().is_some_and(|name| name.starts_with("TLS13_"));
    if let Some(names) = section.cipher_suites.as_deref().filter(|names| !names.is_empty()) {
        let all = std::mem::take(&mut provider.cipher_suites);
        let (of_13, of_12): (Vec<_>, Vec<_>) =
            all.into_iter().partition(|suite| is_13(suite.suite()));
        provider.cipher_suites = of_13.clone();
        for name in names {
            // The name in rustls of Go's TLS_AES_128_GCM_SHA256 is TLS13_AES_128_GCM_SHA256.
            let named = |suite: &&rustls::SupportedCipherSuite| {
                let own = suite.suite().as_str().unwrap_or_default();
                own.replacen("TLS13_", "TLS_", 1) == *name
            };
            match (of_12.iter().find(named), of_13.iter().find(named)) {
                (Some(suite), _) => provider.cipher_suites.push(*suite),
                (None, Some(_)) => {}
                (None, None) => {
                    let known = of_12.iter().filter_map(|suite| suite.suite().as_str());
                    let known: Vec<_> = known.collect();
                    let reason = format!("`{name}` is not supported: {} are", known.join(", "));
                    return Err(ValueError::in_tls("cipher_suites", reason));
                }
            }
        }
    }
    if let Some(names) = section.curve_preferences.as_deref().filter(|names| !names.is_empty()) {
        let all = std::mem::take(&mut provider.kx_groups);
        let curves = [
            ("X25519", NamedGroup::X25519),
            ("CurveP256", NamedGroup::secp256r1),
            ("CurveP384", NamedGroup::secp384r1),
        ];
        for name in names {
            let curve = curves.iter().find(|(known, _)| known == name);
            let group = curve.and_then(|(_, curve)| all.iter().find(|it| it.name() == *curve));
            let known = curves.map(|(known, _)| known).join(", ");
            provider.kx_groups.push(*group.ok_or_else(|| {
                ValueError::in_tls(
                    "curve_preferences",
                    format!("`{name}` is not supported: {known} are"),
                )
            })?);
        }
    }
    Ok(provider)
}
