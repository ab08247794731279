//! Messages about certificates that are not trusted, with the remedy.

use gpu_carbon_core::Timestamp;
use gpu_carbon_feeds::rfc3339;
use rustls::pki_types::UnixTime;
use rustls::{CertificateError, Error};

/// Explains in one line why a certificate is not trusted, and what to do; `None` for another error of TLS.
pub(crate) fn explain_tls_error(error: &Error) -> Option<String> {
    use CertificateError as Reason;
    let Error::InvalidCertificate(reason) = error else { return None };
    let explanation = match reason {
        Reason::UnknownIssuer => {
            "is by an authority that is not known here: where a proxy opens TLS, add its authority \
            to those of the system, or name a file of them by SSL_CERT_FILE"
                .to_owned()
        }
        Reason::NotValidForName | Reason::NotValidForNameContext { .. } => {
            format!("is for another host: {reason}; give base_url its name")
        }
        Reason::ExpiredContext { not_after, .. } => {
            format!("expired at {}, or the clock here is wrong", format_time(*not_after))
        }
        Reason::NotValidYetContext { not_before, .. } => {
            let begin = format_time(*not_before);
            format!("is valid from {begin} on, or the clock here is wrong")
        }
        other => format!("is not trusted: {other}"),
    };
    Some(format!("the certificate of the service {explanation}"))
}

fn format_time(time: UnixTime) -> String {
    rfc3339::format(Timestamp::from_unix_seconds(i64::try_from(time.as_secs()).unwrap_or(i64::MAX)))
}
