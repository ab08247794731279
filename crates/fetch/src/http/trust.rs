//! The certificates that a client trusts.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ureq::tls::{Certificate, PemItem, RootCerts, parse_pem};

use crate::file::read_file;

/// The greatest size of a file of certificates, in bytes. Those of a whole system have half a megabyte.
const MOST_BYTES: u64 = 4 * 1024 * 1024;

/// The certificates that a client trusts.
#[derive(Debug, Clone)]
pub enum Trust {
    /// The root certificates of the system.
    System,
    /// Authorities of one's own alone.
    Authorities(Authorities),
    /// Every certificate: whoever is on the way can read the password.
    Everything,
}

/// Root certificates.
#[derive(Debug, Clone)]
pub struct Authorities(Arc<Vec<Certificate<'static>>>);

/// The reason why a file of certificates cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TrustError {
    /// The file cannot be read.
    #[error("{}: {error}", path.display())]
    Read {
        /// The path of the file.
        path: PathBuf,
        /// The error of the operating system.
        error: io::Error,
    },
    /// The file holds no certificate in PEM.
    #[error("{}: it holds no certificate; expected PEM: -----BEGIN CERTIFICATE-----", .0.display())]
    NoCertificate(PathBuf),
}

impl Trust {
    /// The authorities in a file of PEM.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, or holds no certificate.
    pub fn of_file(path: &Path) -> Result<Trust, TrustError> {
        let bytes = read_file(path, MOST_BYTES)
            .map_err(|error| TrustError::Read { path: path.to_owned(), error })?;
        let certificates = parse_pem(&bytes).filter_map(|item| match item {
            Ok(PemItem::Certificate(certificate)) => Some(certificate),
            _ => None,
        });
        let certificates: Vec<Certificate<'static>> = certificates.collect();
        if certificates.is_empty() {
            return Err(TrustError::NoCertificate(path.to_owned()));
        }
        Ok(Trust::Authorities(Authorities(Arc::new(certificates))))
    }

    pub(super) fn roots(&self) -> RootCerts {
        match self {
            Trust::System | Trust::Everything => RootCerts::PlatformVerifier,
            Trust::Authorities(Authorities(certificates)) => {
                RootCerts::Specific(Arc::clone(certificates))
            }
        }
    }

    pub(super) const fn is_blind(&self) -> bool {
        matches!(self, Trust::Everything)
    }
}
