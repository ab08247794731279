//! Why a service's certificate is not trusted, and what to do.

use gpu_carbon_core::Timestamp;
use gpu_carbon_feeds::rfc3339;
use rustls::pki_types::UnixTime;
use rustls::{CertificateError, Error};

/// The reason in one line, where the error is about trust.
pub(crate) fn explain_tls_error(error: &Error) -> Option<String> {
    use CertificateError as Why;
    let Error::InvalidCertificate(why) = error else { return None };
    let why = match why {
        Why::UnknownIssuer => {
            "is by an authority that is not known here: where a proxy opens TLS, add its authority \
            to those of the system, or name a file of them by SSL_CERT_FILE"
                .to_owned()
        }
        Why::NotValidForName | Why::NotValidForNameContext { .. } => {
            format!("is for another host: {why}; give base_url its name")
        }
        Why::ExpiredContext { not_after, .. } => {
            format!("expired at {}, or the clock here is wrong", moment(*not_after))
        }
        Why::NotValidYetContext { not_before, .. } => {
            let begin = moment(*not_before);
            format!("is valid from {begin} on, or the clock here is wrong")
        }
        other => format!("is not trusted: {other}"),
    };
    Some(format!("the certificate of the service {why}"))
}

fn moment(time: UnixTime) -> String {
    rfc3339::format(Timestamp::from_unix_seconds(i64::try_from(time.as_secs()).unwrap_or(i64::MAX)))
}
